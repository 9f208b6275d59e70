import { MAX_DELAY } from '../clock.ts';
import { humanize } from '../duration.ts';
import { LifecycleError, messageOf, OptionError, type StopError } from '../errors.ts';
import { handleTracker } from '../handles/handle-tracker.ts';
import type { StopOptions } from '../lifecycle/options.ts';
import type { StartReport } from '../lifecycle/report.ts';
import type { StateName } from '../lifecycle/state.ts';
import type { Logger } from '../log.ts';
import type { Ref } from '../refs.ts';
import { type Close, openAll, type RunningProgram } from './companion.ts';
import { codeOfSignal, codeOfStart, EXIT } from './exit-code.ts';
import { dropExitGuard, guardExit } from './exit-guard.ts';
import { givenOutput, type LogOutput, pinoOutput } from './log-output.ts';
import { ended, failed, noteCrash, notStarted, started, tellFailure } from './outcome.ts';
import { handOver } from './own-worker.ts';
import { claimProcess } from './process-claim.ts';
import { numberOf, ProcessSignals, type SignalName } from './process-signals.ts';
import { checkRunnable, type HasRunnable, type Runnable, runnableOf } from './runnable.ts';
import { LONG_START, showProgress } from './start-progress.ts';
import type { WorkerOptions } from './worker-options.ts';
import { type ExitSettings, exitSettings, type WorkerSettings, workerSettings } from './worker-settings.ts';

/** What the second signal leaves the stop, in milliseconds. */
const IN_A_HURRY = 1_000;

/** The states in which nothing of the application is left. */
const DOWN: ReadonlySet<StateName> = new Set(['idle', 'stopped', 'crashed']);

type Wording = (error: LifecycleError) => string;

/**
 * Runs a program: starts its services, waits, stops them in order when a signal comes, and ends with the right exit code. It
 * logs as Mode's worker does. A process has one.
 *
 * The first signal stops in order, or aborts the start and rolls it back; the second leaves the stop one second; the third
 * ends the process at once.
 */
export class Worker {
  readonly #runnable: Runnable;
  readonly #options: WorkerOptions;
  readonly #settings: WorkerSettings;
  /** @internal What is told of a wrong call; the command line has words of its own for options. */
  wording: Wording = messageOf;
  /** While the log is open. */
  #output: LogOutput | undefined;
  /** Whether its end was asked for, maybe before anything had begun. */
  #isPressed = false;
  /** What first went wrong outside of any service. */
  #failure: Error | undefined;

