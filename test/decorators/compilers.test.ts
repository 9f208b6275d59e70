import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { afterAll, describe, expect, it } from 'vitest';
import { lifecycle, Service } from '../../container/index.ts';
import { DependsOn, declaredDependenciesOf, Managed, managedOptionsOf } from '../../decorators/managed.ts';
import type { AnyClass } from '../../decorators/metadata.ts';
import { Supervised, supervisedOptionsOf } from '../../decorators/supervised.ts';
import { Background, Crontab, Timer, taskWordsOf } from '../../decorators/tasks.ts';
import { TransitionsTo } from '../../decorators/transitions.ts';
import type { Lifecycle } from '../../src/lifecycle/lifecycle.ts';
import type { TaskWord } from '../../src/tasks/options.ts';
import { taskSpec } from '../../src/tasks/task-spec.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { handMade, service } from '../support/hand-made.ts';

const SOURCE = `
export function classes({ Managed, DependsOn, Supervised }) {
  @Managed({ name: 'base', optional: true })
  @DependsOn('db')
  @Supervised({ group: 'io' })
  class Base {}
  @DependsOn('queue')
  class Sub extends Base {}
  @Managed({ startTimeout: '2s' })
  @Supervised({ type: 'permanent' })
  class Again extends Sub {}
  class Plain extends Base {}
  @Managed(false)
  class Left extends Base {}
  return [Base, Sub, Again, Plain, Left];
}
export function tasks({ Timer, Crontab, Background }) {
  class Base {
    @Timer('1s') flush() { return 'base'; }
    @Crontab('@daily', { name: 'nightly' }) report() {}
  }
  class Sub extends Base {
    flush() { return 'sub'; }
    @Background() loop() {}
    @Timer('2s') report() {}
  }
  return [Base, Sub];
}
export function onStatic({ Timer }) {
  class Wrong { @Timer('1s') static tick() {} }
  return Wrong;
}
export function onGetter({ Timer }) {
  class Wrong { @Timer('1s') get tick() { return 1; } }
  return Wrong;
}
export function onTaskField({ Timer }) {
  class Wrong { @Timer('1s') tick = () => {}; }
  return Wrong;
}
export function transitions({ TransitionsTo, Timer }) {
  class Job {
    @TransitionsTo('committing') async commit(value) { return [value, this.held?.()]; }
    @Timer('1s') @TransitionsTo('flushing') async flush() {}
    @TransitionsTo('above') @Timer('1s') async below() {}
  }
  return Job;
}
export function baseClass({ Service, Timer, Managed }) {
  @Managed({ name: 'ticker' })
  class Ticker extends Service {
    ticks = 0;
    @Timer('1s') async tick() { this.ticks += this.signal.aborted ? 100 : 1; }
  }
  return Ticker;
}
export function transitionOnField({ TransitionsTo }) {
  class Wrong { @TransitionsTo('busy') work = async () => {}; }
  return Wrong;
}
export function transitionOnStatic({ TransitionsTo }) {
  class Wrong { @TransitionsTo('busy') static async work() {} }
  return Wrong;
}
export function onMethod({ Managed }) {
  class Wrong { @Managed({}) start() {} }
  return Wrong;
}
export function onGetterOfClass({ Supervised }) {
  class Wrong { @Supervised() get pool() { return 1; } }
  return Wrong;
}
export function onField({ DependsOn }) {
  class Wrong { @DependsOn('db') field = 1; }
  return Wrong;
}
`;

/** Only TC39 decorators can stand there. */
const PRIVATE = `
export function privateTransition({ TransitionsTo }) {
  return class Job {
    @TransitionsTo('committing') async #commit() { return this.held?.(); }
    commit() { return this.#commit(); }
  };
}
export function privates({ Timer }) {
  return class Job {
    done = 0;
    @Timer('1s') async #tick() { this.done++; }
  };
}
`;

interface Committing {
  held?: () => unknown;
  commit(value?: unknown): Promise<unknown>;
}

interface Compiled {
  baseClass(decorators: object): new () => Service & { readonly ticks: number };
  transitions(decorators: object): new () => Committing;
  transitionOnField(decorators: object): unknown;
  transitionOnStatic(decorators: object): unknown;
  privateTransition(decorators: object): new () => Committing;
  privates(decorators: object): new () => { done: number };
  tasks(decorators: object): AnyClass[];
  onStatic(decorators: object): unknown;
  onGetter(decorators: object): unknown;
  onTaskField(decorators: object): unknown;
  classes(decorators: object): AnyClass[];
  onMethod(decorators: object): unknown;
  onGetterOfClass(decorators: object): unknown;
  onField(decorators: object): unknown;
}

const folder = mkdtempSync(join(tmpdir(), 'inversify-lifecycle-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function compiled(name: string, options: ts.CompilerOptions, source = SOURCE): Promise<Compiled> {
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, ...options },
  });
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, outputText);
  return (await import(/* @vite-ignore */ pathToFileURL(file).href)) as Compiled;
}

