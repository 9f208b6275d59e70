/**
 * What the thread of a watchdog does. It is handed over as text, so that it needs no file of its own, whatever the package is
 * bundled into; so nothing in `watchThread` may refer to anything outside of it but types. Its parts are handed over as text too.
 */

import { humanize } from '../duration.ts';
import { timestamp } from '../worker/pretty-line.ts';
import type { Culprit } from './culprit.ts';
import { type Frame, frameReader } from './frames.ts';
import { inspectMainThread } from './main-thread.ts';
import { mainThreadTime } from './main-thread-time.ts';
import { type LineFormat, reporter } from './reporter.ts';

/** What the thread is told. Times in milliseconds. */
export interface WatchOrders extends LineFormat {
  /** One number of 64 bits: the time of the main thread's last heartbeat, in nanoseconds of `process.hrtime`. */
  readonly beat: SharedArrayBuffer;
  /** One number of 32 bits, of `FAREWELL`: how the thread is to go, and whether it has. */
  readonly farewell: SharedArrayBuffer;
  /** How often the main thread's heart beats. */
  readonly period: number;
  /** A loop is blocked when a heartbeat is this late. */
  readonly timeout: number;
  /** After this the process is ended. */
  readonly exitAfter: number;
  /** How often the stack of the main thread is sampled while all is well; 0 for never. */
  readonly sampling: number;
  /** Files below these are the package's own, and not told. */
  readonly own: readonly string[];
  /** By this global symbol the main thread says whose code runs. */
  readonly hook: string;
}

/** How the thread goes: once it has told what there is to be told, or at once, since the main thread answers no more. */
export const FAREWELL = { finish: 1, leave: 2, left: 3 } as const;

/** What the thread tells. */
export type WatchNews =
  | { readonly kind: 'ready' }
  | { readonly kind: 'left' }
  | {
      readonly kind: 'ended';
      readonly blocked: number;
      readonly culprit: Culprit | undefined;
      readonly frames: readonly string[];
    };

/** The program of the thread. */
export function threadSource(): string {
  const parts = Object.entries({ humanize, timestamp, frameReader, inspectMainThread, mainThreadTime, reporter });
  const given = [`FAREWELL: ${JSON.stringify(FAREWELL)}`, ...parts.map(([name, part]) => `${name}: ${part}`)].join(
    ',\n',
  );
  // Compilers that keep names wrap functions into calls of such a function.
  return `const __name = (f) => f;\n(${watchThread})({ ${given} });`;
}

interface Parts {
  readonly FAREWELL: typeof FAREWELL;
  readonly humanize: typeof humanize;
  readonly timestamp: typeof timestamp;
  readonly frameReader: typeof frameReader;
  readonly inspectMainThread: typeof inspectMainThread;
  readonly mainThreadTime: typeof mainThreadTime;
  readonly reporter: typeof reporter;
}

