import { humanize } from '../duration.ts';
import { LifecycleError, messageOf } from '../errors.ts';
import type { StartReport } from '../lifecycle/report.ts';
import type { Logger } from '../log.ts';
import type { Ref } from '../refs.ts';
import { codeOfSignal, codeOfStart, codeOfStop, EXIT } from './exit-code.ts';
import { guardExit } from './exit-guard.ts';
import { givenOutput, type LogOutput, pinoOutput } from './log-output.ts';
import { numberOf, ProcessSignals, type SignalName } from './process-signals.ts';
import { type HasRunnable, type Runnable, runnableOf } from './runnable.ts';
import { checkRunnable, type WorkerOptions, type WorkerSettings, workerSettings } from './worker-options.ts';

/** What the second signal leaves the stop, in milliseconds. */
const IN_A_HURRY = 1_000;

/** The longest interval there is: nothing is to be done, only waited for. */
const LONG = 2 ** 31 - 1;

/**
 * Runs a program: starts its services, waits, stops them in order when a signal comes, and ends with the right exit code. It
 * logs as Mode's worker does. A process has one.
 *
 * The first signal stops in order, or aborts the start and rolls it back; the second leaves the stop one second; the third
 * ends the process at once.
 */
export class Worker {
  readonly #runnable: Runnable;
  readonly #settings: WorkerSettings;
  /** While the log is open. */
  #output: LogOutput | undefined;
  /** Whether its end was asked for, maybe before anything had begun. */
  #isPressed = false;
  /** What went wrong in the stop that was asked for. */
  #stopping: Promise<readonly Error[]> = Promise.resolve([]);

  /** @throws OptionError */
  constructor(runnable: Runnable | HasRunnable, options: WorkerOptions = {}) {
    const found = runnableOf(runnable);
    checkRunnable(found);
    this.#runnable = found;
    this.#settings = workerSettings(options);
  }

  /**
   * Runs it to its end. An option that makes no sense is told on standard error and ends it with code 2.
   *
   * @returns the exit code, which is the process's too
   */
  static async run(runnable: Runnable | HasRunnable, options: WorkerOptions = {}): Promise<number> {
    let worker: Worker;
    try {
      worker = new Worker(runnable, options);
    } catch (error) {
      return usage(error);
    }
    return worker.run();
  }

  /**
   * Runs the program to its end, and sets `process.exitCode`.
   *
   * @returns the exit code
   * @throws LifecycleError with code LIFECYCLE_WORKER_RUNNING while another Worker runs in this process
   */
  run(): Promise<number> {
    return this.#run(undefined);
  }

  /**
   * Starts these services and what they need, waits until their background and spawned work is done, and stops. A service
   * without such work is done when it has started (Mode's `run_until_complete`).
   *
   * @returns the exit code; 2 for a ref that is unknown
   * @throws LifecycleError with code LIFECYCLE_WORKER_RUNNING
   */
  runUntilComplete(...refs: readonly Ref[]): Promise<number> {
    return this.#run(refs);
  }

  async #run(refs: readonly Ref[] | undefined): Promise<number> {
    const release = claimProcess();
    this.#isPressed = false;
    const stayAlive = setInterval(() => {}, LONG);
    const signals = new ProcessSignals(
      this.#settings.signals,
      () => this.#runnable.lifecycle.clock.now(),
      (signal, count) => this.#press(signal, count),
    );
    const uninstall = signals.install();
    try {
      const code = await this.#live(refs);
      process.exitCode = code;
      guardExit(this.#settings.exitTimeout, code);
      return code;
    } catch (error) {
      return usage(error);
    } finally {
      uninstall();
      clearInterval(stayAlive);
      release();
    }
  }

