import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Entry, watchEntries } from '../current.ts';
import { messageOf } from '../errors.ts';
import type { StepName } from '../events/service-events.ts';
import { handleTracker } from '../handles/handle-tracker.ts';
import { packageRoot } from '../package-root.ts';
import type { Companion, RunningProgram } from '../worker/companion.ts';
import { culpritNow } from './culprit.ts';
import { FAREWELL, threadSource, type WatchNews, type WatchOrders } from './watch-thread.ts';
import type { WatchdogSettings } from './watchdog-settings.ts';

const HOOK = 'inversify-lifecycle.watchdog';

/** Between two heartbeats, in milliseconds: a tenth of the timeout, within these. Each wakes the process, which is what it costs. */
const [SHORTEST, LONGEST] = [50, 200];

/** A thread is there within this, in milliseconds, or it is not waited for. */
const READY = 5_000;

/** How long the thread may take to tell what there is to be told, and to let go where the process ends at once, in milliseconds. */
const [FINISHING, LEAVING] = [1_000, 100];

const STDERR = 2;

/**
 * Watches the event loop from a second thread: while it is blocked the thread asks V8 what the main thread does, and writes
 * that at once, with the service and the task. (The idea is Mode's BlockingDetector, which throws into the code that blocks.)
 *
 * Where no such thread can be had, that is told, and the program runs without.
 */
export function watchdog(settings: WatchdogSettings): Companion {
  return async (program) => {
    try {
      return await watch(settings, program);
    } catch (error) {
      program.log.warn(`There is no watchdog: ${messageOf(error)}`);
      return undefined;
    }
  };
}

async function watch(settings: WatchdogSettings, program: RunningProgram): Promise<() => Promise<void>> {
  const { Worker } = await import('node:worker_threads');
  const { timeout, exitAfter, sampling } = settings;
  const { fd = STDERR, isPretty = true, lead = '' } = program.direct ?? {};
  const period = Math.min(LONGEST, Math.max(SHORTEST, timeout / 10));
  const beat = new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT);
  const heart = new BigInt64Array(beat);
  const farewell = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  let last: Entry | undefined;
  const beatNow = (): void => void Atomics.store(heart, 0, process.hrtime.bigint());
  const tick = (): void => {
    // One that began before this turn of the loop is none that blocks it.
    last = undefined;
    beatNow();
  };
  tick();
  const pulse = setInterval(tick, period).unref();
  const hook = Symbol.for(HOOK);
  const describe = (): string => JSON.stringify(culpritNow(describe, last));
  Object.defineProperty(globalThis, hook, { value: describe, configurable: true });
  const forget = watchEntries({
    entered(entry) {
      last = entry;
    },
  });
  const undo = (): void => {
    forget();
    clearInterval(pulse);
    Reflect.deleteProperty(globalThis, hook);
  };
  try {
    const output = { fd, isPretty, lead };
    const workerData: WatchOrders = {
      beat,
      farewell,
      period,
      timeout,
      exitAfter,
      sampling,
      ...output,
      own: ownFolders(),
      hook: HOOK,
    };
    const resourceLimits = { maxOldGenerationSizeMb: 32, stackSizeMb: 1 };
    const thread = new Worker(threadSource(), {
      eval: true,
      workerData,
      execArgv: [],
      name: 'watchdog',
      resourceLimits,
    });
    handleTracker.claim(thread, 'watchdog');
    const gone = new Promise((resolve) => thread.once('exit', resolve));
    await once(thread, 'message', { signal: AbortSignal.timeout(READY) });
    const aftermath = new Aftermath(settings, program);
    thread.on('message', (news: WatchNews) => aftermath.note(news));
    // A listener takes a reference again, so this comes after it.
    thread.unref();
    thread.on('error', (error) => program.log.warn(`The watchdog is gone: ${messageOf(error)}`));
    const say = (how: number): Int32Array => {
      const words = new Int32Array(farewell);
      Atomics.store(words, 0, how);
      Atomics.notify(words, 0);
      thread.postMessage('go');
      return words;
    };
    // Node would say on standard error that it waits for a debugger.
    const leave = (): void => void Atomics.wait(say(FAREWELL.leave), 0, FAREWELL.leave, LEAVING);
    process.once('exit', leave);
    return async () => {
      process.off('exit', leave);
      const late = setTimeout(() => void thread.terminate(), FINISHING);
      thread.ref();
      beatNow();
      say(FAREWELL.finish);
      await gone;
      clearTimeout(late);
      undo();
      aftermath.end();
    };
  } catch (error) {
    undo();
    throw error;
  }
}

function ownFolders(): string[] {
  const { folder } = packageRoot();
  return ['src/', 'decorators/', 'container/', 'dist/'].map((name) => fileURLToPath(new URL(name, folder)));
}

/** What follows once a block is over. */
class Aftermath {
  readonly #unready: number;
  readonly #program: RunningProgram;
  #recover: (() => void) | undefined;

  constructor({ unready }: WatchdogSettings, program: RunningProgram) {
    this.#unready = unready;
    this.#program = program;
  }

  note(news: WatchNews): void {
    if (news.kind !== 'ended') return;
    const { blocked: duration, culprit, frames: stack } = news;
    const { events, runningGraph } = this.#program.lifecycle;
    const { service, step, task, setOffBy } = culprit ?? {};
    const unit = service === undefined ? undefined : runningGraph.labelled(service);
    if (unit !== undefined) unit.blocked += duration;
    if (this.#unready > 0) this.#hold(service ?? 'code of no service');
    events.emit({
      kind: 'loop:blocked',
      ...(service === undefined ? {} : { service }),
      ...(step === undefined ? {} : { step: step as StepName }),
      ...(task === undefined ? {} : { task }),
      ...(setOffBy === undefined ? {} : { setOffBy }),
      duration,
      stack,
    });
  }

  /** Is not ready for a while. */
  #hold(who: string): void {
    const { obstacles, clock } = this.#program.lifecycle;
    this.#recover?.();
    const reason = `the event loop was blocked by ${who}`;
    obstacles.add(reason);
    const cancel = clock.timer(this.#unready, () => this.#recover?.());
    this.#recover = () => {
      cancel();
      obstacles.delete(reason);
      this.#recover = undefined;
    };
  }

  end(): void {
    this.#recover?.();
  }
}
