import type { StateName } from '../lifecycle/state.ts';
import type { HookName } from '../spec.ts';
import type { EventBase } from './event-base.ts';

/** A step of a service's life that runs the user's code. */
export type StepName = 'create' | HookName | 'dispose' | 'disposer';

/** The life of one service, and what it is at. */
export type ServiceEvent = StateEvent | StepEvent | SlowEvent | FlagEvent;

/** A service or component took up a new state. */
export interface StateEvent extends EventBase {
  readonly kind: `service:${StateName}`;
  readonly service: string;
  readonly from: StateName;
  /** The error of a crash. */
  readonly error?: Error;
  /** Of the crash of an optional service in a start, which goes on without it. */
  readonly isAbsent?: true;
  /** How long its start took, in milliseconds; of `service:running`. */
  readonly startDuration?: number;
}

/** A step of the user's code ended, failed, or was left behind at its deadline. */
export interface StepEvent extends EventBase {
  readonly kind: 'step:done' | 'step:failed' | 'step:abandoned';
  readonly service: string;
  readonly step: StepName;
  /** Milliseconds. */
  readonly duration: number;
  readonly error?: Error;
}

/** A step takes long: who is awaited, and by whom. Once per step. */
export interface SlowEvent extends EventBase {
  readonly kind: 'step:slow';
  readonly service: string;
  readonly step: StepName;
  /** Milliseconds so far. */
  readonly duration: number;
  /** The services that wait for it. */
  readonly awaitedBy: readonly string[];
}

/** A service began to hold a flag, or holds it no more: see `during`. */
export interface FlagEvent extends EventBase {
  readonly kind: 'flag:set' | 'flag:cleared';
  readonly service: string;
  readonly flag: string;
}
