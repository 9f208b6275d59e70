import type { EventBase } from './event-base.ts';

/** What a crash leads to. */
export type SupervisionEvent = IncidentEvent | DependencyEvent;

/** A service crashed while the application ran, and what is done about it. */
export interface IncidentEvent extends EventBase {
  readonly kind: 'incident';
  readonly service: string;
  readonly error: Error;
  /** In words, to follow a semicolon: `the application is stopped`, `Db, Api are restarted in 80 ms (restForGraph, 1 of 3)`. */
  readonly action: string;
}

/** Something that a service needs is restarted while the service stays up, or runs again. */
export interface DependencyEvent extends EventBase {
  readonly kind: 'service:dependencyDown' | 'service:dependencyUp';
  readonly service: string;
  readonly dependency: string;
}
