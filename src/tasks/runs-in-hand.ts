import type { Deadline } from '../deadline.ts';
import { type Eventual, Later } from '../eventual.ts';
import type { Settlement, TaskRun } from './task-run.ts';

const NONE: TaskRun[] = [];

/** The runs of one task that are under way: mostly one or none. */
export class RunsInHand implements Iterable<TaskRun> {
  /** The one that began last. */
  #latest: TaskRun | undefined;
  /** Those before it, where there are any. */
  #others: TaskRun[] = NONE;
  #waiting: (() => void)[] | undefined;

  get count(): number {
    return this.#latest === undefined ? 0 : 1 + this.#others.length;
  }

  get latest(): TaskRun | undefined {
    return this.#latest;
  }

  has(run: unknown): boolean {
    return run !== undefined && (run === this.#latest || this.#others.includes(run as TaskRun));
  }

  add(run: TaskRun): void {
    if (this.#latest !== undefined) this.#others = [...this.#others, this.#latest];
    this.#latest = run;
  }

  delete(run: TaskRun): void {
    if (run === this.#latest) this.#latest = this.#others.at(-1);
    if (this.#others !== NONE) this.#others = this.#others.filter((other) => other !== run && other !== this.#latest);
    if (this.#latest !== undefined || this.#waiting === undefined) return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    for (const tell of waiting) tell();
  }

  /** Hands on how a run ends, for tasks that have one at a time. */
  settleLatest(): Settlement {
    return {
      fulfilled: (value) => this.#latest?.fulfilled(value),
      rejected: (thrown) => this.#latest?.rejected(thrown),
    };
  }

  /** @returns whether all are over; false once the deadline has passed */
  finishedBy(deadline: Deadline): Eventual<boolean> {
    if (this.#latest === undefined) return true;
    const outcome = new Later<boolean>();
    const cancel = deadline.onExpiry(() => outcome.give(false));
    this.#waiting ??= [];
    this.#waiting.push(() => {
      cancel();
      outcome.give(true);
    });
    return outcome;
  }

  *[Symbol.iterator](): Iterator<TaskRun> {
    yield* this.#others;
    if (this.#latest !== undefined) yield this.#latest;
  }
}
