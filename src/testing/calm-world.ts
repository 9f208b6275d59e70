import type { Clock } from '../clock.ts';
import type { Door } from '../current.ts';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import { takeOver } from './ambient.ts';
import { AtWork, type Work } from './at-work.ts';
import { type ManualClock, quiescence } from './manual-clock.ts';
import { OwnTime } from './own-time.ts';
import { type OpenResource, Resources } from './resources.ts';
import { Seeded } from './seeded.ts';
import type { TestWorld } from './world.ts';

/** The world of a test that is no simulation: nothing fails in it, and time passes when the test says so. */
export class CalmWorld implements TestWorld {
  readonly seed = 0;
  readonly time: OwnTime;
  readonly clock: Clock;
  readonly random: () => number;
  readonly resources = new Resources();
  readonly #atWork: AtWork;
  /** What was waited for in real time, and in vain. */
  readonly #inVain = new WeakSet<Work>();

  /** @param patience for how long something is waited for in vain, in milliseconds of real time */
  constructor(
    clock: ManualClock,
    readonly patience: number,
  ) {
    // Thrown where time is moved on: at the test that does it.
    this.time = new OwnTime(clock, (thrown) => {
      throw thrown;
    });
    this.clock = this.time.userClock;
    this.random = new Seeded(this.seed).random;
    this.#atWork = new AtWork(this.time);
  }

  /** Has a lifecycle that was never started live in it. @returns the undo, which leaves it its time */
  surround(lifecycle: Lifecycle, isAmbient: boolean): () => void {
    const door: Door = (entry, call) => this.#atWork.enter(this.#atWork.begin(entry), call);
    lifecycle.surround({ clock: this.time, door });
    return isAmbient ? takeOver(lifecycle, this) : () => {};
  }

  io(_name: string, signal?: AbortSignal): Promise<void> {
    return quiescence().then(() => signal?.throwIfAborted());
  }

  open(name: string): OpenResource {
    return this.resources.open(name);
  }

  /**
   * Lets time pass until the work has settled. A hook that does real I/O is given the real time for it first: its deadline would
   * be over at once.
   */
  run<T>(work: PromiseLike<T>): Promise<T> {
    return this.time.clock.run(work, { timeout: this.patience, unless: () => this.#waitForRealIo() });
  }

  async #waitForRealIo(): Promise<boolean> {
    const stuck = this.#atWork.stuck.filter((work) => !this.#inVain.has(work));
    if (stuck.length === 0) return false;
    if (await this.#atWork.changesWithin(this.patience)) return true;
    for (const work of stuck) this.#inVain.add(work);
    return false;
  }
}
