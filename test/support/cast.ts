import type { ServiceContext } from '../../src/lifecycle/context.ts';
import type { Lifecycle } from '../../src/lifecycle/lifecycle.ts';
import type { LifecycleOptions } from '../../src/lifecycle/options.ts';
import type { ManagedOptions } from '../../src/spec.ts';
import type { SupervisedOptions } from '../../src/supervision/policy.ts';
import type { TaskContext } from '../../src/tasks/task-context.ts';
import type { TaskSpec } from '../../src/tasks/task-spec.ts';
import { EventRecorder } from '../../src/testing/event-recorder.ts';
import { ManualClock, quiescence } from '../../src/testing/manual-clock.ts';
import { type Behaviour, behave, returns } from './behaviour.ts';
import { type HandMadeNode, handMade, service } from './hand-made.ts';

/** What one of the cast says of itself; one that is optional is supervised as such unless it says otherwise. */
export interface Part extends ManagedOptions {
  readonly supervised?: SupervisedOptions;
  readonly tasks?: readonly TaskSpec[];
  /** What its tasks do. */
  readonly work?: (context: TaskContext) => unknown;
}

/** Services that tell what happens to them, crash when they are told to, and whose hooks do as they are told. */
export class Cast {
  /** `+X`: the start hook of X was called; `-X`: its stop hook. */
  readonly log: string[] = [];
  readonly clock = new ManualClock();
  readonly lifecycle: Lifecycle;
  readonly recorder: EventRecorder;
  /** What the hooks of each do from now on; return at once unless something is said. */
  readonly starts: Record<string, Behaviour> = {};
  readonly started: Record<string, Behaviour> = {};
  readonly stops: Record<string, Behaviour> = {};
  readonly #contexts = new Map<string, ServiceContext>();

  /** `B: ['A']` needs A. */
  constructor(
    needs: Readonly<Record<string, readonly string[]>>,
    options: LifecycleOptions = {},
    parts: Readonly<Record<string, Part>> = {},
  ) {
    const nodes: Record<string, HandMadeNode> = {};
    for (const [name, others] of Object.entries(needs)) nodes[name] = this.#node(name, others, parts[name] ?? {});
    // The longest wait there can be, each time: tests that are about chance bring their own.
    this.lifecycle = handMade(nodes, { clock: this.clock, random: () => 0, ...options });
    this.recorder = new EventRecorder(this.lifecycle);
  }

  #node(name: string, needs: readonly string[], { work, ...part }: Part): HandMadeNode {
    const hooks = {
      onStart: (context: ServiceContext) => {
        this.#contexts.set(name, context);
        this.log.push(`+${name}`);
        return behave(this.starts[name] ?? returns, this.clock, context.signal);
      },
      onStarted: (context: ServiceContext) => behave(this.started[name] ?? returns, this.clock, context.signal),
      onStop: (context: ServiceContext) => {
        this.log.push(`-${name}`);
        return behave(this.stops[name] ?? returns, this.clock, context.signal);
      },
      work,
    };
    return service(hooks, { needs, ...part });
  }

  /** Starts all; what is logged begins anew after it. */
  async start(): Promise<this> {
    await this.lifecycle.startAll();
    this.log.length = 0;
    return this;
  }

  /** One of them crashes; what follows at once has happened when this fulfils. */
  async crash(name: string, message = 'lost'): Promise<void> {
    this.fail(name, message);
    await quiescence();
  }

  /** The same in the middle of something. */
  fail(name: string, message = 'lost'): void {
    this.contextOf(name).crash(new Error(message));
  }

  /** What its start hook was given last. */
  contextOf(name: string): ServiceContext {
    const context = this.#contexts.get(name);
    if (context === undefined) throw new Error(`${name} was never started`);
    return context;
  }

  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms);
    await quiescence();
  }

  state(name: string): string {
    return this.lifecycle.get(name).state;
  }

  get states(): Record<string, string> {
    return Object.fromEntries(this.lifecycle.services.map(({ name, state }) => [name, state]));
  }

  get restarts(): Record<string, number> {
    return Object.fromEntries(this.lifecycle.services.map(({ name, restarts }) => [name, restarts]));
  }

  /** What was done about each incident so far. */
  get actions(): string[] {
    return this.recorder.events.flatMap((event) =>
      event.kind === 'incident' ? [`${event.service}: ${event.action}`] : [],
    );
  }

  /** Takes what was logged since the last time. */
  taken(): string[] {
    return this.log.splice(0);
  }

  /** What `done` rejects with, once it does. */
  crashed(): Promise<Error> {
    return this.lifecycle.done.then(
      () => Promise.reject(new Error('it ended without a crash')),
      (error: Error) => error,
    );
  }
}

/** No wait before a restart. */
export const atOnce = { backoff: false } as const;

/** Db <- Cache <- Api, and Mail on its own. */
export const CHAIN = { Api: ['Cache'], Cache: ['Db'], Db: [], Mail: [] } as const;
