import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { handleTracker } from '../handles/handle-tracker.ts';
import { FAREWELL, threadSource, type WatchNews, type WatchOrders } from './watch-thread.ts';

/** A thread is there within this, in milliseconds, or it is not waited for. */
const READY = 5_000;

/** How long the thread may take to tell what there is to be told, and to let go where the process ends at once, in milliseconds. */
const [FINISHING, LEAVING] = [1_000, 100];

/** Of the thread, in megabytes; profiles are large. */
const [SMALL, LARGE] = [32, 96];

/** The thread that watches, as the main thread has it: it keeps no process alive. */
export class Watcher {
  readonly #thread: Worker;
  readonly #farewell: Int32Array;
  readonly #gone: Promise<unknown>;
  // Node would say on standard error that it waits for a debugger.
  readonly #leave = (): void => {
    if (Atomics.load(this.#farewell, 0) === FAREWELL.left) return;
    this.#say(FAREWELL.leave);
    Atomics.wait(this.#farewell, 0, FAREWELL.leave, LEAVING);
  };

  private constructor(thread: Worker, farewell: Int32Array) {
    this.#thread = thread;
    this.#farewell = farewell;
    this.#gone = new Promise((resolve) => thread.once('exit', resolve));
  }

  /** @throws when there can be no such thread */
  static async start(
    orders: Omit<WatchOrders, 'farewell'>,
    note: (news: WatchNews) => void,
    fail: (error: Error) => void,
  ): Promise<Watcher> {
    const { Worker } = await import('node:worker_threads');
    const farewell = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    const workerData: WatchOrders = { ...orders, farewell };
    const resourceLimits = { maxOldGenerationSizeMb: orders.sampling > 0 ? LARGE : SMALL, stackSizeMb: 1 };
    const options = { eval: true, workerData, execArgv: [], name: 'watchdog', resourceLimits };
    const thread = new Worker(threadSource(), options);
    handleTracker.claim(thread, 'watchdog');
    const watcher = new Watcher(thread, new Int32Array(farewell));
    process.once('exit', watcher.#leave);
    try {
      await once(thread, 'message', { signal: AbortSignal.timeout(READY) });
    } catch (error) {
      process.off('exit', watcher.#leave);
      await thread.terminate();
      throw error;
    }
    thread.on('message', note);
    thread.on('error', fail);
    // A listener takes a reference again, so this comes after it.
    thread.unref();
    return watcher;
  }

  /** Once it has told what there is to be told. */
  async finish(): Promise<void> {
    this.#thread.ref();
    let late: NodeJS.Timeout | undefined;
    const left = new Promise<void>((resolve) => {
      late = setTimeout(resolve, FINISHING);
      this.#thread.on('message', ({ kind }: WatchNews) => kind === 'left' && resolve());
    });
    this.#say(FAREWELL.finish);
    await Promise.race([left, this.#gone]);
    clearTimeout(late);
    await this.#thread.terminate();
    process.off('exit', this.#leave);
  }

  #say(farewell: number): void {
    Atomics.store(this.#farewell, 0, farewell);
    Atomics.notify(this.#farewell, 0);
    this.#thread.postMessage('go');
  }
}
