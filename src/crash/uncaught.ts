import { EventEmitter } from 'node:events';
import { currentEntry, type Entry } from '../current.ts';
import { messageOf } from '../errors.ts';
import { callListener } from '../events/events.ts';
import type { UncaughtEvent } from '../events/process-events.ts';
import { uncaughtText } from '../lifecycle/process-text.ts';
import type { StateName } from '../lifecycle/state.ts';
import { errorOf } from '../lifecycle/step.ts';
import { checkOption } from '../option-check.ts';
import type { Companion } from '../worker/companion.ts';
import { EXIT } from '../worker/exit-code.ts';

/**
 * What an error that nobody catches leads to: the ordered stop of everything, or the end of the process at once. Either way
 * it is logged, and the exit code is 1.
 */
export type UncaughtPolicy = 'stop' | 'exit';

/** What is done, by the state that the application is in. */
const ACTIONS: Readonly<Record<StateName, string>> = {
  idle: 'nothing is started',
  starting: 'the start is aborted',
  running: 'the application is stopped',
  stopping: 'it is being stopped already',
  stopped: 'it is stopped already',
  crashed: 'it is being stopped already',
  restarting: 'the application is stopped',
};

/**
 * Takes the place of Node's own end of the process. Node calls both listeners in the asynchronous context of what failed (of a
 * rejection: in that in which the promise was made), where the entry of the service is. Listeners of the program are called too.
 *
 * @throws OptionError
 */
export function uncaughtErrors(policy: UncaughtPolicy): Companion {
  checkOption(policy === 'stop' || policy === 'exit', 'uncaught', "'stop' or 'exit'", policy);
  return ({ lifecycle, flushLog, fail }) => {
    const threads = new ThreadErrors();
    const meet = (thrown: unknown, origin: UncaughtEvent['origin'], callOthers: () => void): void => {
      const entry = threads.entryOf(thrown) ?? currentEntry();
      const owner = entry === undefined ? {} : { service: entry.unit.label, step: entry.step };
      const facts = { origin, error: tellable(thrown), ...owner };
      const action = policy === 'exit' ? 'the process ends at once' : ACTIONS[lifecycle.state];
      lifecycle.events.emit({ kind: 'process:uncaught', ...facts, action });
      if (policy === 'stop') {
        fail(new Error(uncaughtText(facts), { cause: facts.error }));
        return;
      }
      flushLog();
      callOthers();
      flushLog();
      process.exit(EXIT.failed);
    };
    // By Node's rules a rejection may come as an exception.
    const exception = (thrown: unknown, origin: string): void =>
      meet(thrown, origin === 'unhandledRejection' ? 'rejection' : 'exception', () =>
        callLater('uncaughtException', exception, thrown, origin),
      );
    const rejection = (thrown: unknown, promise: unknown): void =>
      meet(thrown, 'rejection', () => callLater('unhandledRejection', rejection, thrown, promise));
    process.on('uncaughtException', exception);
    process.on('unhandledRejection', rejection);
    const unwatch = threads.watch();
    return () => {
      unwatch();
      process.off('uncaughtException', exception);
      process.off('unhandledRejection', rejection);
    };
  };
}

/** Calls the listeners that come after this one, which the end of the process would leave out. What they throw changes nothing. */
function callLater(name: string, own: (...args: never[]) => void, ...args: readonly unknown[]): void {
  const listeners = (process as EventEmitter).rawListeners(name);
  const later = listeners.slice(listeners.indexOf(own) + 1);
  const ignore = (): void => {};
  for (const listener of later) callListener(() => Reflect.apply(listener, process, args), ignore);
}

/** An error that can be told: what is thrown may throw itself when it is looked at. */
function tellable(thrown: unknown): Error {
  try {
    const error = errorOf(thrown);
    return typeof error.message === 'string' ? error : new Error(messageOf(error.message), { cause: error });
  } catch {
    return new Error(messageOf(thrown));
  }
}

/** By whom threads were made whose errors nobody listens to: such an error is thrown, maybe in no context at all. */
class ThreadErrors {
  readonly #entries = new WeakMap<object, Entry>();

  entryOf(thrown: unknown): Entry | undefined {
    return typeof thrown === 'object' && thrown !== null ? this.#entries.get(thrown) : undefined;
  }

  /** Hears of the errors of all threads that are made from now on, which makes none of them handled. @returns the undo */
  watch(): () => void {
    const made = (thread: EventEmitter): void => {
      const entry = currentEntry();
      if (entry === undefined) return;
      thread.on(EventEmitter.errorMonitor, (error: unknown) => {
        if (typeof error === 'object' && error !== null) this.#entries.set(error, entry);
      });
    };
    process.on('worker', made);
    return () => void process.off('worker', made);
  }
}
