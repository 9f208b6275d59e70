/**
 * What the thread of a watchdog does. It is handed over as text, so that it needs no file of its own, whatever the package is
 * bundled into; so nothing in `watchThread` may refer to anything outside of it but types. What it is given besides is handed over as text too.
 */

import { humanize } from '../duration.ts';
import { timestamp } from '../worker/pretty-line.ts';
import type { Culprit } from './culprit.ts';

/** What the thread is told. Times in milliseconds. */
export interface WatchOrders {
  /** One number of 64 bits: the time of the main thread's last heartbeat, in nanoseconds of `process.hrtime`. */
  readonly beat: SharedArrayBuffer;
  /** One number of 32 bits: 1 once the thread is to let go of the main thread, 2 when it has. */
  readonly farewell: SharedArrayBuffer;
  /** How often the main thread's heart beats. */
  readonly period: number;
  /** A loop is blocked when a heartbeat is this late. */
  readonly timeout: number;
  /** After this the process is ended. */
  readonly exitAfter: number;
  /** Where lines are written; 1 is standard output. */
  readonly fd: number;
  /** As they are on a terminal; else as JSON. */
  readonly isPretty: boolean;
  /** What each begins with. */
  readonly lead: string;
  /** Files below these are the package's own, and not told. */
  readonly own: readonly string[];
  /** By this global symbol the main thread says whose code runs. */
  readonly hook: string;
}

/** What the thread tells. */
export type WatchNews =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'ended';
      readonly blocked: number;
      readonly culprit: Culprit | undefined;
      readonly frames: readonly string[];
    };

/** The program of the thread. */
export function threadSource(): string {
  // Compilers that keep names wrap functions into calls of such a function.
  return `const __name = (f) => f;\n(${watchThread})({ humanize: ${humanize}, timestamp: ${timestamp} });`;
}

interface Words {
  readonly humanize: (ms: number) => string;
  readonly timestamp: (at: Date) => string;
}

