/** What `wait` takes, and what it gives. */

import type { Duration } from './duration.ts';
import type { Kind, LifecycleEvent } from './events/lifecycle-event.ts';
import type { RunEndedEvent } from './events/task-events.ts';
import type { StateName } from './lifecycle/state.ts';
import type { Ref } from './refs.ts';
import type { TaskHandle } from './tasks/handle.ts';

/** The next event of this kind, of this service or task where there is an `of`. What has happened before does not count. */
export interface EventWish<K extends Kind = Kind> {
  readonly event: K;
  /** Whose event it is; default anybody's. */
  readonly of?: Ref;
}

/** The moment when this service is in this state: now, where it is already. */
export interface StateWish {
  readonly state: StateName;
  readonly of: Ref;
}

/**
 * What can be waited for. A function is called at once, with a signal that aborts when the wait is over without it. Of a task
 * that was spawned it is its end, of any other task the end of its next run, or of the one under way.
 */
export type Waitable =
  | PromiseLike<unknown>
  | AbortSignal
  | ((signal: AbortSignal) => unknown)
  | { readonly finished: PromiseLike<unknown> }
  | TaskHandle
  | EventWish
  | StateWish;

/** The last argument of `wait`. */
export interface WaitOptions {
  /** How long it waits. Default: until the service stops. */
  readonly timeout?: Duration;
}

/** How a wait ended. */
export type WaitResult<W extends readonly unknown[] = readonly Waitable[]> =
  | Done<W>
  /** The service stops (or, in a task, the run was aborted). */
  | { readonly kind: 'stopped' }
  /** The time is up: the `timeout` of the wait, of the run, or the deadline of the stop hook that it is in. */
  | { readonly kind: 'timeout' };

/** What was waited for came first: which one, and what it gave. */
type Done<W extends readonly unknown[]> = {
  readonly [I in keyof W]: { readonly kind: 'done'; readonly index: IndexOf<I>; readonly value: ValueOf<W[I]> };
}[number];

type IndexOf<I> = I extends `${infer N extends number}` ? N : number;

type ValueOf<W> = W extends AbortSignal
  ? unknown
  : W extends (signal: AbortSignal) => infer R
    ? Awaited<R>
    : W extends PromiseLike<infer T>
      ? Awaited<T>
      : W extends { readonly finished: PromiseLike<infer T> }
        ? Awaited<T>
        : W extends { readonly event: infer K }
          ? EventOf<K>
          : W extends { readonly state: StateName; readonly of: unknown }
            ? W['state']
            : W extends TaskHandle
              ? RunEndedEvent
              : unknown;

/** Of `'service:running'` it is the event whose kinds it is among. */
type EventOf<K, E = LifecycleEvent> = E extends { readonly kind: infer Kinds } ? (K extends Kinds ? E : never) : never;

/** Waits for the first of several things to come: see `ServiceContext.wait`. */
export interface Wait {
  <const W extends readonly Waitable[]>(...waitables: W): Promise<WaitResult<W>>;
  <const W extends readonly Waitable[]>(...args: [...waitables: W, options: WaitOptions]): Promise<WaitResult<W>>;
}