  async #live(refs: readonly Ref[] | undefined): Promise<number> {
    const output = await this.#openLog();
    const restoreLogger = this.#runnable.lifecycle.loggers.use(output.logger, 'info');
    this.#output = output;
    try {
      return this.#isPressed ? EXIT.ok : await this.#course(output.logger, refs);
    } finally {
      this.#output = undefined;
      restoreLogger();
      await output.close();
    }
  }

  /** @throws OptionError when the log cannot be written */
  async #openLog(): Promise<LogOutput> {
    const { log } = this.#settings;
    const { loggers, hasLogger } = this.#runnable.lifecycle;
    if (log.kind === 'given') return givenOutput(log.logger);
    if (hasLogger && !log.isAskedFor) return givenOutput(loggers.root);
    return pinoOutput(log);
  }

  /** Start, wait, stop. */
  async #course(log: Logger, refs: readonly Ref[] | undefined): Promise<number> {
    const { lifecycle } = this.#runnable;
    const { startTimeout, daemon } = this.#settings;
    const limit = startTimeout === undefined ? {} : { timeout: startTimeout };
    const starting = this.#runnable.startAll({ ...limit, ...(refs === undefined ? {} : { only: refs }) });
    const { done } = lifecycle;
    done.catch(() => {});
    try {
      tellStart(log, await starting);
    } catch (error) {
      return this.#startFailed(log, error);
    }
    if (!daemon || refs !== undefined) {
      await Promise.race([lifecycle.workDone(), done.catch(() => {})]);
      this.#requestStop('all work is done', 0);
    }
    try {
      const { errors } = await done;
      return this.#stopped(log, errors);
    } catch (error) {
      log.error(messageOf(error));
      return EXIT.failed;
    }
  }

  async #startFailed(log: Logger, error: unknown): Promise<number> {
    const code = codeOfStart(error);
    if (code === EXIT.ok) return this.#stopped(log, await this.#stopping);
    log.error({ err: error instanceof Error ? (error.cause ?? error) : error }, messageOf(error));
    return code;
  }

  #stopped(log: Logger, errors: readonly Error[]): number {
    const code = codeOfStop(errors);
    if (code !== EXIT.ok) {
      const what = errors.length === 1 ? 'One thing' : `${errors.length} things`;
      log.error(`${what} went wrong in the stop: ${errors.map(({ message }) => message).join('; ')}`);
    }
    return code;
  }

  #press(signal: SignalName, count: number): void {
    const log = this.#output?.logger;
    if (count === 1) {
      this.#isPressed = true;
      log?.info('Stopping on signal received...');
      if (log !== undefined) this.#requestStop(signal, this.#settings.preStopDelay);
    } else if (count === 2) {
      log?.warn(
        `${signal} again: what is not stopped in ${humanize(IN_A_HURRY)} is left behind; once more ends at once.`,
      );
      this.#stop(signal, IN_A_HURRY);
    } else {
      log?.error(`${signal} once more: ended at once.`);
      this.#output?.flushNow();
      process.exit(codeOfSignal(numberOf(signal)));
    }
  }

  /** @param delay in milliseconds; a start is aborted at once */
  #requestStop(reason: string, delay: number): void {
    const { lifecycle } = this.#runnable;
    const { stopTimeout } = this.#settings;
    if (lifecycle.state !== 'running') this.#stop(reason, stopTimeout);
    else lifecycle.requestStop(reason, { delay, ...(stopTimeout === undefined ? {} : { timeout: stopTimeout }) });
  }

  #stop(reason: string, timeout: number | undefined): void {
    const options = timeout === undefined ? { reason } : { reason, timeout };
    this.#stopping = this.#runnable.stopAll(options).then(
      ({ errors }) => errors,
      (thrown: unknown) => (thrown instanceof AggregateError ? thrown.errors : []),
    );
  }
}

function tellStart(log: Logger, report: StartReport): void {
  const services = report.entries.filter(({ kind }) => kind === 'service').length;
  log.info(`Started ${services} ${services === 1 ? 'service' : 'services'} in ${humanize(report.makespan)}`);
}

/** It was called wrongly, which only the caller can mend. */
function usage(error: unknown): number {
  const isUsage = error instanceof LifecycleError && codeOfStart(error) === EXIT.usage;
  if (!isUsage) throw error;
  console.error(error.message);
  process.exitCode = EXIT.usage;
  return EXIT.usage;
}

const RUNNING = Symbol.for('inversify-lifecycle.worker');
const place = globalThis as { [RUNNING]?: boolean };

/** Signals, the log and the exit code are the process's: two Workers would fight over them. @returns the undo */
function claimProcess(): () => void {
  if (place[RUNNING] === true) {
    throw new LifecycleError(
      'LIFECYCLE_WORKER_RUNNING',
      'another Worker runs in this process already, and a process has one set of signals and one exit code; let one Worker run a parent container of both, or start a second process',
    );
  }
  place[RUNNING] = true;
  return () => {
    place[RUNNING] = false;
  };
}
