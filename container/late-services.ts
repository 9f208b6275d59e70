/** Services that are bound while the application runs: they start as soon as what they need is bound too. */

import { GraphError } from '../src/graph/graph-error.ts';
import type { Lifecycle } from '../src/lifecycle/lifecycle.ts';
import type { ContainerSource } from './container-source.ts';
import type { BindingLike } from './inversify.ts';

export class LateServices {
  readonly #source: ContainerSource;
  readonly #lifecycle: Lifecycle;
  /** Bound, and not started yet. */
  readonly #pending = new Set<number>();
  #starting: Promise<void> | undefined;
  /** Something was bound since the bindings were looked over. */
  #isNews = false;
  /** What has gone wrong during each load of modules under way. */
  readonly #loads = new Set<unknown[]>();

  constructor(source: ContainerSource, lifecycle: Lifecycle) {
    this.#source = source;
    this.#lifecycle = lifecycle;
  }

  /** Told at `.to...()`: scope and conditions come later in the same expression. */
  added({ id }: BindingLike): void {
    if (!this.#isUp) return;
    this.#pending.add(id);
    this.#isNews = true;
    this.#starting ??= this.#start();
  }

  /** Ends when what the load binds runs. @throws StartError, GraphError for what went wrong with it */
  async awaited(load: () => Promise<void>): Promise<void> {
    const failures: unknown[] = [];
    this.#loads.add(failures);
    try {
      await load();
      while (this.#starting !== undefined) await this.#starting;
    } finally {
      this.#loads.delete(failures);
    }
    if (failures.length > 0) throw failures[0];
  }

  get #isUp(): boolean {
    const { state } = this.#lifecycle;
    return state === 'running' || state === 'starting';
  }

  /** What goes wrong is told by an event, and to whoever loads a module. */
  async #start(): Promise<void> {
    try {
      await this.#startAll();
    } catch (error) {
      for (const failures of this.#loads) failures.push(error);
    } finally {
      this.#starting = this.#isNews ? this.#start() : undefined;
    }
  }

  async #startAll(): Promise<void> {
    // The expression that binds, and those beside it, are through.
    await Promise.resolve();
    for (let tried = new Set<number>(); ; ) {
      await this.#lifecycle.bound.quiet();
      this.#isNews = false;
      if (!this.#isUp) this.#pending.clear();
      const late = this.#source.servicesAmong(this.#pending).filter((id) => !tried.has(id));
      for (const id of this.#pending) if (!late.includes(id) && !tried.has(id)) this.#pending.delete(id);
      if (late.length === 0) return;
      tried = new Set([...tried, ...late]);
      await this.#bring(late);
    }
  }

  /** Those that lack something stay behind, and are tried again with the next binding. */
  async #bring(late: readonly number[]): Promise<void> {
    const lacking = new Set(late.filter((id) => this.#source.blueprint({ keys: [id] }).errors.length > 0));
    const ready = late.filter((id) => !lacking.has(id));
    for (const id of ready) this.#pending.delete(id);
    if (ready.length > 0) await this.#lifecycle.bound.include(ready);
    if (lacking.size === 0) return;
    const { errors } = this.#source.blueprint({ keys: [...lacking] });
    this.#lifecycle.starts.warn(errors);
    throw new GraphError(errors);
  }
}

/** Has an asynchronous load of modules end when the services they bind run; not inside a hook or task, which they may wait for. */
export function awaitLoads(container: object, late: LateServices, lifecycle: Lifecycle): void {
  const methods = container as Record<string, unknown>;
  const name = 'loadAsync' in methods ? 'loadAsync' : 'load';
  const load = methods[name] as (...modules: unknown[]) => Promise<void>;
  const value = async (...modules: unknown[]): Promise<void> => {
    const work = (): Promise<void> => load.apply(container, modules);
    await (lifecycle.bound.isInside() ? work() : late.awaited(work));
  };
  Object.defineProperty(methods, name, { value, configurable: true, writable: true, enumerable: false });
}
