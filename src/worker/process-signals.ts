import { constants } from 'node:os';

/** A signal as Node names it. */
export type SignalName = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGBREAK' | 'SIGQUIT' | 'SIGUSR2';

/** Those that mean "end": Ctrl-C, `kill`, a terminal that closes; on Windows also Ctrl-Break. SIGUSR1 is Node's own. */
export const STOP_SIGNALS: readonly SignalName[] =
  process.platform === 'win32' ? ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] : ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** The same signal within this time is the same press: a Ctrl-C reaches a process from its terminal and from npm. */
const ONE_PRESS = 300;

/** Listens to the signals that ask for the end, and counts them as a person would. */
export class ProcessSignals {
  readonly #names: readonly SignalName[];
  readonly #now: () => number;
  readonly #onPress: (signal: SignalName, count: number) => void;
  readonly #lastPress = new Map<SignalName, number>();
  #presses = 0;

  /** @param onPress told which signal it is, and how often somebody has asked by now */
  constructor(names: readonly SignalName[], now: () => number, onPress: (signal: SignalName, count: number) => void) {
    this.#names = names;
    this.#now = now;
    this.#onPress = onPress;
  }

  /** @returns the undo: no listener is left */
  install(): () => void {
    const table = this.#names.map((name) => [name, () => this.#receive(name)] as const);
    for (const [name, listener] of table) process.on(name, listener);
    return () => {
      for (const [name, listener] of table) process.removeListener(name, listener);
    };
  }

  #receive(name: SignalName): void {
    const now = this.#now();
    const isSame = now - (this.#lastPress.get(name) ?? Number.NEGATIVE_INFINITY) < ONE_PRESS;
    if (isSame) return;
    this.#lastPress.set(name, now);
    this.#onPress(name, ++this.#presses);
  }
}

/** The number of a signal, for exit codes. */
export function numberOf(signal: SignalName): number {
  return constants.signals[signal as NodeJS.Signals] ?? 0;
}