  /** @throws OptionError */
  constructor(runnable: Runnable | HasRunnable, options: WorkerOptions = {}) {
    const found = runnableOf(runnable);
    checkRunnable(found);
    this.#runnable = found;
    this.#options = options;
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
      return usage(error, exitSettings(options));
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
   * Starts these services and what they need, waits until their background and spawned work is done, over restarts too, and
   * stops. A service without such work is done when it has started (Mode's `run_until_complete`).
   *
   * @param refs one or more; `daemon: false` runs everything to its end
   * @returns the exit code; 1 where one of them is given up, 2 for no ref at all, and for one that is unknown
   * @throws LifecycleError with code LIFECYCLE_WORKER_RUNNING
   */
  async runUntilComplete(...refs: readonly Ref[]): Promise<number> {
    return refs.length === 0 ? usage(nothingToComplete(), this.#settings) : this.#run(refs);
  }

  async #run(refs: readonly Ref[] | undefined): Promise<number> {
    const elsewhere = handOver({ runnable: this.#runnable, options: this.#options, refs });
    if (elsewhere !== undefined) return elsewhere;
    const release = claimProcess();
    dropExitGuard();
    this.#isPressed = false;
    this.#failure = undefined;
    // Nothing is to be done, only waited for.
    const stayAlive = setInterval(() => {}, MAX_DELAY);
    const signals = new ProcessSignals(
      this.#settings.signals,
      () => this.#runnable.lifecycle.clock.now(),
      (signal, count) => this.#press(signal, count),
    );
    const { exitTimeout, trackHandles } = this.#settings;
    const untrack = handleTracker.open(trackHandles);
    let uninstall: (() => void) | undefined;
    try {
      uninstall = signals.install();
      const code = await this.#live(refs);
      process.exitCode = code;
      guardExit(exitTimeout, code, trackHandles);
      return code;
    } catch (error) {
      return usage(error, this.#settings, this.wording);
    } finally {
      uninstall?.();
      untrack();
      clearInterval(stayAlive);
      release();
    }
  }

  async #live(refs: readonly Ref[] | undefined): Promise<number> {
    const output = await this.#openLog();
    const { lifecycle } = this.#runnable;
    const { stopTimeout } = this.#settings;
    const restoreLogger = lifecycle.loggers.use(output.logger, this.#settings.routine);
    const restoreTimeout = stopTimeout === undefined ? () => {} : lifecycle.useStopTimeout(stopTimeout);
    const unnote = noteCrash(lifecycle);
    this.#output = output;
    let close: Close | undefined;
    let code: number = EXIT.ok;
    try {
      close = await openAll(this.#settings.companions, this.#programOn(output));
      const isOver = this.#isPressed || this.#failure !== undefined;
      if (!isOver) code = await this.#course(output, refs);
    } finally {
      code = await this.#bringDown(output.own, code);
      this.#output = undefined;
      await close?.();
      if (this.#failure !== undefined) failed(output.own, this.#failure);
      unnote();
      restoreTimeout();
      restoreLogger();
      await output.close();
    }
    return this.#failure === undefined ? code : EXIT.failed;
  }

  #programOn(output: LogOutput): RunningProgram {
    const runnable = this.#runnable;
    return {
      runnable,
      lifecycle: runnable.lifecycle,
      log: output.logger,
      direct: output.direct,
      flushLog: () => output.flushNow(),
      fail: (error) => {
        this.#failure ??= error;
        process.exitCode = EXIT.failed;
        this.#requestStop(messageOf(error), 0);
      },
    };
  }

  /** @throws OptionError when the log cannot be written */
  async #openLog(): Promise<LogOutput> {
    const { log, isRedirected } = this.#settings;
    const { loggers, hasLogger } = this.#runnable.lifecycle;
    if (log.kind === 'given') return givenOutput(log.logger, isRedirected);
    if (hasLogger && !log.isAskedFor) return givenOutput(loggers.root, isRedirected);
    return pinoOutput(log);
  }

  /** Start, wait, stop. */
  async #course({ own: log, status }: LogOutput, refs: readonly Ref[] | undefined): Promise<number> {
    const { lifecycle } = this.#runnable;
    const { daemon } = this.#settings;
    const hush = tellFailure(log, lifecycle);
    const hide = status === undefined ? () => {} : showProgress(lifecycle, status);
    // What crashes meanwhile is told by the start.
    lifecycle.done.catch(() => {});
    let report: StartReport;
    try {
      // Before anything is said of how it came out.
      report = await this.#start(refs).finally(hide);
    } catch (error) {
      return notStarted(log, error, lifecycle.done);
    } finally {
      hush();
    }
    // No sooner: the start may have waited for the end of the life before.
    const { done } = lifecycle;
    done.catch(() => {});
    started(log, report, lifecycle, status !== undefined && report.makespan >= LONG_START);
    let crash: Error | undefined;
    if (!daemon || refs !== undefined) {
      crash = await Promise.race([lifecycle.workDone(refs), done.then(noCrash, noCrash)]);
      this.#requestStop(crash?.message ?? 'all work is done', 0);
    }
    return ended(log, done, crash);
  }

  /** What still runs, as of a start that somebody else has made, nobody would stop any more. @returns the exit code of all */
  async #bringDown(log: Logger, code: number): Promise<number> {
    const { lifecycle } = this.#runnable;
    if (DOWN.has(lifecycle.state)) return code;
    // A stop hook may end the process.
    if (code !== EXIT.ok) process.exitCode = code;
    lifecycle.done.catch(() => {});
    const stop = this.#runnable.stopAll({ reason: 'the Worker ends' }).catch((error: StopError) => error);
    const codeOfEnd = await ended(log, stop);
    return code === EXIT.ok ? codeOfEnd : code;
  }

  async #start(refs: readonly Ref[] | undefined): Promise<StartReport> {
    const { startTimeout } = this.#settings;
    const limit = startTimeout === undefined ? {} : { timeout: startTimeout };
    if (refs === undefined) return this.#runnable.startAll(limit);
    this.#runnable.lifecycle.checkRefs(refs, 'runUntilComplete()');
    return this.#runnable.startAll({ ...limit, only: refs });
  }

  #press(signal: SignalName, count: number): void {
    const log = this.#output?.own;
    if (count === 1) {
      this.#isPressed = true;
      log?.info('Stopping on signal received...');
      if (log !== undefined) this.#requestStop(signal, this.#settings.preStopDelay);
    } else if (count === 2) {
      log?.warn(
        `${signal} again: what is not stopped in ${humanize(IN_A_HURRY)} is left behind; once more ends at once.`,
      );
      this.#stop({ reason: signal, timeout: IN_A_HURRY });
    } else {
      log?.error(`${signal} once more: ended at once.`);
      this.#output?.flushNow();
      process.exit(codeOfSignal(numberOf(signal)));
    }
  }

  /** @param delay in milliseconds; a start is aborted at once */
  #requestStop(reason: string, delay: number): void {
    const { lifecycle } = this.#runnable;
    if (lifecycle.state !== 'running') this.#stop({ reason });
    else lifecycle.requestStop(reason, { delay });
  }

  /** What goes wrong in it is told by the end of this life. */
  #stop(options: StopOptions): void {
    this.#runnable.stopAll(options).catch(() => {});
  }
}

const noCrash = (): undefined => {};

/** It was called wrongly, which only the caller can mend. */
function usage(error: unknown, { exitTimeout, trackHandles }: ExitSettings, wording: Wording = messageOf): number {
  const isUsage = error instanceof LifecycleError && codeOfStart(error) === EXIT.usage;
  if (!isUsage) throw error;
  console.error(wording(error));
  process.exitCode = EXIT.usage;
  guardExit(exitTimeout, EXIT.usage, trackHandles);
  return EXIT.usage;
}

function nothingToComplete(): OptionError {
  return new OptionError(
    'runUntilComplete() expects the services whose work is to be completed, got none; write runUntilComplete(Import), or run everything to its end with Worker.run(container, { daemon: false })',
  );
}
