/// <reference lib="esnext.disposable" preserve="true" />

import type { Container, ServiceIdentifier } from 'inversify';
import { OptionError, textOf } from '../../src/errors.ts';
import type { Lifecycle } from '../../src/lifecycle/lifecycle.ts';
import type { StartOptions, StopOptions } from '../../src/lifecycle/options.ts';
import type { StartReport, StopReport } from '../../src/lifecycle/report.ts';
import { checkNames, checkOption } from '../../src/option-check.ts';
import type { Ref } from '../../src/refs.ts';
import { CalmWorld } from '../../src/testing/calm-world.ts';
import { EventRecorder } from '../../src/testing/event-recorder.ts';
import { ManualClock, type PatienceOptions, patienceOf } from '../../src/testing/manual-clock.ts';
import type { LeftOpen } from '../../src/testing/resources.ts';
import { sourceOf } from '../registry.ts';
import type { Override, Overrides } from './overrides.ts';
import { type Fresh, fresh, type MakeContainer, refuseStarted } from './subject.ts';

/** What a test container can be given. */
export interface TestContainerOptions<T extends unknown[] = unknown[]> extends PatienceOptions {
  /** Doubles in place of what is bound: `[[Db, new FakeDb()], [Mailer, FakeMailer]]`. */
  readonly overrides?: Overrides<T>;
  /** What `start()` starts, with what they need. Default: everything. */
  readonly only?: readonly Ref[];
  /** The time. Default: a clock of its own. */
  readonly clock?: ManualClock;
  /**
   * `setTimeout` and its like, `Date` and `Math.random` are the test's for what services call in hooks and tasks: they take the
   * clock's time. Default false.
   */
  readonly ambient?: boolean;
}

const OPTIONS = ['overrides', 'only', 'clock', 'ambient', 'timeout'];

/**
 * A container for a test: `await using app = await createTestContainer(makeContainer, { overrides: [[Db, fakeDb]] })`. Its time
 * is a manual clock, doubles are where the test wants them, and at the end of the block it is stopped and unbound.
 *
 * @param container one that was never started, or a function that makes it, and is given what it may bind in place of the real
 *   world
 * @throws OptionError for options that make no sense, and a container that was started
 * @throws LifecycleError with code LIFECYCLE_NOT_REGISTERED for a container without the plugin
 */
export async function createTestContainer<C extends Container, T extends unknown[] = unknown[]>(
  container: C | MakeContainer<C>,
  options: TestContainerOptions<T> = {},
): Promise<TestContainer<C>> {
  checkNames(options, OPTIONS, 'createTestContainer()');
  const { overrides = [], only, clock = new ManualClock(), ambient = false } = options;
  checkOption(clock instanceof ManualClock, 'createTestContainer({ clock })', 'a ManualClock', clock);
  checkOption(typeof ambient === 'boolean', 'createTestContainer({ ambient })', 'true or false', ambient);
  if (only !== undefined && !Array.isArray(only)) {
    throw new OptionError(
      `createTestContainer({ only }) must be a list of refs, got ${textOf(only)}; write only: [Api]`,
    );
  }
  const patience = patienceOf(options, 'createTestContainer({ timeout })');
  const world = new CalmWorld(clock, patience);
  const made = typeof container === 'function' ? await container(world) : container;
  const what = 'createTestContainer()';
  const found = await fresh(made, overrides as readonly Override<unknown>[], what);
  const undo: (() => void)[] = [];
  for (const lifecycle of withParents(found.lifecycle)) {
    refuseStarted(lifecycle, what);
    undo.push(world.surround(lifecycle, ambient));
  }
  return new TestContainer(found, world, only, undo);
}

/** A lifecycle and those of the parent containers whose services it needs. */
function withParents(lifecycle: Lifecycle): Set<Lifecycle> {
  const all = new Set([lifecycle]);
  for (const each of all) for (const owner of sourceOf(each)?.foreignOwners() ?? []) all.add(owner);
  return all;
}

/** What `createTestContainer` gives. */
export class TestContainer<C extends Container = Container> implements AsyncDisposable {
  readonly container: C;
  readonly lifecycle: Lifecycle;
  /** Stands still until it is told to go on; `start` and `stop` let as much time pass as they need. */
  readonly clock: ManualClock;
  /** What happens in it. */
  readonly events: EventRecorder;
  readonly #world: CalmWorld;
  readonly #only: readonly Ref[] | undefined;
  readonly #undo: readonly (() => void)[];

  /** @internal */
  constructor(
    { container, lifecycle }: Fresh<C>,
    world: CalmWorld,
    only: readonly Ref[] | undefined,
    undo: readonly (() => void)[],
  ) {
    this.container = container;
    this.lifecycle = lifecycle;
    this.clock = world.time.clock;
    this.events = new EventRecorder(lifecycle, { timeout: world.patience });
    this.#world = world;
    this.#only = only;
    this.#undo = undo;
  }

  /** The object behind an identifier, as the container gives it. */
  get<T>(identifier: ServiceIdentifier<T>): T {
    return this.container.get(identifier);
  }

  /** What was opened with `world.open` and is not closed. */
  get open(): readonly LeftOpen[] {
    return this.#world.resources.left;
  }

  /**
   * Starts what `only` asks for, or everything, and lets time pass until that is over.
   *
   * @throws GraphError, StartError as `container.startAll` does
   */
  start(options: StartOptions = {}): Promise<StartReport> {
    const only = this.#only === undefined ? {} : { only: this.#only };
    return this.run(this.lifecycle.startAll({ ...only, ...options }));
  }

  /** Stops everything, and lets time pass until that is over. @throws StopError as `container.stopAll` does */
  stop(options: StopOptions = {}): Promise<StopReport> {
    return this.run(this.lifecycle.stopAll(options));
  }

  /**
   * Lets time pass, timer by timer, until the work has settled, and gives what it gave. Hooks that do real I/O are given the real
   * time for it.
   */
  run<T>(work: PromiseLike<T>): Promise<T> {
    return this.#world.run(work);
  }

  /** Stops everything, unbinds it in reverse, and closes the recorder. @throws StopError with what went wrong */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      const disposed = (this.container as unknown as AsyncDisposable)[Symbol.asyncDispose]();
      await this.run(disposed);
    } finally {
      this.events.close();
      for (const undo of this.#undo) undo();
    }
  }
}