function watchThread({ humanize, timestamp }: Words): void {
  interface Frame {
    readonly name: string;
    /** `file:///app/src/jobs.ts:10:5`, or `native`. */
    readonly place: string;
  }

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

  interface LineFields {
    readonly service?: string | undefined;
    readonly task?: string | undefined;
    readonly blocked?: number;
    readonly stack?: string;
  }

  // Whoever bundles it knows nothing of this way to ask for a module, and leaves it alone.
  const builtin = process.getBuiltinModule;
  const { parentPort, workerData } = builtin('node:worker_threads');
  const { Session } = builtin('node:inspector');
  const { readFileSync, writeSync } = builtin('node:fs');
  const { SourceMap } = builtin('node:module');
  const { hostname } = builtin('node:os');
  const { fileURLToPath } = builtin('node:url');
  const { beat, farewell, period, timeout, exitAfter, fd, isPretty, lead, own, hook } = workerData as WatchOrders;
  /** pino's numbers, in the words of Python's logging. */
  const LEVELS = { 40: 'WARNING', 50: 'ERROR' } as const;
  /** How long the main thread is profiled, in milliseconds, and how often where nothing was seen. */
  const [PROFILED, PROFILES] = [30, 5];
  const ANSWER = 1_000;
  /** Between two microtasks V8 knows neither whose code runs nor where: it is asked again for so long, in milliseconds. */
  const ASKING = 150;
  const heart = new BigInt64Array(beat);
  const leaving = new Int32Array(farewell);
  const maps = new Map<string, InstanceType<typeof SourceMap> | undefined>();
  const session = new Session();
  session.connectToMainThread();

  /** Nothing that is shorter than the timeout is taken for a block: it began at some time between two heartbeats. */
  const limit = timeout + period;
  let lastBeat = Atomics.load(heart, 0);
  let lastLook = performance.now();
  /** How long there was no heartbeat. Who comes late was suspended with the machine, or had no turn on it, and has seen less than it seems. */
  let seen = 0;
  let block: Block | undefined;
  /** Blocks that are over and have yet to be told. */
  let untold = 0;

  parentPort?.once('message', leave);
  parentPort?.postMessage({ kind: 'ready' } satisfies WatchNews);
  setTimeout(() => sleepAndLook(limit));

  /** While all is well it wakes once in a timeout, and has no event loop: a turn of that costs several times as much. */
  function sleepAndLook(first: number): void {
    let pause = first;
    while (block === undefined && untold === 0) {
      if (Atomics.wait(leaving, 0, 0, pause) !== 'timed-out') {
        leave();
        return;
      }
      pause = look(pause);
    }
    lookIn(pause);
  }

  /** While there is something to be found out and to be told. */
  function lookIn(pause: number): void {
    setTimeout(() => {
      const next = look(pause);
      if (block === undefined && untold === 0) sleepAndLook(next);
      else lookIn(next);
    }, pause);
  }

  /** @returns when to look again */
  function look(pause: number): number {
    const now = performance.now();
    const slept = now - lastLook;
    const isLate = slept > pause + period;
    lastLook = now;
    const current = Atomics.load(heart, 0);
    if (current !== lastBeat) {
      if (block !== undefined) {
        block.until = current;
        untold++;
        void end(block, current);
      }
      block = undefined;
      lastBeat = current;
      seen = isLate ? period : age(current);
      return Math.max(0, limit - seen);
    }
    seen += isLate ? pause : slept;
    if (block !== undefined) {
      if (seen >= exitAfter && !block.isHeld) giveUp();
      return period;
    }
    // Then the main thread is to have a turn too, before it is judged.
    if (isLate) seen = Math.min(seen, limit / 2);
    if (seen < limit) return limit - seen;
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

  /** The process ends. */
  function leave(): void {
    session.disconnect();
    Atomics.store(leaving, 0, 2);
    Atomics.notify(leaving, 0);
    process.exit();
  }

  /** In milliseconds. */
  function age(time: bigint): number {
    return Number(process.hrtime.bigint() - time) / 1e6;
  }

  async function find(one: Block): Promise<void> {
    try {
      const silence = setTimeout(() => tellSilence(one), ANSWER);
      const until = performance.now() + ASKING;
      do {
        const answer = await evaluate(`globalThis[Symbol.for(${JSON.stringify(hook)})]?.()`);
        one.culprit = typeof answer === 'string' ? JSON.parse(answer) : undefined;
      } while (one.culprit?.service === undefined && isOn(one) && performance.now() < until);
      clearTimeout(silence);
      const isInspected = one.culprit?.isInspected === true;
      one.isHeld = isInspected && (await isHeldByDebugger());
      if (one.isHeld) return;
      one.frames = framesOf(one.culprit?.stack ?? '');
      // In a storm of microtasks V8 answers between two of them.
      for (let tries = 0; tries < PROFILES && !one.frames.some(isUsers) && isOn(one); tries++)
        one.frames = await profile();
      // A debugger that attaches has V8 busy for a while.
      if (isInspected && one.culprit?.service === undefined && !one.frames.some(isUsers)) return;
      one.isTold = true;
      write(one);
    } catch (error) {
      const why = error instanceof Error ? error.message : error;
      tell(40, `The watchdog could not find out what blocks the event loop: ${why}`);
    }
  }

  async function end(one: Block, current: bigint): Promise<void> {
    await one.finding;
    untold--;
    if (!one.isTold) return;
    const blocked = Number(current - one.since) / 1e6;
    const frames = one.frames.map(textOf);
    parentPort?.postMessage({ kind: 'ended', blocked, culprit: one.culprit, frames } satisfies WatchNews);
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
    const state = mainThreadState();
    const text = `Native code (${state}) blocks the event loop, for ${humanize(blocked)} by now; who called it is told when it is over`;
    tell(40, text, { blocked });
  }

  function mainThreadState(): string {
    try {
      const stat = readFileSync(`/proc/self/task/${process.pid}/stat`, 'utf8');
      return stat[stat.lastIndexOf(')') + 2] === 'R' ? 'on the CPU' : 'waiting in a system call';
    } catch {
      return 'what it does cannot be seen here';
    }
  }

  // What is said.

  /** With the time until this moment, or until it was over: V8 may have answered late. */
  function write(one: Block): void {
    const { since, culprit, frames } = one;
    const until = endOf(one);
    const blocked = between(since, until ?? process.hrtime.bigint());
    const { service, task, step, setOffBy } = culprit ?? {};
    const verb = until === undefined ? 'blocks' : 'blocked';
    const what = step === undefined ? `B${verb.slice(1)}` : `${step} ${verb}`;
    const where = setOffBy === undefined ? '' : ` in what ${setOffBy} has set off`;
    const text = `${what} the event loop${where}, for ${humanize(blocked)}${until === undefined ? ' by now' : ''}`;
    const stack = frames.map((frame) => `    at ${textOf(frame)}`).join('\n');
    tell(40, text, { service, task, blocked, stack });
  }

  function textOf({ name, place }: Frame): string {
    return name === '' ? place : `${name} (${place})`;
  }

  /** A line of the log, which nobody else can write now. */
  function tell(level: keyof typeof LEVELS, msg: string, { service, task, ...further }: LineFields = {}): void {
    const who = task === undefined ? service : `${service}.${task}`;
    const stack = further.stack ? `\n${further.stack}` : '';
    const fields = { level, time: Date.now(), pid: process.pid, hostname: hostname(), name: 'Worker', service, task };
    const text = isPretty
      ? `[${timestamp(new Date())}: ${LEVELS[level]}]: [^${who ?? 'Worker'}]: ${msg}${stack}`
      : JSON.stringify({ ...fields, msg, ...further });
    try {
      writeSync(fd, `${lead}${text}\n`);
    } catch {
      // There is nobody to tell.
    }
  }

  // What is asked of V8.

  function post<T>(method: string, params: object = {}): Promise<T> {
    return new Promise((resolve, reject) => {
      session.post(method, params, (error, result) => (error === null ? resolve(result as T) : reject(error)));
    });
  }

  async function evaluate(expression: string): Promise<unknown> {
    const { result } = await post<{ result: { value?: unknown } }>('Runtime.evaluate', {
      expression,
      returnByValue: true,
      silent: true,
    });
    return result.value;
  }

  /** The stack that most samples found. */
  async function profile(): Promise<Frame[]> {
    interface Node {
      readonly id: number;
      readonly callFrame: {
        readonly functionName: string;
        readonly url: string;
        readonly lineNumber: number;
        readonly columnNumber: number;
      };
      readonly hitCount?: number;
      readonly children?: readonly number[];
      readonly positionTicks?: readonly { readonly line: number; readonly ticks: number }[];
    }
    await post('Profiler.enable');
    await post('Profiler.setSamplingInterval', { interval: 1_000 });
    await post('Profiler.start');
    await new Promise((resolve) => setTimeout(resolve, PROFILED));
    const { profile: found } = await post<{ profile: { nodes: Node[] } }>('Profiler.stop');
    await post('Profiler.disable');
    const parents = new Map<number, Node>();
    for (const node of found.nodes) for (const child of node.children ?? []) parents.set(child, node);
    const busy = found.nodes.filter(
      ({ callFrame }) => !/^\((idle|program|root|garbage collector)\)$/.test(callFrame.functionName),
    );
    const hottest = busy.sort((one, other) => (other.hitCount ?? 0) - (one.hitCount ?? 0))[0];
    const frames: Frame[] = [];
    for (let node = hottest; node !== undefined; node = parents.get(node.id)) {
      const { functionName, url, lineNumber, columnNumber } = node.callFrame;
      const ticks = [...(node.positionTicks ?? [])].sort((one, other) => other.ticks - one.ticks)[0];
      if (url !== '' && !url.startsWith('node:')) {
        const at = ticks === undefined ? [lineNumber, columnNumber] : [ticks.line - 1, 0];
        add(frames, { name: functionName, place: original(url, at[0] ?? 0, at[1] ?? 0) });
      }
    }
    return frames;
  }

  /** V8 says so at once to whoever enables this domain, which is left on no longer: it makes code slow. */
  async function isHeldByDebugger(): Promise<boolean> {
    let isHeld = false;
    const note = (): void => {
      isHeld = true;
    };
    session.on('Debugger.paused', note);
    await post('Debugger.enable');
    session.off('Debugger.paused', note);
    post('Debugger.disable').catch(() => {});
    return isHeld;
  }

  // What a stack says.

  /** Without what is Node's own, and what was asked by the watchdog itself. */
  function framesOf(stack: string): Frame[] {
    const frames: Frame[] = [];
    for (const line of stack.split('\n').slice(1)) {
      const match = /^\s*at (?:(?:async )?(.*?) \()?([^()]*?)(?::(\d+):(\d+))?\)?$/.exec(line);
      const [, name = '', file = '', row, column] = match ?? [];
      if (match === null || file.startsWith('node:') || (file === '<anonymous>' && name === '')) continue;
      if (file === '<anonymous>' || row === undefined) add(frames, { name, place: 'native' });
      else add(frames, { name, place: original(file, Number(row) - 1, Number(column) - 1) });
    }
    return frames;
  }

  /** Without the package's own. */
  function add(frames: Frame[], frame: Frame): void {
    if (!own.some((folder) => frame.place.startsWith(folder))) frames.push(frame);
  }

  function isUsers({ place }: Frame): boolean {
    return place !== 'native';
  }

  /** @param row counted from 0, as the column */
  function original(file: string, row: number, column: number): string {
    const entry = mapOf(file)?.findEntry(row, column);
    if (entry === undefined || !('originalSource' in entry)) return `${pathOf(file)}:${row + 1}:${column + 1}`;
    return `${pathOf(new URL(entry.originalSource, pathUrl(file)).href)}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  }

  function pathUrl(file: string): string {
    return file.startsWith('file:') ? file : `file://${file}`;
  }

  function pathOf(file: string): string {
    return file.startsWith('file:') ? fileURLToPath(file) : file;
  }

  /** The map of a file that was compiled, by the comment at its end. */
  function mapOf(file: string): InstanceType<typeof SourceMap> | undefined {
    if (!maps.has(file)) maps.set(file, readMap(file));
    return maps.get(file);
  }

  function readMap(file: string): InstanceType<typeof SourceMap> | undefined {
    try {
      const address = [...readFileSync(pathOf(file), 'utf8').matchAll(/^\/\/# sourceMappingURL=(\S+)/gm)].pop()?.[1];
      if (address === undefined) return undefined;
      const data = /^data:[^,]*;base64,(.*)$/.exec(address)?.[1];
      const text =
        data === undefined
          ? readFileSync(new URL(address, pathUrl(file)), 'utf8')
          : Buffer.from(data, 'base64').toString();
      return new SourceMap(JSON.parse(text));
    } catch {
      return undefined;
    }
  }
}
