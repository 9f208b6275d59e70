import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { Lifecycle } from '../../src/lifecycle/lifecycle.ts';
import type { Strategy } from '../../src/supervision/policy.ts';
import { Interleaving } from '../../src/testing/interleaving.ts';
import { ManualClock, quiescence } from '../../src/testing/manual-clock.ts';
import { healthy } from '../support/behaviour.ts';
import { Cast } from '../support/cast.ts';
import { expectAllDown, expectWholeLives, faultsOf } from '../support/expectations.ts';
import { type Dag, dags, graphAnd, nameOf, world } from '../support/random-graph.ts';
import { withTime } from '../support/time.ts';

vi.setConfig({ testTimeout: 120_000 });

const seeds = fc.nat();
const lives = fc.record({ start: healthy, started: healthy, stop: healthy, shutdown: healthy });

/** It and all that need it. */
function closureOf(dag: Dag, victim: number): Set<number> {
  const closure = new Set([victim]);
  for (const [index, needs] of dag.entries()) if (needs.some((need) => closure.has(need))) closure.add(index);
  return closure;
}

function crash(lifecycle: Lifecycle, name: string): void {
  const unit = [...lifecycle.runningGraph.units].find(({ label }) => label === name);
  if (unit?.state.at === 'running') unit.crash(new Error(`${name} is lost`));
}

describe('restForGraph', () => {
  it('restarts exactly what needs the victim, in order at every moment, and nothing else has a new life', async () => {
    await fc.assert(
      fc.asyncProperty(graphAnd(lives), fc.nat(), seeds, async ({ dag, each }, pick, seed) => {
        const clock = new ManualClock();
        const { lifecycle, doubles } = world(dag, clock, each, { supervision: 'restForGraph' });
        await withTime(clock, lifecycle.startAll());
        const livesOf = () => new Map(lifecycle.services.map(({ name, startedAt }) => [name, startedAt]));
        const before = livesOf();
        await clock.advance(1);
        const victim = pick % dag.length;
        const closure = closureOf(dag, victim);
        crash(lifecycle, nameOf(victim));
        const back = async () => {
          // Dependencies come first in the graph: what needs one is down until that runs.
          for (const index of closure) await lifecycle.running(nameOf(index));
        };
        await new Interleaving(seed, clock).run(back());
        for (const index of dag.keys()) {
          const name = nameOf(index);
          const isAffected = closure.has(index);
          expect(lifecycle.get(name), name).toMatchObject({ state: 'running', restarts: isAffected ? 1 : 0 });
          if (!isAffected) expect(livesOf().get(name), name).toBe(before.get(name));
          else expect(livesOf().get(name)).toBeGreaterThan(before.get(name) ?? Number.NaN);
          expect(doubles[index]?.lives).toHaveLength(isAffected ? 2 : 1);
        }
        await withTime(clock, lifecycle.stopAll());
        expect(faultsOf(doubles)).toEqual([]);
        expectWholeLives(doubles);
        expect(clock.pending).toBe(0);
      }),
      { numRuns: 200 },
    );
  });
});

type Command =
  | { readonly kind: 'crash' | 'restart' | 'break'; readonly node: number }
  | { readonly kind: 'mend' | 'startAll' | 'stopAll' }
  | { readonly kind: 'advance'; readonly ms: number };

const node = fc.nat(6);
const commands: fc.Arbitrary<Command> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('crash' as const), node }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('restart' as const, 'break' as const), node }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('mend' as const, 'startAll' as const, 'stopAll' as const) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.integer({ min: 1, max: 700 }) }) },
);

const policies = fc.record({
  strategy: fc.constantFrom<Strategy>('restForGraph', 'restForGraph', 'oneForOne', 'oneForAll', 'giveUp', 'giveUpAll'),
  restart: fc.record({ max: fc.integer({ min: 1, max: 6 }), within: fc.constantFrom(500, 2_000, 60_000) }),
  backoff: fc.oneof(
    fc.constant(false as const),
    fc.record({ initial: fc.integer({ min: 1, max: 300 }), max: fc.constant(1_000), resetAfter: fc.constant(900) }),
  ),
});
type Policy = typeof policies extends fc.Arbitrary<infer P> ? P : never;

interface Member {
  at: 'running' | 'waiting' | 'down';
  /** When it may come up, while it waits. */
  due: number;
  restarts: number;
}

