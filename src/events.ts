import { messageOf } from './errors.ts';
import type { GraphIssue } from './graph/model.ts';
import type { StateName } from './lifecycle/state.ts';
import type { HookName } from './spec.ts';
import type { RunOutcome, TaskKind } from './tasks/handle.ts';
import { isThenable } from './thenable.ts';

/** A step of a service's life that runs the user's code. */
export type StepName = 'create' | HookName | 'dispose' | 'disposer';

/** What every event carries. */
interface EventBase {
  /** Counts up from 1 within one `Lifecycle`. */
  readonly id: number;
  /** The event that caused this one, where there is one. */
  readonly parent: number | undefined;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** The application took up a new state. */
export interface AppEvent extends EventBase {
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

/** A service or component took up a new state. */
export interface StateEvent extends EventBase {
  readonly kind: `service:${StateName}`;
  readonly service: string;
  readonly from: StateName;
  /** The error of a crash. */
  readonly error?: Error;
}

/** A node joined or left the running graph. */
export interface MembershipEvent extends EventBase {
  readonly kind: 'service:joined' | 'service:left';
  readonly service: string;
}

/** An edge of the running graph came or went: `service` depends on `dependency`. */
export interface EdgeEvent extends EventBase {
  readonly kind: 'service:linked' | 'service:unlinked';
  readonly service: string;
  readonly dependency: string;
}

/** A service came to live within another one, or does no longer. */
export interface AdoptionEvent extends EventBase {
  readonly kind: 'service:adopted' | 'service:released';
  readonly service: string;
  readonly by: string;
}

/** Something that a service needs is restarted while the service stays up, or runs again. */
export interface DependencyEvent extends EventBase {
  readonly kind: 'service:dependencyDown' | 'service:dependencyUp';
  readonly service: string;
  readonly dependency: string;
}

/** Two bindings turned out to hold one object: `service` lives on as `into`. */
export interface MergeEvent extends EventBase {
  readonly kind: 'service:merged';
  readonly service: string;
  readonly into: string;
}

/** A service began to hold a flag, or holds it no more: see `during`. */
export interface FlagEvent extends EventBase {
  readonly kind: 'flag:set' | 'flag:cleared';
  readonly service: string;
  readonly flag: string;
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

/** What events about a task carry. */
interface TaskEventBase extends EventBase {
  readonly service: string;
  /** The name of the task within its service. */
  readonly task: string;
}

/** A run of a task began. */
export interface RunBeganEvent extends TaskEventBase {
  readonly kind: 'task:began';
  readonly run: number;
  /** Milliseconds. */
  readonly lateness: number;
}

/** A run of a task is over; its parent is the event of its beginning. */
export interface RunEndedEvent extends TaskEventBase {
  readonly kind: 'task:ended';
  readonly run: number;
  /** Milliseconds. */
  readonly duration: number;
  readonly outcome: RunOutcome;
}

/** A run of a task threw, or took longer than its timeout and is still at it. */
export interface RunFailedEvent extends TaskEventBase {
  readonly kind: 'task:failed';
  readonly run: number;
  /** Milliseconds so far. */
  readonly duration: number;
  readonly error: Error;
  /** How many runs in a row have failed by now. */
  readonly inARow: number;
}

/** A due time found the run before still at it, and no place. */
export interface OverlapEvent extends TaskEventBase {
  readonly kind: 'task:overlap';
  /** It is made up for when there is a place. */
  readonly isHeld: boolean;
  /** How many due times in a row have found no place by now. */
  readonly inARow: number;
}

/** Due times passed while the loop was blocked, or the clock was set forward. */
export interface MissedEvent extends TaskEventBase {
  readonly kind: 'task:missed';
  readonly taskKind: TaskKind;
  readonly count: number;
  /** One run follows in place of all of them. */
  readonly isMadeUp: boolean;
}

/** A background task failed and will be run again. */
export interface TaskRestartEvent extends TaskEventBase {
  readonly kind: 'task:restarting';
  /** Milliseconds until then. */
  readonly delay: number;
}

export interface PauseEvent extends TaskEventBase {
  readonly kind: 'task:paused' | 'task:resumed';
}

/** The stop of a service could not wait for a task any longer. */
export interface TaskAbandonedEvent extends TaskEventBase {
  readonly kind: 'task:abandoned';
  readonly error: Error;
}

/** A service crashed while the application ran, and what is done about it. */
export interface IncidentEvent extends EventBase {
  readonly kind: 'incident';
  readonly service: string;
  readonly error: Error;
  /** In words, to follow a semicolon: `the application is stopped`, `Db, Api are restarted in 80 ms (restForGraph, 1 of 3)`. */
  readonly action: string;
}

/** Services that were bound while the application ran did not start; it goes on without them. */
export interface LateStartEvent extends EventBase {
  readonly kind: 'bind:failed';
  readonly error: Error;
}

/** A fault of the graph that stops nothing. */
export interface WarningEvent extends EventBase {
  readonly kind: 'graph:warning';
  readonly issue: GraphIssue;
}

/** A method of a service was called while the service did not run; whoever called it was thrown the error. */
export interface MisuseEvent extends EventBase {
  readonly kind: 'guard:misuse';
  readonly service: string;
  readonly error: Error;
}

/** The guard cannot see calls of these methods: nothing can be put before them. */
export interface BlindEvent extends EventBase {
  readonly kind: 'guard:blind';
  readonly service: string;
  readonly methods: readonly string[];
  /** What is in the way, where it is not that the object is frozen. */
  readonly reason?: string;
}

/** A listener of these events threw or rejected; the others were called all the same. */
export interface ListenerEvent extends EventBase {
  readonly kind: 'listener:failed';
  readonly error: Error;
  /** The diagnostics channel, where it was a subscriber of one. */
  readonly channel?: string;
}

/** Everything that happens. A reader that misses a kind does not compile when it ends its `switch` with `never`. */
export type LifecycleEvent =
  | AppEvent
  | StopRequestEvent
  | StartFailedEvent
  | StateEvent
  | MembershipEvent
  | EdgeEvent
  | AdoptionEvent
  | DependencyEvent
  | MergeEvent
  | FlagEvent
  | StepEvent
  | SlowEvent
  | RunBeganEvent
  | RunEndedEvent
  | RunFailedEvent
  | OverlapEvent
  | MissedEvent
  | TaskRestartEvent
  | PauseEvent
  | TaskAbandonedEvent
  | IncidentEvent
  | LateStartEvent
  | WarningEvent
  | MisuseEvent
  | BlindEvent
  | ListenerEvent;

/** It may be asynchronous; nobody waits for it. */
export type LifecycleListener = (event: LifecycleEvent) => void;

export type Facts<E> = E extends EventBase ? Omit<E, 'id' | 'parent' | 'at'> : never;

export type Kind = LifecycleEvent['kind'];

interface Subscription {
  readonly listener: LifecycleListener;
  /** Asked before an event is made: where nobody wants one, none is. */
  readonly wants: (kind: Kind) => boolean;
  /** The last event before it; it is called with those that come after. */
  readonly after: number;
}

/** Gives events their number and time, and hands them to the listeners. */
export class Events {
  readonly #subscriptions = new Set<Subscription>();
  readonly #date: () => number;
  /** Events not yet handed on: one that a listener leads to comes after the one it listens to, for all listeners. */
  readonly #queue: LifecycleEvent[] = [];
  #delivering = false;
  #last = 0;

