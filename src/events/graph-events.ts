import type { GraphIssue } from '../graph/model.ts';
import type { EventBase } from './event-base.ts';
import type { OwnTask } from './task-events.ts';

/** The running graph: its nodes and edges, and what is wrong with it. */
export type GraphEvent = MembershipEvent | InspectedEvent | EdgeEvent | MergeEvent | AdoptionEvent | WarningEvent;

/** A node joined or left the running graph. */
export interface MembershipEvent extends EventBase {
  readonly kind: 'service:joined' | 'service:left';
  readonly service: string;
  /** What a service that joins has for tasks; missing where it is no service, or only its object will tell. */
  readonly tasks?: readonly OwnTask[];
}

/** Its object is there, or there is a new one: only now is it known to be a service, and what its tasks are. */
export interface InspectedEvent extends EventBase {
  readonly kind: 'service:inspected';
  readonly service: string;
  readonly tasks: readonly OwnTask[];
}

/** An edge of the running graph came or went: `service` depends on `dependency`. */
export interface EdgeEvent extends EventBase {
  readonly kind: 'service:linked' | 'service:unlinked';
  readonly service: string;
  readonly dependency: string;
}

/** Two bindings turned out to hold one object: `service` lives on as `into`. */
export interface MergeEvent extends EventBase {
  readonly kind: 'service:merged';
  readonly service: string;
  readonly into: string;
}

/** A service came to live within another one, or does no longer. */
export interface AdoptionEvent extends EventBase {
  readonly kind: 'service:adopted' | 'service:released';
  readonly service: string;
  readonly by: string;
}

/** A fault of the graph that stops nothing. */
export interface WarningEvent extends EventBase {
  readonly kind: 'graph:warning';
  readonly issue: GraphIssue;
}
