import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { inject, injectable } from 'inversify';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { Background, ServiceContainer, type ServiceContext, type TaskContext, Timer } from '../../container/index.ts';
import { readJournal } from '../../src/journal/journal-file.ts';
import { writeJournal } from '../../src/journal/journal-writer.ts';
import { type LifecycleRecord, recordOf } from '../../src/journal/record.ts';
import { replayed } from '../../src/journal/replay.ts';
import { ManualClock, quiescence } from '../../src/testing/manual-clock.ts';
import { silent } from '../support/hand-made.ts';
import { unbindAsync } from '../support/versions.ts';

vi.setConfig({ testTimeout: 120_000 });

const folder = mkdtempSync(join(tmpdir(), 'inversify-lifecycle-journal-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What happens, and to whom; the numbers are taken modulo what there is. */
type Act =
  | readonly ['bind', needs: readonly number[]]
  | readonly ['unbind' | 'crash' | 'restart' | 'adopt' | 'release' | 'replace', who: number]
  | readonly ['spawn' | 'hold' | 'settle' | 'break' | 'pause' | 'resume' | 'trigger' | 'block', who: number]
  | readonly ['advance', ms: number]
  | readonly ['stop' | 'start' | 'journal'];

const who = fc.nat(20);
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(fc.constant('bind' as const), fc.array(who, { maxLength: 3 })) },
  { weight: 4, arbitrary: fc.tuple(fc.constantFrom('unbind', 'crash', 'restart', 'adopt', 'release', 'replace'), who) },
  {
    weight: 5,
    arbitrary: fc.tuple(
      fc.constantFrom('spawn', 'hold', 'settle', 'break', 'pause', 'resume', 'trigger', 'block'),
      who,
    ),
  },
  { weight: 4, arbitrary: fc.tuple(fc.constant('advance' as const), fc.integer({ min: 1, max: 3_000 })) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom('stop', 'start')) },
);

/** A world in which anything may happen, and that knows of nothing but what it is asked to do. */
class Stage {
  readonly clock = new ManualClock();
  readonly container = new ServiceContainer({
    lifecycle: {
      clock: this.clock,
      logger: silent,
      supervision: { backoff: { initial: 100, jitter: 0 }, restart: { max: 3 } },
    },
  });
  readonly contexts = new Map<string, ServiceContext>();
  readonly children: [parent: string, child: object][] = [];
  readonly bound: string[] = [];
  /** Ends what was spawned and what holds a flag. */
  readonly open: ((failure?: Error) => void)[] = [];
  /** Their tasks fail. */
  readonly broken = new Set<string>();
  #count = 0;

  get lifecycle() {
    return this.container.lifecycle;
  }

  /** Of a class of its own, with all kinds of tasks. */
  serviceClass(name: string): new () => object {
    const { contexts, broken } = this;
    class Service {
      onStart(context: ServiceContext): void {
        contexts.set(name, context);
      }
      onStop(): void {}
      @Timer('1s', { restart: { max: 3 } })
      async tick({ sleep }: TaskContext): Promise<void> {
        // Those of every other service take longer than their interval: due times find no place.
        await sleep(Number(name.slice(1)) % 2 === 0 ? 2_500 : 10);
        if (broken.has(name)) throw new Error(`${name} is broken`);
      }
      @Background({ restart: { max: 2 }, backoff: { initial: 50 } })
      async poll({ sleep, signal }: TaskContext): Promise<void> {
        while (!signal.aborted) {
          await sleep(300);
          if (broken.has(name)) throw new Error(`${name} polls in vain`, { cause: { code: 7n } });
        }
      }
    }
    return Object.defineProperty(Service, 'name', { value: name });
  }

  bind(needs: readonly string[]): void {
    const name = `S${this.#count++}`;
    const Service = this.serviceClass(name);
    injectable()(Service);
    for (const [index, need] of needs.entries()) inject(need)(Service, undefined, index);
    this.container.bind(name).to(Service).inSingletonScope();
    this.bound.push(name);
  }

  isRunning(name: string): boolean {
    const unit = [...this.lifecycle.runningGraph.units].find(({ identifiers }) => identifiers.includes(name));
    return unit?.state.at === 'running';
  }

  until(): Promise<void> {
    const end = new Promise<void>((resolve, reject) => {
      this.open.push((error) => (error ? reject(error) : resolve()));
    });
    end.catch(() => {});
    return end;
  }

  /** However it ends; what does not end in a minute is left alone. */
  async settled(work: Promise<unknown> | undefined): Promise<void> {
    await this.clock.run(Promise.resolve(work), { within: '1m' }).catch(() => {});
  }

