import { constants } from 'node:os';
import { suggestion } from '../did-you-mean.ts';
import { OptionError } from '../errors.ts';

const SIGNAL_NAMES = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK', 'SIGQUIT', 'SIGUSR2'] as const;

/** A signal as Node names it. */
export type SignalName = (typeof SIGNAL_NAMES)[number];

const UNCATCHABLE = 'no process can catch it';
const FAULT = 'after it nothing of the process can be relied on';

/** Why no ordered stop can follow from these. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ['SIGKILL', UNCATCHABLE],
  ['SIGSTOP', UNCATCHABLE],
  ['SIGUSR1', 'Node opens its inspector on it; take SIGUSR2'],
  ['SIGBUS', FAULT],
  ['SIGFPE', FAULT],
  ['SIGILL', FAULT],
  ['SIGSEGV', FAULT],
]);

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

  /** @returns the undo: no listener is left, nor is one when it throws */
  install(): () => void {
    const table = this.#names.map((name) => [name, () => this.#receive(name)] as const);
    const undo = (): void => {
      for (const [name, listener] of table) process.removeListener(name, listener);
    };
    try {
      for (const [name, listener] of table) process.on(name, listener);
    } catch (error) {
      undo();
      throw error;
    }
    return undo;
  }

  #receive(name: SignalName): void {
    const now = this.#now();
    const isSame = now - (this.#lastPress.get(name) ?? Number.NEGATIVE_INFINITY) < ONE_PRESS;
    if (isSame) return;
    this.#lastPress.set(name, now);
    this.#onPress(name, ++this.#presses);
  }
}

/** One that this platform does not have is fine: nobody sends it. @throws OptionError for what no ordered stop can follow from */
export function checkSignal(name: string): void {
  const why = REFUSED.get(name);
  if (why !== undefined) throw new OptionError(`signals: ${name} cannot ask for the end, since ${why}`, { name });
  if (Object.hasOwn(constants.signals, name) || SIGNAL_NAMES.some((known) => known === name)) return;
  const full = /^sig/i.test(name) ? name : `SIG${name}`;
  throw new OptionError(`signals: there is no signal '${name}'. ${suggestion(full, SIGNAL_NAMES)}`, { name });
}

/** The number of a signal, for exit codes. */
export function numberOf(signal: SignalName): number {
  return constants.signals[signal as NodeJS.Signals] ?? 0;
}
