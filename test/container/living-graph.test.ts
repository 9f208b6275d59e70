import fc from 'fast-check';
import { inject, injectable } from 'inversify';
import { describe, expect, it, vi } from 'vitest';
import { ServiceContainer, type ServiceContext } from '../../container/index.ts';
import { ManualClock, quiescence } from '../../src/testing/manual-clock.ts';
import { silent } from '../support/hand-made.ts';
import { unbindAsync } from '../support/versions.ts';

vi.setConfig({ testTimeout: 60_000 });

/** What happens, and to whom; the numbers are taken modulo what there is. */
type Act =
  | readonly ['bind', needs: readonly number[]]
  | readonly ['unbind' | 'crash' | 'restart' | 'adopt' | 'release' | 'replace', who: number]
  | readonly ['stop' | 'start'];

const who = fc.nat(20);
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constant('bind' as const), fc.array(who, { maxLength: 3 })) },
  { weight: 4, arbitrary: fc.tuple(fc.constantFrom('unbind', 'crash', 'restart', 'adopt', 'release', 'replace'), who) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom('stop', 'start')) },
);

/** The model: who is bound, who needs whom, who runs within whom, and how often each was started. */
class Model {
  readonly needs = new Map<string, readonly string[]>();
  readonly running = new Set<string>();
  /** Child to parent. */
  readonly parents = new Map<string, string>();
  readonly starts = new Map<string, number>();
  isUp = true;

  closure(name: string): string[] {
    const found = new Set([name]);
    for (const each of found) for (const [user, needs] of this.needs) if (needs.includes(each)) found.add(user);
    return [...found].filter((each) => this.running.has(each));
  }

  isComplete(name: string): boolean {
    return this.needs.has(name) && (this.needs.get(name) as readonly string[]).every((need) => this.isComplete(need));
  }

  up(names: Iterable<string>): void {
    for (const name of names) {
      if (this.running.has(name)) continue;
      this.running.add(name);
      this.starts.set(name, (this.starts.get(name) ?? 0) + 1);
      this.up(this.needs.get(name) ?? []);
    }
  }

  down(names: Iterable<string>): void {
    for (const name of names) {
      this.running.delete(name);
      for (const [child, parent] of this.parents) if (parent === name) this.gone(child);
    }
  }

  gone(child: string): void {
    this.running.delete(child);
    this.parents.delete(child);
  }

  cycle(name: string): void {
    const closure = this.closure(name);
    this.down(closure);
    this.up(closure);
  }
}

/** The real thing, which checks at each hook that the order holds. */
class Stage {
  readonly clock = new ManualClock();
  readonly container = new ServiceContainer({
    lifecycle: {
      clock: this.clock,
      logger: silent,
      supervision: { backoff: false, restart: { max: Number.POSITIVE_INFINITY } },
    },
  });
  readonly running = new Set<string>();
  readonly starts = new Map<string, number>();
  readonly contexts = new Map<string, ServiceContext>();
  readonly children = new Map<string, object>();

  service(name: string, model: Model): object {
    const need = (): readonly string[] => model.needs.get(name) ?? [];
    return {
      onStart: (context: ServiceContext) => {
        for (const each of need()) expect(this.running, `${name} starts before ${each}`).toContain(each);
        expect(this.running).not.toContain(name);
        this.running.add(name);
        this.contexts.set(name, context);
        this.starts.set(name, (this.starts.get(name) ?? 0) + 1);
      },
      onStop: () => {
        for (const each of this.running) {
          const isBelow = model.needs.get(each)?.includes(name) || model.parents.get(each) === name;
          expect(isBelow, `${name} stops before ${each}`).toBeFalsy();
        }
        this.running.delete(name);
      },
    };
  }

  bind(name: string, needs: readonly string[], model: Model): void {
    class Service {}
    Object.assign(Service.prototype, this.service(name, model));
    injectable()(Service);
    for (const [index, need] of needs.entries()) inject(need)(Service, undefined, index);
    this.container.bind(name).to(Service).inSingletonScope();
  }
}

describe('a graph that changes while it runs', () => {
  it('agrees with a model of a few lines, whatever happens to it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 5, maxLength: 25 }), async (acts) => {
        const model = new Model();
        const stage = new Stage();
        const { container } = stage;
        const { lifecycle } = container;
        await container.startAll();
        let count = 0;
        for (const [kind, argument] of acts) {
          const bound = [...model.needs.keys()];
          const name = typeof argument === 'number' ? bound[argument % bound.length] : undefined;
          const isRunning = name !== undefined && model.running.has(name);
          switch (kind) {
            case 'bind': {
              const fresh = `S${count++}`;
              const needs = [...new Set((argument as number[]).map((index) => bound[index % bound.length]))];
              const real = needs.filter((each): each is string => each !== undefined);
              model.needs.set(fresh, real);
              stage.bind(fresh, real, model);
              if (model.isUp && model.isComplete(fresh)) model.up([fresh]);
              break;
            }
            case 'unbind':
              if (name === undefined) break;
              model.down(model.closure(name));
              await unbindAsync(container, name);
              model.needs.delete(name);
              break;
            case 'crash':
              if (!isRunning) break;
              model.cycle(name);
              stage.contexts.get(name)?.crash(new Error('lost'));
              break;
            case 'restart':
              if (!isRunning) break;
              model.cycle(name);
              await lifecycle.restart(name);
              break;
            case 'replace':
              if (!isRunning) break;
              model.cycle(name);
              await lifecycle.supervisor('root').replace(name, () => stage.service(name, model));
              break;
            case 'adopt': {
              if (!isRunning) break;
              const child = `C${count++}`;
              const object = stage.service(child, model);
              stage.children.set(child, object);
              model.parents.set(child, name);
              model.up([child]);
              await stage.contexts.get(name)?.adopt(object);
              break;
            }
            case 'release': {
              const children = [...model.parents.keys()];
              const child = children[(argument as number) % children.length];
              if (child === undefined) break;
              const parent = model.parents.get(child) as string;
              await stage.contexts.get(parent)?.release(stage.children.get(child) as object);
              model.gone(child);
              break;
            }
            case 'stop':
              model.isUp = false;
              await container.stopAll();
              model.down([...model.running]);
              break;
            case 'start':
              if (bound.every((each) => model.isComplete(each))) {
                model.isUp = true;
                await container.startAll();
                model.up(bound);
              } else await expect(container.startAll()).rejects.toMatchObject({ code: 'LIFECYCLE_GRAPH' });
          }
          await quiescence();
          expect([...stage.running].toSorted(), kind).toEqual([...model.running].toSorted());
          expect(Object.fromEntries(stage.starts), kind).toEqual(Object.fromEntries(model.starts));
          const up = lifecycle.services.filter(({ state }) => state === 'running');
          expect(up).toHaveLength(model.running.size);
          expect(lifecycle.state).toBe(model.isUp ? 'running' : 'stopped');
        }
        await container.stopAll();
        expect(stage.running.size).toBe(0);
        expect(stage.clock.pending).toBe(0);
      }),
      { numRuns: 200 },
    );
  });
});