/** What one supervisor is to do with services whose hooks take no time, told step by step. */
class Model {
  readonly members: Member[];
  app: 'running' | 'stopped' | 'crashed' = 'running';
  now = 0;
  /** Fails to start; none of the others does. */
  broken: number | undefined;
  readonly #dag: Dag;
  readonly #policy: Policy;
  #crashes: number[] = [];
  #inARow = 0;
  #last = Number.NEGATIVE_INFINITY;
  #waited = 0;
  /** They start once nothing waits. */
  readonly #asked = new Set<number>();

  constructor(dag: Dag, policy: Policy) {
    this.#dag = dag;
    this.#policy = policy;
    this.members = dag.map(() => ({ at: 'running', due: 0, restarts: 0 }));
  }

  get isAsked(): boolean {
    return this.#asked.size > 0;
  }

  obey(command: Command): void {
    switch (command.kind) {
      case 'crash':
        if (this.#at(command.node).at === 'running') this.#crash(command.node % this.#dag.length);
        break;
      case 'break':
        if (!this.isAsked) this.broken = command.node % this.#dag.length;
        return;
      case 'mend':
        this.broken = undefined;
        return;
      case 'advance':
        this.#advance(command.ms);
        return;
      case 'stopAll':
        if (this.app === 'running') this.#end('stopped');
        return;
      case 'startAll':
        this.#start(this.#dag.keys());
        break;
      case 'restart':
        this.#restart(command.node % this.#dag.length);
    }
    this.#settle();
  }

  #at(index: number): Member {
    return this.members[index % this.members.length] as Member;
  }

