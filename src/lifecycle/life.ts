import { abortController } from '../abort.ts';
import type { LifeTask, TaskLife } from '../tasks/owner.ts';
import { reasonText, type StopReason } from './stop-reason.ts';

/** The signals of a life abort with it, so `fetch` and the like reject with an `AbortError`. */
class LifeOver extends Error {
  override readonly name = 'AbortError';
  readonly reason: StopReason;

  constructor(reason: StopReason) {
    const why = reasonText(reason);
    super(`The service is stopping${why === '' ? '' : `: ${why}`}`);
    this.reason = reason;
  }
}

/** Why lives end. */
export class LifeEnded {
  readonly reason: StopReason;
  #error: LifeOver | undefined;

  constructor(reason: StopReason) {
    this.reason = reason;
  }

  /** What signals abort with; few lives have one. */
  get error(): Error {
    this.#error ??= new LifeOver(this.reason);
    return this.#error;
  }
}

/** Something to be undone when a life ends. */
export interface Disposer {
  readonly dispose: () => unknown;
}

/* Most lives never have any: these stand for none. */
const NO_DISPOSERS: Disposer[] = [];
const NO_TASKS: Set<LifeTask> = new Set();

/** One start-to-stop of one service: its signal, its tasks, its disposers. A restart is a new life. */
export class Life implements TaskLife {
  /** Whether start hooks were called. Without that there is nothing to shut down. */
  begun = false;
  /** Whether all start hooks fulfilled; only then is `onStop` called. */
  complete = false;
  /** Whether all of it is over; what a late callback asks for then is refused. */
  over = false;
  #disposers: Disposer[] = NO_DISPOSERS;
  #tasks: Set<LifeTask> = NO_TASKS;
  #controller: AbortController | undefined;
  #ended: LifeEnded | undefined;
  #isQuiet = false;

  get tasks(): ReadonlySet<LifeTask> {
    return this.#tasks;
  }

  addTask(task: LifeTask): void {
    if (this.#tasks === NO_TASKS) this.#tasks = new Set();
    this.#tasks.add(task);
    // A start that has failed meanwhile goes on to the end of its hook.
    if (this.#isQuiet) task.quiesce();
  }

  /** Whether any of its tasks is at work. */
  get busy(): boolean {
    for (const task of this.#tasks) if (task.busy) return true;
    return false;
  }

  removeTask(task: LifeTask): void {
    this.#tasks.delete(task);
  }

  get hasDisposers(): boolean {
    return this.#disposers.length > 0;
  }

  addDisposer(disposer: Disposer): void {
    if (this.#disposers === NO_DISPOSERS) this.#disposers = [];
    this.#disposers.push(disposer);
  }

  /** The last one that is left. */
  takeDisposer(): Disposer | undefined {
    return this.#disposers.pop();
  }

  /** Aborts when the start is aborted or the stop begins. Made on first use. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = abortController();
      if (this.#ended !== undefined) this.#controller.abort(this.#ended.error);
    }
    return this.#controller.signal;
  }

  get aborted(): boolean {
    return this.#ended !== undefined;
  }

  abort(ended: LifeEnded): void {
    if (this.#ended !== undefined) return;
    this.#ended = ended;
    this.quiesce();
    this.#controller?.abort(ended.error);
  }

  /** No task begins another run, nor one that is added; what is under way goes on. */
  quiesce(): void {
    this.#isQuiet = true;
    for (const task of this.#tasks) task.quiesce();
  }
}
