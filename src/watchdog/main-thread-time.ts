/**
 * What Linux tells of the main thread's turns on the CPUs. It is part of the watchdog's thread, and handed over as text (see
 * `watch-thread.ts`): nothing in `mainThreadTime` may refer to anything outside of it but types.
 */

export interface MainThreadTime {
  /**
   * How much of the time since it was last asked was the main thread's own, in milliseconds: on a CPU or in a system call, and not
   * waiting for a CPU. All of it where nobody tells.
   *
   * @param passed since then, in milliseconds
   */
  own(passed: number): number;
  /** What it does now, in words. */
  state(): string;
}

export function mainThreadTime(): MainThreadTime {
  const { readFileSync } = process.getBuiltinModule('node:fs');
  const folder = `/proc/self/task/${process.pid}`;

  interface Turns {
    /** Both in milliseconds. */
    readonly ran: number;
    readonly waited: number;
  }

  let last = turns();
  /** How long it has been waiting for a CPU: Linux adds a wait up when it is over. */
  let waiting = 0;

  return { own, state };

  function own(passed: number): number {
    const now = turns();
    if (now === undefined || last === undefined) return passed;
    const ran = now.ran - last.ran;
    const waited = now.waited - last.waited;
    last = now;
    if (isRunnable()) {
      waiting = Math.max(0, waiting + passed - ran - waited);
      return Math.min(passed, ran);
    }
    const unknown = Math.max(0, waited - waiting);
    waiting = 0;
    return Math.max(0, passed - unknown);
  }

  function state(): string {
    const isRunning = isRunnable();
    if (isRunning === undefined) return 'what it does cannot be seen here';
    return isRunning ? 'on the CPU' : 'waiting in a system call';
  }

  function turns(): Turns | undefined {
    const [ran, waited] = read('schedstat')?.split(' ') ?? [];
    return waited === undefined ? undefined : { ran: Number(ran) / 1e6, waited: Number(waited) / 1e6 };
  }

  /** Whether it is on a CPU, or waits for one; undefined where nobody tells. */
  function isRunnable(): boolean | undefined {
    const stat = read('stat');
    return stat === undefined ? undefined : stat[stat.lastIndexOf(')') + 2] === 'R';
  }

  function read(file: string): string | undefined {
    try {
      return readFileSync(`${folder}/${file}`, 'utf8');
    } catch {
      return undefined;
    }
  }
}