  #crash(victim: number): void {
    const { strategy, restart, backoff } = this.#policy;
    const closure = closureOf(this.#dag, victim);
    const all = new Set(this.#dag.keys());
    if (strategy === 'giveUp' || strategy === 'giveUpAll') {
      for (const index of strategy === 'giveUp' ? closure : all) this.#at(index).at = 'down';
      return;
    }
    const uptime = this.now - this.#waited;
    this.#crashes = [...this.#crashes.filter((at) => at > uptime - restart.within), uptime];
    if (this.#crashes.length > restart.max) {
      this.#end('crashed');
      return;
    }
    this.#inARow = backoff && uptime - this.#last < backoff.resetAfter ? this.#inARow + 1 : 1;
    this.#last = uptime;
    const delay = backoff ? Math.min(backoff.max, backoff.initial * 2 ** (this.#inARow - 1)) : 0;
    this.#waited += delay;
    const affected = strategy === 'oneForOne' ? [victim] : strategy === 'oneForAll' ? all : closure;
    for (const index of affected) {
      const isVictim = strategy === 'oneForAll' || index === victim;
      this.#takeDown(this.#at(index), isVictim ? this.now + delay : undefined);
    }
  }

  /** @param due undefined for one that keeps the wait that it has */
  #takeDown(member: Member, due: number | undefined): void {
    if (member.at === 'down') return;
    if (member.at === 'running') {
      member.restarts++;
      member.due = this.now;
    }
    member.at = 'waiting';
    member.due = due ?? member.due;
  }

  #restart(index: number): void {
    const { at } = this.#at(index);
    if (at === 'down') {
      this.#start([index]);
      return;
    }
    const isUp = at === 'running';
    for (const other of closureOf(this.#dag, index)) {
      if (isUp || this.#at(other).at === 'waiting') this.#takeDown(this.#at(other), this.now);
    }
  }

  #start(wanted: Iterable<number>): void {
    // A start that fails is no crash, and somebody else's test.
    this.broken = undefined;
    if (this.app !== 'running') [this.#crashes, this.#inARow, this.#last] = [[], 0, Number.NEGATIVE_INFINITY];
    this.app = 'running';
    for (const index of wanted) this.#asked.add(index);
  }

  #end(app: 'stopped' | 'crashed'): void {
    this.app = app;
    for (const member of this.members) member.at = 'down';
    // A later stop cancels a start that waits; after a crash it comes all the same.
    if (app === 'stopped') this.#asked.clear();
    if (this.isAsked) this.#start([]);
  }

  #runs(index: number): boolean {
    return this.#at(index).at === 'running';
  }

  #isReady(index: number): boolean {
    const { at, due } = this.#at(index);
    return at === 'waiting' && due <= this.now && (this.#dag[index] ?? []).every((need) => this.#runs(need));
  }

  #settle(): void {
    for (const index of this.#dag.keys())
      if (index !== this.broken && this.#isReady(index)) this.#at(index).at = 'running';
    const { broken } = this;
    if (broken !== undefined && this.#isReady(broken)) {
      this.#at(broken).at = 'running';
      this.#crash(broken);
      this.#settle();
      return;
    }
    if (this.#asked.size === 0 || this.members.some(({ at }) => at === 'waiting')) return;
    // What is asked for comes with what it needs; those come first.
    for (const index of [...this.#dag.keys()].toReversed()) {
      if (this.#asked.has(index)) for (const need of this.#dag[index] ?? []) this.#asked.add(need);
    }
    for (const index of this.#asked) this.#at(index).at = 'running';
    this.#asked.clear();
  }

  #advance(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const next = Math.min(
        ...this.members.flatMap(({ at, due }) => (at === 'waiting' && due > this.now ? [due] : [])),
      );
      if (next > end) break;
      this.now = next;
      this.#settle();
    }
    this.now = end;
  }
}

/** The same as the model tells it: a service that is down for good may have crashed or not. */
function statesOf(lifecycle: Lifecycle): string[] {
  return lifecycle.services.map(({ state }) => {
    if (state === 'running') return 'running';
    return state === 'restarting' ? 'waiting' : 'down';
  });
}

describe('a supervisor', () => {
  it('does what a few lines say, whatever crashes, fails, and is asked for', async () => {
    await fc.assert(
      fc.asyncProperty(dags(6), policies, fc.array(commands, { maxLength: 25 }), async (dag, supervision, sequence) => {
        const needs = Object.fromEntries(dag.map((each, index) => [nameOf(index), each.map(nameOf)]));
        const cast = new Cast(needs, { supervision });
        const { lifecycle } = cast;
        const model = new Model(dag, supervision);
        const calls: Promise<unknown>[] = [];
        const call = (work: Promise<unknown>): void => void calls.push(work.catch(() => {}));
        const untimely: string[] = [];
        lifecycle.on((event) => {
          if (event.kind === 'app:starting') lifecycle.done.catch(() => {});
          if (event.kind !== 'service:starting') return;
          const { dependencies } = lifecycle.get(event.service);
          if (dependencies.some((name) => cast.state(name) !== 'running')) untimely.push(event.service);
        });
        await lifecycle.startAll();
        for (const command of sequence) {
          const name = 'node' in command ? nameOf(command.node % dag.length) : '';
          const isDown = command.kind === 'restart' && statesOf(lifecycle)[command.node % dag.length] === 'down';
          if (command.kind === 'startAll' || isDown) mend(cast);
          if (command.kind === 'crash') crash(lifecycle, name);
          else if (command.kind === 'restart') call(lifecycle.restart(name));
          else if (command.kind === 'startAll') call(lifecycle.startAll());
          else if (command.kind === 'stopAll') call(lifecycle.stopAll());
          else if (command.kind === 'mend') mend(cast);
          else if (command.kind === 'advance') await cast.clock.advance(command.ms);
          else if (!model.isAsked) {
            mend(cast);
            cast.starts[name] = { kind: 'throws', thrown: new Error('refused') };
          }
          await quiescence();
          model.obey(command);
          const what = JSON.stringify(command);
          expect([what, lifecycle.state, ...statesOf(lifecycle)]).toEqual([
            what,
            model.app,
            ...model.members.map(({ at }) => at),
          ]);
          expect(lifecycle.services.map(({ restarts }) => restarts)).toEqual(
            model.members.map(({ restarts }) => restarts),
          );
          for (const { name, state, dependencies } of lifecycle.services) {
            const isSound =
              supervision.strategy === 'oneForOne' || dependencies.every((each) => cast.state(each) === 'running');
            if (state === 'running') expect(isSound, `${name} after ${what}`).toBe(true);
          }
        }
        await lifecycle.stopAll();
        await Promise.all(calls);
        expect(untimely).toEqual([]);
        expectAllDown(lifecycle);
        for (const name of Object.keys(needs)) {
          const count = (mark: string) =>
            cast.recorder.events.filter(
              (event) => event.kind === `service:${mark}` && 'service' in event && event.service === name,
            ).length;
          expect(count('stopping'), name).toBe(count('starting'));
        }
        expect(cast.clock.pending).toBe(0);
      }),
      { numRuns: 1_000 },
    );
  });
});

function mend(cast: Cast): void {
  for (const name of Object.keys(cast.starts)) delete cast.starts[name];
}