  constructor(date: () => number) {
    this.#date = date;
  }

  /**
   * @param wants which kinds the listener is called with; default all
   * @returns the undo; calling it twice is harmless, and so is calling it from inside the listener
   */
  on(listener: LifecycleListener, wants: (kind: Kind) => boolean = () => true): () => void {
    if (typeof listener !== 'function') throw new TypeError(`on() expects a function, got ${String(listener)}`);
    const subscription = { listener, wants, after: this.#last };
    this.#subscriptions.add(subscription);
    return () => void this.#subscriptions.delete(subscription);
  }

  /** @returns the event's id, to be the `parent` of what it causes */
  emit(facts: Facts<LifecycleEvent>, parent?: number): number {
    const id = this.pass();
    if (!this.wants(facts.kind)) return id;
    // The facts last: the other way round V8 takes twenty times as long.
    this.#queue.push({ id, parent, at: this.#date(), ...facts } as LifecycleEvent);
    if (!this.#delivering) this.#deliver();
    return id;
  }

  /** Whether anybody listens to this kind; where nobody does, `pass` stands for the event. */
  wants(kind: Kind): boolean {
    for (const subscription of this.#subscriptions) if (isWanted(subscription, kind)) return true;
    return false;
  }

  /** Counts an event that nobody wants to hear of. @returns the id that it would have had */
  pass(): number {
    return ++this.#last;
  }

  /** Tells of a listener that failed. @param channel where it was a subscriber of a diagnostics channel */
  listenerFailed(thrown: unknown, parent?: number, channel?: string): void {
    const error = thrown instanceof Error ? thrown : new Error(`a listener threw ${messageOf(thrown)}`);
    this.emit({ kind: 'listener:failed', error, ...(channel === undefined ? {} : { channel }) }, parent);
  }

  #deliver(): void {
    this.#delivering = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#handOn(next);
    this.#delivering = false;
  }

  #handOn(event: LifecycleEvent): void {
    for (const subscription of this.#subscriptions) {
      if (event.id <= subscription.after || !isWanted(subscription, event.kind)) continue;
      // A listener that fails at the news of a failure would go on for ever.
      const failed =
        event.kind === 'listener:failed' ? () => {} : (thrown: unknown) => this.listenerFailed(thrown, event.id);
      callListener(() => subscription.listener(event), failed);
    }
  }
}

/**
 * Calls a listener. Nobody waits for one that is asynchronous, but it is told when it fails all the same: its rejection, left
 * alone, would end the process.
 */
export function callListener(call: () => unknown, failed: (thrown: unknown) => void): void {
  try {
    const returned = call();
    if (isThenable(returned)) Promise.resolve(returned).then(undefined, failed);
  } catch (thrown) {
    failed(thrown);
  }
}

/** One that cannot say is called, and fails then. */
function isWanted({ wants }: Subscription, kind: Kind): boolean {
  try {
    return wants(kind);
  } catch {
    return true;
  }
}
