import { describe, expect, it } from 'vitest';
import { hooksOf } from '../../src/hooks.ts';
import type { ServiceContext } from '../../src/lifecycle/context.ts';
import type { Lifecycle } from '../../src/lifecycle/lifecycle.ts';
import type { LifecycleOptions } from '../../src/lifecycle/options.ts';
import { serviceSpec } from '../../src/spec.ts';
import { type SupervisedOptions, supervisedOf } from '../../src/supervision/policy.ts';
import { ManualClock, quiescence } from '../../src/testing/manual-clock.ts';
import { type HandMadeNode, handMade } from '../support/hand-made.ts';

/** Services that tell what happens to them, and crash when they are told to. */
class Cast {
  readonly log: string[] = [];
  readonly clock = new ManualClock();
  readonly nodes: Record<string, HandMadeNode> = {};
  readonly #contexts = new Map<string, ServiceContext>();
  readonly lifecycle: Lifecycle;

  /** `B: ['A']` needs A. */
  constructor(
    needs: Record<string, readonly string[]>,
    options: LifecycleOptions = {},
    supervised: Record<string, SupervisedOptions & { optional?: boolean }> = {},
  ) {
    for (const [name, others] of Object.entries(needs)) {
      const hooks = {
        onStart: (context: ServiceContext) => {
          this.#contexts.set(name, context);
          this.log.push(`+${name}`);
        },
        onStop: () => this.log.push(`-${name}`),
      };
      const { optional = false, ...rest } = supervised[name] ?? {};
      const says = name in supervised && !optional ? supervisedOf(rest) : undefined;
      const spec = serviceSpec(hooksOf(hooks), { optional }, [], says);
      this.nodes[name] = { needs: others, make: () => hooks, spec, constant: false };
    }
    this.lifecycle = handMade(this.nodes, { clock: this.clock, ...options });
  }

  async start(): Promise<this> {
    await this.lifecycle.startAll();
    this.log.length = 0;
    return this;
  }

  crash(name: string, message = 'lost'): void {
    this.#contexts.get(name)?.crash(new Error(message));
  }

  get states(): Record<string, string> {
    return Object.fromEntries(this.lifecycle.services.map(({ name, state }) => [name, state]));
  }
}

const CHAIN = { Db: [], Cache: ['Db'], Api: ['Cache'], Mail: [] };
const atOnce = { backoff: false } as const;

describe('a crash', () => {
  it('stops the application unless somebody says otherwise', async () => {
    const cast = await new Cast(CHAIN).start();
    const done = cast.lifecycle.done.catch((error: Error) => error.message);
    cast.crash('Cache');
    expect(await done).toBe('Cache crashed: lost');
  });

  it('under restForGraph takes what depends on the service along, in order, and nothing else', async () => {
    const cast = await new Cast(CHAIN, { supervision: { ...atOnce } }).start();
    cast.crash('Db');
    await quiescence();
    expect(cast.log).toEqual(['-Api', '-Cache', '-Db', '+Db', '+Cache', '+Api']);
    expect(cast.lifecycle.services.map(({ restarts }) => restarts)).toEqual([1, 1, 1, 0]);
    expect(cast.lifecycle.state).toBe('running');
  });
});