function watchThread(parts: Parts): void {
  const { FAREWELL, humanize, timestamp, frameReader, inspectMainThread, mainThreadTime, reporter } = parts;

  interface Block {
    readonly since: bigint;
    /** The first heartbeat after it. */
    until: bigint | undefined;
    culprit: Culprit | undefined;
    frames: readonly Frame[];
    isTold: boolean;
    /** By a debugger. */
    isHeld: boolean;
    /** Once there is nothing more to be found out. */
    finding: Promise<void> | undefined;
  }

  // Whoever bundles it knows nothing of this way to ask for a module, and leaves it alone.
  const builtin = process.getBuiltinModule;
  const { parentPort, workerData } = builtin('node:worker_threads');
  const orders = workerData as WatchOrders;
  const { beat, farewell, period, timeout, exitAfter, sampling, own, hook } = orders;
  /** How long the main thread is sampled once it blocks, in milliseconds, and how often where nothing was seen. */
  const [SAMPLED, SAMPLES] = [30, 5];
  /** What was sampled is forgotten after so long, in milliseconds, or so many samples: the main thread has to write them out. */
  const [KEPT, MANY] = [60_000, 600];
  const ANSWER = 1_000;
  /** No two looks follow each other faster than this, in milliseconds. */
  const SOON = 10;
  /** Between two microtasks V8 knows neither whose code runs nor where: it is asked again for so long, in milliseconds. */
  const ASKING = 150;
  const heart = new BigInt64Array(beat);
  const leaving = new Int32Array(farewell);
  const reader = frameReader(own);
  const mainThread = inspectMainThread();
  const time = mainThreadTime();
  const { tell, tellBlock, textOf } = reporter(orders, { humanize, timestamp });

  /** Nothing that is shorter than the timeout is taken for a block: it began at some time between two heartbeats. */
  const limit = timeout + period;
  let lastBeat = Atomics.load(heart, 0);
  let lastLook = performance.now();
  /** How long there was no heartbeat. Who comes late was suspended with the machine, or had no turn on it, and has seen less than it seems. */
  let seen = 0;
  /** The same without the time in which the main thread waited for a CPU. */
  let ownTime = 0;
  let block: Block | undefined;
  /** What needs the turns of an event loop: blocks that are over and have yet to be told, and questions to V8. */
  let underWay = 0;
  let forgotten = performance.now();
  let isForgetting = false;
  let isFinishing = false;
  let hasLeft = false;

  parentPort?.on('message', go);
  begin().catch((error) => {
    // Who has let go of the main thread is not answered.
    if (!hasLeft) throw error;
  });

  async function begin(): Promise<void> {
    parentPort?.postMessage({ kind: 'ready' } satisfies WatchNews);
    if (sampling > 0) await mainThread.startSampling(sampling);
    forgotten = performance.now();
    if (!isFinishing) setTimeout(() => sleepAndLook(limit));
  }

  /** While all is well it wakes once in a timeout, and has no event loop: a turn of that costs several times as much. */
  function sleepAndLook(first: number): void {
    let pause = first;
    while (isQuiet()) {
      if (Atomics.wait(leaving, 0, 0, pause) !== 'timed-out') {
        go();
        return;
      }
      pause = look(pause);
      if (isTimeToForget()) void forget();
    }
    lookIn(pause);
  }

  function isQuiet(): boolean {
    return block === undefined && underWay === 0;
  }

  function isTimeToForget(): boolean {
    if (sampling === 0 || isForgetting || block?.isTold === false) return false;
    return performance.now() - forgotten > Math.min(KEPT, Math.max(sampling * MANY, limit * 3));
  }

  async function forget(): Promise<void> {
    isForgetting = true;
    underWay++;
    try {
      await mainThread.forgetSamples();
    } catch {
      // They are forgotten the next time.
    }
    forgotten = performance.now();
    isForgetting = false;
    settled();
  }

  /** While there is something to be found out and to be told. */
  function lookIn(pause: number): void {
    setTimeout(() => {
      const next = look(pause);
      if (isFinishing) return;
      if (isTimeToForget()) void forget();
      if (isQuiet()) sleepAndLook(next);
      else lookIn(next);
    }, pause);
  }

  /** @returns when to look again */
  function look(pause: number): number {
    const now = performance.now();
    const slept = now - lastLook;
    const isLate = slept > pause + period;
    lastLook = now;
    const hadCpu = time.own(slept);
    const current = Atomics.load(heart, 0);
    if (current !== lastBeat) {
      if (block !== undefined) void end(block, current);
      block = undefined;
      lastBeat = current;
      seen = isLate ? period : age(current);
      ownTime = Math.max(0, seen - (slept - hadCpu));
      return Math.max(0, limit - seen);
    }
    const counted = isLate ? pause : slept;
    seen += counted;
    ownTime += Math.min(counted, hadCpu);
    if (block !== undefined) {
      if (ownTime >= exitAfter && !block.isHeld) giveUp();
      return period;
    }
    // Then the main thread is to have a turn too, before it is judged.
    if (isLate) seen = Math.min(seen, limit / 2);
    if (seen < limit || isFinishing) return limit - seen;
    // Whoever waits for a CPU, or was throttled, blocks nothing; but on a busy machine what blocks has to wait as well.
    const missing = limit / 2 - ownTime;
    if (missing > 0) return Math.max(missing, SOON);
    block = {
      since: lastBeat,
      until: undefined,
      culprit: undefined,
      frames: [],
      isTold: false,
      isHeld: false,
      finding: undefined,
    };
    block.finding = find(block);
    return period;
  }

  /** What is under way is told first, unless the process ends at this moment. */
  function go(): void {
    const how = Atomics.load(leaving, 0);
    isFinishing = true;
    if (how === FAREWELL.finish) look(0);
    if (how === FAREWELL.leave || underWay === 0) leave();
  }

  function settled(): void {
    underWay--;
    if (isFinishing && underWay === 0) leave();
  }

  /** The main thread ends this one: Node 26 may abort when a thread ends before the main thread has seen that it let go. */
  function leave(): void {
    if (hasLeft) return;
    hasLeft = true;
    mainThread.leave();
    Atomics.store(leaving, 0, FAREWELL.left);
    Atomics.notify(leaving, 0);
    parentPort?.postMessage({ kind: 'left' } satisfies WatchNews);
  }

  /** In milliseconds. */
  function age(time: bigint): number {
    return Number(process.hrtime.bigint() - time) / 1e6;
  }

  async function find(one: Block): Promise<void> {
    try {
      const silence = setTimeout(() => tellSilence(one), ANSWER);
      const asked = performance.now();
      do {
        const answer = await mainThread.evaluate(`globalThis[Symbol.for(${JSON.stringify(hook)})]?.()`);
        one.culprit = typeof answer === 'string' ? JSON.parse(answer) : undefined;
      } while (one.culprit?.service === undefined && isOn(one) && performance.now() < asked + ASKING);
      clearTimeout(silence);
      const answered = performance.now();
      const isInspected = one.culprit?.isInspected === true;
      one.isHeld = isInspected && (await mainThread.isHeldByDebugger());
      if (one.isHeld) return;
      one.frames = reader.ofText(one.culprit?.stack ?? '');
      if (sampling > 0) {
        if (answered - asked > sampling || !one.frames.some(isUsers)) one.frames = await corrected(one);
      } else if (!one.frames.some(isUsers) && isOn(one)) {
        one.frames = (await sampleNow(one)) ?? one.frames;
      }
      // A debugger that attaches has V8 busy for a while.
      if (isInspected && one.culprit?.service === undefined && !one.frames.some(isUsers)) return;
      one.isTold = true;
      report(one);
    } catch (error) {
      if (hasLeft) return;
      const why = error instanceof Error ? error.message : error;
      tell(40, `The watchdog could not find out what blocks the event loop: ${why}`);
    }
  }

  /** V8 that answers late may be over with what has blocked; but where it is not, it knows the lines of each call. */
  async function corrected(one: Block): Promise<readonly Frame[]> {
    const sampled = await sampledOf(one);
    if (sampled === undefined) return one.frames;
    return reader.isWithin(one.frames, sampled) ? one.frames : sampled;
  }

  /** In a storm of microtasks V8 answers between two of them. */
  async function sampleNow(one: Block): Promise<readonly Frame[] | undefined> {
    await mainThread.startSampling(1);
    try {
      for (let tries = 0; tries < SAMPLES && isOn(one); tries++) {
        await new Promise((resolve) => setTimeout(resolve, SAMPLED));
        const frames = await sampledOf(one);
        if (frames !== undefined) return frames;
      }
      return undefined;
    } finally {
      await mainThread.stopSampling();
    }
  }

  /** The stack that most samples found. */
  async function sampledOf(one: Block): Promise<readonly Frame[] | undefined> {
    for (const stack of await mainThread.sampled(one.since, endOf(one))) {
      const frames = reader.ofSamples(stack);
      if (frames.length > 0) return frames;
    }
    return undefined;
  }

  async function end(one: Block, until: bigint): Promise<void> {
    one.until = until;
    underWay++;
    await one.finding;
    if (one.isTold) {
      const blocked = Number(until - one.since) / 1e6;
      const frames = one.frames.map(textOf);
      parentPort?.postMessage({ kind: 'ended', blocked, culprit: one.culprit, frames } satisfies WatchNews);
    }
    settled();
  }

  function isOn(one: Block): boolean {
    return Atomics.load(heart, 0) === one.since;
  }

  /** When it ended; undefined while it lasts. */
  function endOf(one: Block): bigint | undefined {
    return isOn(one) ? undefined : (one.until ?? Atomics.load(heart, 0));
  }

  /** In milliseconds. */
  function between(since: bigint, until: bigint): number {
    return Math.round(Number(until - since) / 1e6);
  }

  function giveUp(): void {
    tell(50, `The event loop has been blocked for ${humanize(exitAfter)}: the process is ended`);
    process.kill(process.pid, 'SIGKILL');
  }

  /** One long call of native code: V8 answers when it is over. */
  function tellSilence(one: Block): void {
    if (!isOn(one)) return;
    const blocked = between(one.since, process.hrtime.bigint());
    const text = `Native code (${time.state()}) blocks the event loop, for ${humanize(blocked)} by now; who called it is told when it is over`;
    tell(40, text, { blocked });
  }

  /** With the time until this moment, or until it was over: V8 may have answered late. */
  function report(one: Block): void {
    const until = endOf(one);
    const blocked = between(one.since, until ?? process.hrtime.bigint());
    tellBlock({ culprit: one.culprit, frames: one.frames, blocked, isOver: until !== undefined });
  }

  function isUsers({ place }: Frame): boolean {
    return place !== 'native';
  }
}
