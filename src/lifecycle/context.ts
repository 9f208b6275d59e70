/// <reference lib="esnext.disposable" preserve="true" />

import { sleep } from '../clock.ts';
import type { Deadline } from '../deadline.ts';
import { type Duration, milliseconds } from '../duration.ts';
import { LifecycleError, OptionError, textOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Ref } from '../refs.ts';
import { Spawned, type SpawnedTask, type TaskFunction } from '../tasks/spawned.ts';
import { type Tick, Ticks } from '../tasks/ticks.ts';
import { isThenable } from '../thenable.ts';
import { waitFor } from '../wait.ts';
import type { Wait } from '../waitable.ts';
import type { Beacon } from './beacon.ts';
import type { Life, LifeEnded } from './life.ts';
import type { StateName } from './state.ts';
import type { StopReason } from './stop-reason.ts';
import type { Unit } from './unit.ts';

/**
 * What each hook is given: the service's present life. Its members may be taken apart:
 * `onStart({ defer, signal }) { ... }`.
 */
export interface ServiceContext {
  /** The label of the service. */
  readonly name: string;
  /** The application's logger, with the service's name in each line. */
  readonly log: Logger;
  /**
   * In start hooks the life's: aborts when the start is aborted or a stop begins. In `onStop` and `onShutdown` a fresh
   * one that aborts at the deadline, so that `fetch(url, { signal })` works there.
   */
  readonly signal: AbortSignal;
  /** By when this hook has to be done, in milliseconds since the epoch; `Infinity` where nothing limits it. */
  readonly deadline: number;
  /** Why the service stops; undefined in start hooks. */
  readonly reason: StopReason | undefined;
  readonly state: StateName;
  /** Its place in the running tree. */
  readonly beacon: Beacon;
  /**
   * Asks for more time: the deadline moves to at least this long from now, in a stop never past what the budget of the
   * whole stop leaves.
   */
  extend(duration: Duration): void;
  /** Resolves after the duration, or at once when `signal` aborts; it never rejects. */
  sleep(duration: Duration): Promise<void>;
  /**
   * Waits for the first of several things to come, until `signal` aborts or the `timeout` is over, and says which it was:
   * `wait(promise, signal, (signal) => fetch(url, { signal }), { event: 'service:running', of: Db }, { timeout: '5s' })`.
   * Rejects where the promise that comes first does; one that comes later is not its affair. It throws an OptionError or a
   * RefError, before anything has begun, for what cannot be waited for. Mode's `wait`, which takes a timeout for a stop.
   */
  readonly wait: Wait;
  /**
   * Ticks until `signal` aborts: `for await (const { count } of interval('1s'))`. Due time k is the time of this call + k *
   * interval, however long the body of the loop takes; what passes meanwhile is left out. At least 1 ms. Mode's `itertimer`.
   */
  interval(duration: Duration): AsyncIterableIterator<Tick>;
  /**
   * Holds a flag while the work goes on: it is among the `flags` of the service's snapshot. Held twice, it goes when both are
   * over. Gives what the work gives. `@TransitionsTo(flag)` does the same for a method. Mode's `transition_with`.
   */
  during<T>(flag: string, work: PromiseLike<T> | (() => PromiseLike<T>)): Promise<T>;
  /** Disposes of the resource when this life ends, after `onStop`, last one first. Gives the resource back. */
  use<T extends Disposable | AsyncDisposable>(resource: T): T;
  /** Calls the function when this life ends, after `onStop`, last one first (Go's `defer`). */
  defer(undo: () => unknown): void;
  /** Runs work that belongs to this life: a failure crashes the service, and the stop waits for it after `onStop`. */
  spawn(run: TaskFunction, options?: { readonly name?: string }): SpawnedTask;
  /**
   * Starts another service now, after what it needs, and has it live within this life: it stops before `onStop` of this one,
   * and a crash of it that nothing mends is a crash of this one (Mode's `add_runtime_dependency`). Takes an object with hooks
   * or tasks, a class (made by the container, once for each call), or what one is bound as; gives the running object.
   *
   * @throws LifecycleError with code LIFECYCLE_ADOPTION for one that needs this service or is needed by it, that runs already,
   *   or is somebody else's; what its start fails with
   */
  adopt<T extends object>(child: (abstract new (...args: never[]) => T) | T): Promise<T>;
  adopt(child: string | symbol): Promise<unknown>;
  /** Stops what was adopted, and what needs it, before its time. @throws StopError */
  release(child: Ref): Promise<void>;
  /** Reports that the service failed by itself; it is then stopped, and what follows is its supervisor's to decide. */
  crash(error: unknown): void;
}

/** The start or stop that a hook is called by. */
interface Caller {
  readonly unit: Unit;
  readonly deadline: Deadline;
  /** How far `extend` can move the deadline, on the clock's `now()`. */
  readonly latest: number;
}