describe.each<[string, ts.CompilerOptions]>([
  ['legacy', { experimentalDecorators: true }],
  ['legacy-as-fields-are-defined', { experimentalDecorators: true, useDefineForClassFields: true }],
  ['tc39', { experimentalDecorators: false }],
  ['tc39-in-old-javascript', { experimentalDecorators: false, target: ts.ScriptTarget.ES2017 }],
])('decorators compiled as %s', (name, options) => {
  it('say the same of every class, bases included, with no instance made', async () => {
    const { classes } = await compiled(name, options);
    const said = classes({ Managed, DependsOn, Supervised }).map((Class) => [
      managedOptionsOf(Class),
      declaredDependenciesOf(Class),
      supervisedOptionsOf(Class),
    ]);
    expect(said).toEqual([
      [{ name: 'base', optional: true }, ['db'], { group: 'io' }],
      [{ optional: true }, ['queue', 'db'], { group: 'io' }],
      [{ startTimeout: '2s', optional: true }, ['queue', 'db'], { type: 'permanent' }],
      [{ optional: true }, ['db'], { group: 'io' }],
      [false, ['db'], { group: 'io' }],
    ]);
  });

  it('of methods are found with no instance made, those of bases first', async () => {
    const { tasks } = await compiled(`${name}-tasks`, options);
    const said = tasks({ Timer, Crontab, Background }).map((Class) =>
      taskWordsOf(Class).map(({ kind, method }) => `${kind} ${String(method.key)}`),
    );
    expect(said).toEqual([
      ['timer flush', 'crontab report'],
      ['timer flush', 'crontab report', 'background loop', 'timer report'],
    ]);
  });

  it('of methods refuse all else', async () => {
    const { onStatic, onGetter, onTaskField } = await compiled(`${name}-wrong`, options);
    expect(() => onStatic({ Timer })).toThrow(/@Timer decorates methods of instances, got the static m\w+ tick/);
    expect(() => onGetter({ Timer })).toThrow(/got the (getter|accessor) (Wrong\.)?tick/);
    expect(() => onTaskField({ Timer })).toThrow(/got the field (Wrong\.)?tick/);
  });

  it('hold flags while a method is under way, in a lifecycle and without one', async () => {
    const { transitions } = await compiled(`${name}-transitions`, options);
    const Job = transitions({ TransitionsTo, Timer });
    expect(taskWordsOf(Job as unknown as AnyClass).map(({ method }) => method.key)).toEqual(['flush', 'below']);
    expect(await new Job().commit(1)).toEqual([1, undefined]);
    const { job, lifecycle } = await running(new Job());
    job.held = () => lifecycle.get('Job').flags;
    expect(await job.commit(2)).toEqual([2, ['committing']]);
    expect(lifecycle.get('Job').flags).toEqual([]);
  });

  it('make tasks of a service of the base class', async () => {
    const { baseClass } = await compiled(`${name}-base-class`, options);
    const Ticker = baseClass({ Service, Timer, Managed });
    const ticker = new Ticker();
    const clock = new ManualClock();
    const own = lifecycle(ticker, { clock });
    await ticker.start();
    await clock.advance(2_000);
    await ticker.stop();
    expect([ticker.ticks, ticker.name, own.tasks.get('ticker.tick').kind]).toEqual([2, 'ticker', 'timer']);
  });

  it('that hold flags refuse what is no method of instances', async () => {
    const { transitionOnField, transitionOnStatic } = await compiled(`${name}-transitions`, options);
    expect(() => transitionOnField({ TransitionsTo })).toThrow(
      /@TransitionsTo decorates methods of instances, got the field/,
    );
    expect(() => transitionOnStatic({ TransitionsTo })).toThrow(
      /@TransitionsTo decorates methods of instances, got the static/,
    );
  });

  it('refuse methods and fields', async () => {
    const { onMethod, onField, onGetterOfClass } = await compiled(name, options);
    expect(() => onMethod({ Managed })).toThrow(/@Managed decorates classes, got .*; write it above "class"/);
    expect(() => onGetterOfClass({ Supervised })).toThrow(
      /@Supervised decorates classes, got .*; write it above "class"/,
    );
    expect(() => onField({ DependsOn })).toThrow(/@DependsOn decorates classes, got .*; write it above "class"/);
  });
});

/** A lifecycle in which this is the one service. */
async function running<T extends object>(job: T): Promise<{ job: T; lifecycle: Lifecycle }> {
  const lifecycle = handMade({ Job: service(job) });
  await lifecycle.startAll();
  return { job, lifecycle };
}

describe('a TC39 decorator', () => {
  it('holds a flag for a private method', async () => {
    const { privateTransition } = await compiled('private', { experimentalDecorators: false }, PRIVATE);
    const { job, lifecycle } = await running(new (privateTransition({ TransitionsTo }))());
    job.held = () => lifecycle.get('Job').flags;
    expect(await job.commit()).toEqual(['committing']);
  });

  it('can stand on a private method, which is then called through its access', async () => {
    const { privates } = await compiled('private', { experimentalDecorators: false }, PRIVATE);
    const Job = privates({ Timer });
    const [word] = taskWordsOf(Job as unknown as AnyClass);
    expect(word).toMatchObject({ kind: 'timer', method: { key: '#tick' } });
    const clock = new ManualClock();
    const job = new Job();
    const lifecycle = handMade({ Job: service(job, { tasks: [taskSpec(word as TaskWord)] }) }, { clock });
    await lifecycle.startAll();
    await clock.advance(1_000);
    expect(lifecycle.tasks.get('Job.#tick').snapshot()).toMatchObject({ runs: 1, failures: 0 });
    expect(job.done).toBe(1);
    await lifecycle.stopAll();
  });
});
