/**
 * What the watchdog's thread asks V8 of the main thread, which is not paused for it. It is part of that thread, and handed
 * over as text (see `watch-thread.ts`): nothing in `inspectMainThread` may refer to anything outside of it but types.
 */

/** Of the inspector's protocol, as far as it is read. */
export interface PositionTicks {
  /** Counted from 1. */
  readonly line: number;
  readonly ticks: number;
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: {
    readonly functionName: string;
    readonly url: string;
    /** Counted from 0, as the column. */
    readonly lineNumber: number;
    readonly columnNumber: number;
  };
  readonly children?: readonly number[];
  readonly positionTicks?: readonly PositionTicks[];
}

/** Times in microseconds. */
interface Profile {
  readonly nodes: readonly ProfileNode[];
  readonly startTime: number;
  readonly endTime: number;
  /** Numbers of nodes. */
  readonly samples?: readonly number[];
  /** Each from the sample before it. */
  readonly timeDeltas?: readonly number[];
}

export interface SampledStack {
  /** The innermost first. */
  readonly nodes: readonly ProfileNode[];
  /** How many samples found it. */
  readonly count: number;
}

export interface MainThread {
  /** What an expression has for a value there: V8 answers at the next call or turn of a loop. */
  evaluate(expression: string): Promise<unknown>;
  /** Whether somebody steps through it. */
  isHeldByDebugger(): Promise<boolean>;
  /** @param interval between two samples, in milliseconds */
  startSampling(interval: number): Promise<void>;
  /** Forgets the samples from before the last time, so that they do not pile up. */
  forgetSamples(): Promise<void>;
  /** The stacks between two times of `process.hrtime`, those with the most samples first. */
  sampled(since: bigint, until?: bigint): Promise<SampledStack[]>;
  stopSampling(): Promise<void>;
  leave(): void;
}

export function inspectMainThread(): MainThread {
  const { Session } = process.getBuiltinModule('node:inspector');
  const session = new Session();
  session.connectToMainThread();

  /** A profile, and what is to be added to its times to have those of `process.hrtime`. */
  interface Window {
    readonly profile: Profile;
    readonly offset: number;
  }

  /**
   * The start of a profiler makes V8 look through the whole heap, which blocks a big program for seconds. So one is started,
   * and profiles of the console follow each other in it, each of which begins before the one before it ends.
   */
  let number = 0;
  let finished: Profile | undefined;
  let windows: readonly Window[] = [];
  let turn: Promise<unknown> = Promise.resolve();
  session.on('Profiler.consoleProfileFinished', ({ params }) => {
    // The program may have profiles of its own.
    if (params.title === titleOf(number - 1)) finished = params.profile as Profile;
  });

  return { evaluate, isHeldByDebugger, startSampling, forgetSamples, sampled, stopSampling, leave };

  function titleOf(window: number): string {
    return `watchdog ${window}`;
  }

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

  async function startSampling(interval: number): Promise<void> {
    await post('Profiler.enable');
    await post('Profiler.setSamplingInterval', { interval: interval * 1_000 });
    await evaluate(`process.getBuiltinModule('node:inspector').console.profile('${titleOf(++number)}')`);
  }

  async function stopSampling(): Promise<void> {
    await post('Profiler.disable');
    windows = [];
  }

  function forgetSamples(): Promise<void> {
    const next = turn.then(renew);
    turn = next.catch(() => {});
    return next;
  }

  async function renew(): Promise<void> {
    const previous = number++;
    finished = undefined;
    // The end of a profile takes its time, since it is written out.
    const now = await evaluate(`{
      const { console } = process.getBuiltinModule('node:inspector');
      console.profile('${titleOf(number)}');
      const now = process.hrtime.bigint();
      console.profileEnd('${titleOf(previous)}');
      String(now);
    }`);
    const profile = finished as Profile | undefined;
    if (profile === undefined) return;
    windows = [...windows.slice(-1), { profile, offset: Number(now) / 1e3 - profile.endTime }];
  }

  async function sampled(since: bigint, until?: bigint): Promise<SampledStack[]> {
    await forgetSamples();
    return windows
      .flatMap((one) => stacksOf(one, Number(since) / 1e3, Number(until ?? Number.POSITIVE_INFINITY) / 1e3))
      .sort((one, other) => other.count - one.count);
  }

  function stacksOf({ profile, offset }: Window, since: number, until: number): SampledStack[] {
    const { nodes, startTime, samples = [], timeDeltas = [] } = profile;
    const counts = new Map<number, number>();
    let time = startTime + offset;
    samples.forEach((id, index) => {
      time += timeDeltas[index] ?? 0;
      if (since < time && time < until) counts.set(id, (counts.get(id) ?? 0) + 1);
    });
    const parents = new Map<number, ProfileNode>();
    for (const node of nodes) for (const child of node.children ?? []) parents.set(child, node);
    return nodes
      .filter(({ id }) => counts.has(id))
      .map((node) => {
        const stack: ProfileNode[] = [];
        for (let each: ProfileNode | undefined = node; each !== undefined; each = parents.get(each.id))
          stack.push(each);
        return { nodes: stack, count: counts.get(node.id) ?? 0 };
      });
  }

  function leave(): void {
    session.disconnect();
  }
}