/** The context of one hook call. */
export class HookContext implements ServiceContext {
  readonly #caller: Caller;
  readonly #life: Life;
  readonly #ended: LifeEnded | undefined;

  /** @param ended why the life ended, in stop hooks */
  constructor(caller: Caller, life: Life, ended?: LifeEnded) {
    this.#caller = caller;
    this.#life = life;
    this.#ended = ended;
  }

  get #unit(): Unit {
    return this.#caller.unit;
  }

  get name(): string {
    return this.#unit.label;
  }

  get log(): Logger {
    return this.#unit.host.loggers.of(this.#unit);
  }

  get signal(): AbortSignal {
    return this.#ended === undefined ? this.#life.signal : this.#caller.deadline.signal;
  }

  get reason(): StopReason | undefined {
    return this.#ended?.reason;
  }

  get deadline(): number {
    return this.#caller.deadline.date;
  }

  get state(): StateName {
    return this.#unit.state.at;
  }

  get beacon(): Beacon {
    return this.#unit.host.runningGraph.beaconOf(this.#unit);
  }

  // Each of these gives a function of its own, so that a destructured one still knows its context.

  get extend(): ServiceContext['extend'] {
    return (duration) => {
      const wanted = this.#unit.host.clock.now() + milliseconds(duration, 'extend()');
      if (wanted > this.#caller.deadline.at) this.#caller.deadline.moveTo(Math.min(wanted, this.#caller.latest));
    };
  }

  get sleep(): ServiceContext['sleep'] {
    return (duration) => sleep(this.#unit.host.clock, milliseconds(duration, 'sleep()'), this.signal);
  }

  get wait(): Wait {
    const { host } = this.#unit;
    return (...args: unknown[]) => waitFor(args, { host, signal: this.signal, log: () => this.log }) as never;
  }

  get interval(): ServiceContext['interval'] {
    return (duration) => new Ticks(this.#unit.host.clock, this.signal, duration);
  }

  get during(): ServiceContext['during'] {
    return <T>(flag: string, work: PromiseLike<T> | (() => PromiseLike<T>)) => {
      if (typeof flag !== 'string' || flag === '') {
        throw new OptionError(`during() expects a flag like 'committing', got ${textOf(flag)}`);
      }
      if (typeof work !== 'function' && !isThenable(work)) {
        throw new OptionError(`during('${flag}') expects a promise, or a function that gives one; got ${textOf(work)}`);
      }
      return this.#unit.hold(flag, async (): Promise<T> => (typeof work === 'function' ? work() : work));
    };
  }

  get use(): ServiceContext['use'] {
    return (resource) => {
      const dispose = disposalOf(resource);
      if (dispose === undefined) {
        throw new OptionError(
          'use() expects an object with Symbol.dispose or Symbol.asyncDispose; for anything else write defer(() => ...)',
        );
      }
      this.#add(dispose, 'use()');
      return resource;
    };
  }

  get defer(): ServiceContext['defer'] {
    return (undo) => {
      if (typeof undo !== 'function') throw new OptionError(`defer() expects a function, got ${String(undo)}`);
      this.#add(undo, 'defer()');
    };
  }

  get spawn(): ServiceContext['spawn'] {
    return (run, options) => {
      if (typeof run !== 'function') throw new OptionError(`spawn() expects a function, got ${String(run)}`);
      if (this.#life.aborted) throw this.#tooLate('spawn()');
      return new Spawned(this.#unit, this.#life, options?.name ?? (run.name || 'spawned'), run);
    };
  }

  get adopt(): ServiceContext['adopt'] {
    return async (child: Ref) => {
      if (this.#ended !== undefined || this.#life.aborted) throw this.#tooLate('adopt()');
      return this.#unit.host.adoptions.adopt(this.#unit, this.#life, child) as never;
    };
  }

  get release(): ServiceContext['release'] {
    return (child) => this.#unit.host.adoptions.letGo(this.#unit, child);
  }

  get crash(): ServiceContext['crash'] {
    return (error) => this.#unit.crash(error);
  }

  #add(dispose: () => unknown, call: string): void {
    if (this.#life.over) throw this.#tooLate(call);
    this.#life.addDisposer({ dispose });
  }

  #tooLate(call: string): LifecycleError {
    const message = `${call} was called on ${this.name} after its life had ended (it is ${this.state}); call it from a start hook or while the service runs`;
    return new LifecycleError('LIFECYCLE_LIFE_OVER', message, { service: this.name });
  }
}

/** How an object is disposed of, where it can be. */
export function disposalOf(resource: unknown): (() => unknown) | undefined {
  if (typeof resource !== 'object' || resource === null) return undefined;
  if (Symbol.asyncDispose in resource && typeof resource[Symbol.asyncDispose] === 'function') {
    return () => (resource as AsyncDisposable)[Symbol.asyncDispose]();
  }
  if (Symbol.dispose in resource && typeof resource[Symbol.dispose] === 'function') {
    return () => (resource as Disposable)[Symbol.dispose]();
  }
  return undefined;
}