  async perform([kind, argument]: Act): Promise<void> {
    const { container, lifecycle, bound, contexts, children, open } = this;
    const name = typeof argument === 'number' ? bound[argument % bound.length] : undefined;
    const isRunning = name !== undefined && this.isRunning(name);
    const context = isRunning ? contexts.get(name) : undefined;
    const task = () => [...lifecycle.tasks].filter(({ kind }) => kind !== 'spawned').at(Number(argument) % 5);
    switch (kind) {
      case 'bind':
        return this.bind([...new Set(argument.map((at) => bound[at % bound.length] ?? ''))].filter(Boolean));
      case 'unbind':
        if (name === undefined) return;
        bound.splice(bound.indexOf(name), 1);
        return this.settled(unbindAsync(container, name));
      case 'crash':
        return context?.crash(new Error('lost', { cause: 'cable' }));
      case 'restart':
        if (isRunning) await this.settled(lifecycle.restart(name));
        return;
      case 'replace': {
        if (!isRunning) return;
        const Other = this.serviceClass(name);
        return this.settled(lifecycle.supervisor('root').replace(name, () => new Other()));
      }
      case 'adopt': {
        const Child = this.serviceClass(`C${this.#count++}`);
        const child = new Child();
        if (context === undefined || name === undefined) return;
        children.push([name, child]);
        return this.settled(context.adopt(child));
      }
      case 'release': {
        const [parent, child] = children[Number(argument) % children.length] ?? [];
        if (parent !== undefined && child !== undefined)
          await contexts
            .get(parent)
            ?.release(child)
            .catch(() => {});
        return;
      }
      case 'spawn':
        context?.spawn(() => this.until(), { name: 'work' });
        return;
      case 'hold':
        context?.during(`flag${Number(argument) % 3}`, this.until()).catch(() => {});
        return;
      case 'settle':
        open.splice(Number(argument) % open.length, 1)[0]?.(Number(argument) % 7 === 0 ? new Error('work') : undefined);
        return;
      case 'break':
        if (name !== undefined && !this.broken.delete(name)) this.broken.add(name);
        return;
      case 'pause':
        return task()?.pause();
      case 'resume':
        return task()?.resume();
      case 'trigger':
        task()
          ?.trigger()
          .catch(() => {});
        return;
      case 'block': {
        // As the watchdog does it.
        const unit = [...lifecycle.runningGraph.units].find(({ label }) => label === name);
        if (unit === undefined) return;
        unit.blocked += 20;
        lifecycle.events.emit({ kind: 'loop:blocked', service: unit.label, duration: 20, stack: [] });
        return;
      }
      case 'advance':
        return this.clock.advance(argument);
      case 'stop':
        return this.settled(container.stopAll());
      case 'start':
        return this.settled(container.startAll());
    }
  }
}

/** As JSON has it: what is missing and what is undefined are one. */
function asJson(record: LifecycleRecord): unknown {
  return JSON.parse(JSON.stringify(record));
}

let files = 0;

async function live(acts: readonly Act[], beginAt: number): Promise<Set<string>> {
  const stage = new Stage();
  const file = join(folder, `${files++}.journal`);
  let close: (() => void) | undefined;
  const kinds = new Set<string>();
  stage.lifecycle.on(({ kind }) => kinds.add(kind));
  for (const [index, act] of [['start'] as const, ...acts, ['stop'] as const].entries()) {
    if (index === beginAt % (acts.length + 1)) close = writeJournal(stage.lifecycle, file);
    stage.lifecycle.done.catch(() => {});
    await stage.perform(act);
    await quiescence();
    if (close === undefined) continue;
    const [run] = readJournal(file).runs;
    if (run === undefined) throw new Error('no run');
    expect(asJson(replayed(run.header, run.events)), `after ${act}`).toEqual(asJson(recordOf(stage.lifecycle)));
  }
  close?.();
  rmSync(file);
  return kinds;
}

/** What chance may leave out. */
const THROUGH_ALL: Act[] = [
  ...(['bind', 'bind'] as const).map((kind): Act => [kind, [0]]),
  ['start'],
  ...(['hold', 'settle', 'adopt', 'release', 'pause'] as const).map((kind): Act => [kind, 1]),
  ['crash', 0],
  ['advance', 200],
  ['break', 0],
  ['advance', 3_000],
  ['unbind', 0],
  ['stop'],
  ['start'],
];

describe('the replay of a journal', () => {
  it('rebuilds what the live one is like, after anything that happens, whenever the journal was begun', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(act, { minLength: 5, maxLength: 25 }),
        fc.oneof(fc.constant(0), fc.nat()),
        async (acts, begin) => {
          for (const kind of await live(acts, begin)) seen.add(kind);
        },
      ),
      { numRuns: 150, examples: [[THROUGH_ALL, 0]] },
    );
    // It has been through all that the record is made of.
    expect([...seen]).toEqual(
      expect.arrayContaining([
        ...['app:crashed', 'service:crashed', 'service:restarting', 'service:inspected', 'service:unlinked'],
        ...['service:adopted', 'service:released', 'service:left', 'flag:set', 'flag:cleared'],
        ...['task:failed', 'task:restarting', 'task:overlap', 'task:paused', 'incident'],
      ]),
    );
  });

  it('has the times of the live one on the clock of the machine too', async () => {
    @injectable()
    class Db {
      onStart(): void {}
      @Timer('3ms')
      tick(): void {}
    }
    const { lifecycle } = new ServiceContainer({ lifecycle: { logger: silent } }).add(Db);
    const file = join(folder, `${files++}.journal`);
    const close = writeJournal(lifecycle, file);
    for (let turn = 0; turn < 20; turn++) {
      await lifecycle.startAll();
      await lifecycle.tasks.get('Db.tick').trigger();
      if (turn % 2 === 0) await lifecycle.restart('Db');
      const [run] = readJournal(file).runs;
      if (run === undefined) throw new Error('no run');
      expect(asJson(replayed(run.header, run.events))).toEqual(asJson(recordOf(lifecycle)));
      await lifecycle.stopAll();
    }
    close();
  });
});
