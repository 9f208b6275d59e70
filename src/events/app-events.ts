import type { StateName } from '../lifecycle/state.ts';
import type { EventBase } from './event-base.ts';

/** The application as a whole. */
export type AppEvent = AppStateEvent | StopRequestEvent | StartFailedEvent | LateStartEvent;

/** The application took up a new state. */
export interface AppStateEvent extends EventBase {
  readonly kind: `app:${StateName}`;
  readonly from: StateName;
  /** Why it stops or crashed. */
  readonly reason?: unknown;
}

/** Somebody asked for the application to be stopped; it stays as it is for `delay` milliseconds. */
export interface StopRequestEvent extends EventBase {
  readonly kind: 'stop:requested';
  readonly reason: unknown;
  readonly delay: number;
}

/**
 * A start fails: what has begun is brought down again, and then `startAll` rejects. Of several failures it is the first one;
 * a start that somebody aborted has not failed.
 */
export interface StartFailedEvent extends EventBase {
  readonly kind: 'start:failed';
  /** Missing where it was none of this container. */
  readonly service?: string;
  readonly error: Error;
}

/** Services that were bound while the application ran did not start; it goes on without them. */
export interface LateStartEvent extends EventBase {
  readonly kind: 'bind:failed';
  readonly error: Error;
}
