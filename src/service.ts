/// <reference lib="esnext.disposable" preserve="true" />

import type { Beacon } from './lifecycle/beacon.ts';
import type { ServiceContext } from './lifecycle/context.ts';
import { spareBase } from './lifecycle/guarded-methods.ts';
import type { Lifecycle } from './lifecycle/lifecycle.ts';
import type { StartOptions, StopOptions } from './lifecycle/options.ts';
import { STANDING } from './lifecycle/present.ts';
import type { StateName } from './lifecycle/state.ts';
import type { StopReason } from './lifecycle/stop-reason.ts';
import { childLogger, consoleLogger, type Logger } from './log.ts';
import { ServiceStanding } from './standing.ts';
import { RUNNABLE } from './worker/runnable.ts';

/** By this Node's `inspect`, and so `console.log`, asks an object how it reads. */
const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom');

/**
 * A base class for those who like one: what hooks are given is on `this`, in every method (Mode's `Service`). None is needed; a
 * service is any class with hooks or tasks, and one that extends this, with or without.
 *
 * It works in a container, and on its own without any: `await service.start()`, `await service.stop()`, `await using`,
 * `Worker.run(new App())`.
 *
 * `signal` and the like belong to the code that asks: in a hook they are the hook's, in the run of a task the run's, and
 * anywhere else the life's. Before the first life there are none, and asking for one is an error with the code
 * LIFECYCLE_NO_LIFE; `name`, `state`, `log` and `beacon` are always there.
 */
export abstract class Service implements ServiceContext, AsyncDisposable {
  /** @internal */ declare readonly [STANDING]: ServiceStanding;

  constructor() {
    const { [Symbol.asyncDispose]: stop } = Service.prototype;
    Object.defineProperty(this, STANDING, { value: new ServiceStanding(this, stop), configurable: true });
  }

  /** Its label: what `@Managed({ name })` says, or the class name. */
  get name(): string {
    return this[STANDING].name;
  }

  get state(): StateName {
    return this[STANDING].unit?.state.at ?? 'idle';
  }

  get log(): Logger {
    const { name, unit, life } = this[STANDING];
    if (unit === undefined || life === undefined) return childLogger(consoleLogger(), { service: name });
    return this[STANDING].context('log').log;
  }

  get beacon(): Beacon {
    const { name, unit } = this[STANDING];
    return (
      unit?.host.runningGraph.beaconOf(unit) ?? { label: name, depth: 1, parent: undefined, path: [name], children: [] }
    );
  }

  // All else that hooks are given, as of the code that asks.

  get signal(): AbortSignal {
    return this[STANDING].context('signal').signal;
  }

  get deadline(): number {
    return this[STANDING].context('deadline').deadline;
  }

  get reason(): StopReason | undefined {
    return this[STANDING].context('reason').reason;
  }

  get extend(): ServiceContext['extend'] {
    return this[STANDING].context('extend').extend;
  }

  get sleep(): ServiceContext['sleep'] {
    return this[STANDING].context('sleep').sleep;
  }

  get wait(): ServiceContext['wait'] {
    return this[STANDING].context('wait').wait;
  }

  get interval(): ServiceContext['interval'] {
    return this[STANDING].context('interval').interval;
  }

  get during(): ServiceContext['during'] {
    return this[STANDING].context('during').during;
  }

  get use(): ServiceContext['use'] {
    return this[STANDING].context('use').use;
  }

  get defer(): ServiceContext['defer'] {
    return this[STANDING].context('defer').defer;
  }

  get spawn(): ServiceContext['spawn'] {
    return this[STANDING].context('spawn').spawn;
  }

  get adopt(): ServiceContext['adopt'] {
    return this[STANDING].context('adopt').adopt;
  }

  get release(): ServiceContext['release'] {
    return this[STANDING].context('release').release;
  }

  get crash(): ServiceContext['crash'] {
    return this[STANDING].context('crash').crash;
  }

  /**
   * Starts it, and in a container first what it needs: there it is `container.startAll({ only: [this] })`. One that runs stays
   * as it is.
   *
   * @returns itself, for `await using app = await new App().start()`
   * @throws StartError, GraphError, OptionError
   */
  async start(options: Pick<StartOptions, 'timeout' | 'signal'> = {}): Promise<this> {
    const { isAlone } = this[STANDING];
    await this[STANDING].lifecycle().startAll(isAlone ? options : { ...options, only: [this] });
    return this;
  }

  /**
   * Stops it, and in a container first all that depend on it, while the rest goes on. Aborts a start under way. From inside a
   * hook or a task it only requests the stop.
   *
   * @throws StopError with all that went wrong on the way; the stop is over all the same
   * @throws OptionError
   */
  async stop(options: StopOptions = {}): Promise<void> {
    const { home, isAlone, unit } = this[STANDING];
    if (isAlone) await home?.stopAll(options);
    else if (unit !== undefined) await home?.stops.stopService(unit, options);
  }

  /**
   * Stops it and starts it again, in a container with all that depend on it. One that is down is started.
   *
   * @throws StartError when it does not come up again
   */
  async restart(): Promise<void> {
    await this[STANDING].lifecycle().restart(this);
  }

  /** Stops it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** @internal What a Worker runs. */
  get [RUNNABLE](): Lifecycle {
    return this[STANDING].lifecycle();
  }

  /** `<Db: running>` */
  [INSPECT](): string {
    return `<${this.name}: ${this.state}>`;
  }
}

// To start it from outside is what it is for.
spareBase(Service.prototype);
