import type { Entry } from '../current.ts';
import { Unit } from '../lifecycle/unit.ts';
import { TaskRun } from '../tasks/task-run.ts';
import { quiescence } from './manual-clock.ts';
import type { OwnTime } from './own-time.ts';
import { realNow, realTime } from './real-time.ts';

/** A hook or a run of a task that has been called and has not settled. */
export interface Work {
  readonly entry: Entry;
  /** `Db.onStart`, `Job.poll`. */
  readonly label: string;
  /** Where it is: the test itself may put something before the user's code, and after it. */
  at: 'before' | 'inside' | 'after';
  /** How many things of the test's own it waits for. */
  held: number;
  /** The engine does not wait for it any more. */
  isLeftBehind: boolean;
  /** The test has it wait for ever. */
  isHung: boolean;
}

/** Enough for what only takes some turns of the loop. */
const TURNS = 20;

/** Whose code is at work: the hooks and runs under way in one lifecycle, and whether anything the test knows of can end them. */
export class AtWork {
  readonly #time: OwnTime;
  readonly #works = new Map<Entry, Work>();
  #changes = 0;

  constructor(time: OwnTime) {
    this.#time = time;
  }

  begin(entry: Entry): Work {
    const work: Work = { entry, label: labelOf(entry), at: 'before', held: 0, isLeftBehind: false, isHung: false };
    this.#works.set(entry, work);
    this.#changes++;
    return work;
  }

  /** Calls the user's code, with no promise in between where it needs none. */
  enter(work: Work, call: () => unknown): unknown {
    work.at = 'inside';
    let returned: unknown;
    try {
      returned = call();
    } catch (thrown) {
      this.end(work);
      throw thrown;
    }
    if (returned instanceof Promise) return returned.finally(() => this.end(work));
    this.end(work);
    return returned;
  }

  end({ entry }: Work): void {
    this.#works.delete(entry);
    this.#changes++;
  }

  of(entry: Entry | undefined): Work | undefined {
    return entry && this.#works.get(entry);
  }

  get all(): Iterable<Work> {
    return this.#works.values();
  }

  /** Something has changed that may have been waited for. */
  changed(): void {
    this.#changes++;
  }

  /**
   * Pending with nothing to wait for: no timer of its own, nothing that the test holds. It does real I/O, waits for others, or
   * hangs. A task may wait for as long as its service lives.
   */
  get stuck(): Work[] {
    const stuck: Work[] = [];
    for (const work of this.#works.values()) {
      const { entry, held, isLeftBehind } = work;
      if (held > 0 || isLeftBehind || this.#time.has(entry)) continue;
      if (entry instanceof TaskRun && unitOf(entry)?.life?.aborted !== true) continue;
      stuck.push(work);
    }
    return stuck;
  }

  /** Lets so many milliseconds of real time pass, or as many as it takes for something to change. @returns whether it has */
  async changesWithin(ms: number): Promise<boolean> {
    const before = this.#changes;
    const end = realNow() + ms;
    for (let turn = 0; turn < TURNS || realNow() < end; turn++) {
      if (turn >= TURNS) await realTime(1);
      await quiescence();
      if (this.#changes !== before) return true;
    }
    return false;
  }
}

/** `Db.onStart`; of a task `Job.poll`. */
export function labelOf(entry: Entry): string {
  return entry instanceof TaskRun ? entry.name : `${entry.unit.label}.${entry.step}`;
}

/** The unit whose code it is. */
export function unitOf({ unit }: Entry): Unit | undefined {
  return unit instanceof Unit ? unit : undefined;
}
