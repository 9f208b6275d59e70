import type { LifecycleEvent } from '../events/lifecycle-event.ts';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import { firstOf, progressOf, progressText } from '../lifecycle/progress.ts';
import { checkOption } from '../option-check.ts';
import type { Companion } from '../worker/companion.ts';
import type { Message } from './notifications.ts';
import { hideNotifyEnvironment, type NotifyEnvironment, notifyEnvironment } from './notify-environment.ts';

/** How often systemd is told how far a start or a stop is, in milliseconds. Each time is a process of its own. */
const PERIOD = 2_000;

/** How much longer a start or a stop may take from where something has moved in it, in milliseconds. */
const EXTENSION = 60_000;

/**
 * What tells systemd, where that listens, that the program is ready, how far it is, that it stops, and that its loop turns.
 *
 * @throws OptionError
 */
export function systemdCompanions(systemd: 'auto' | false = 'auto'): Companion[] {
  checkOption(systemd === 'auto' || systemd === false, 'systemd', "'auto' or false", systemd);
  const environment = systemd === false ? undefined : notifyEnvironment(process.env, process.pid);
  return environment === undefined ? [] : [notifying(environment)];
}

function notifying(environment: NotifyEnvironment): Companion {
  return async ({ lifecycle, log }) => {
    const { Notifications } = await import('./notifications.ts');
    const notifications = new Notifications(environment.socket, (problem, isForGood) => {
      const rest = isForGood ? 'Mend that, or run with systemd: false' : 'It is told again in a moment';
      log.warn(`systemd ${isForGood ? 'is' : 'was'} not told how the program is: ${problem}. ${rest}`);
    });
    const unhide = hideNotifyEnvironment(process.env);
    const close = tellSystemd(lifecycle, environment, (message) => notifications.tell(message));
    return () => {
      close();
      notifications.close();
      unhide();
    };
  };
}

/**
 * What there is to tell, as a reader of the events.
 *
 * @returns what ends it
 */
export function tellSystemd(
  lifecycle: Lifecycle,
  { watchdog }: Pick<NotifyEnvironment, 'watchdog'>,
  tell: (message: Message) => void,
): () => void {
  const report = new Report(lifecycle, tell);
  const undo = lifecycle.on((event) => report.take(event));
  // A loop that is blocked fires no timer: that is the sign of life.
  const cancel = watchdog === undefined ? () => {} : every(lifecycle, watchdog / 2, () => tell({ WATCHDOG: 1 }));
  return () => {
    undo();
    cancel();
    report.close();
  };
}

/** Tells of a start and of a stop while they last, and of what is down in between. */
class Report {
  readonly #lifecycle: Lifecycle;
  readonly #tell: (message: Message) => void;
  /** Ends the reports of a start or a stop, or calls off the next one. */
  #cancel: (() => void) | undefined;
  /** Whether anything has happened since the last one. */
  #hasMoved = false;
  #status = '';

  constructor(lifecycle: Lifecycle, tell: (message: Message) => void) {
    this.#lifecycle = lifecycle;
    this.#tell = tell;
    if (lifecycle.state === 'starting' || lifecycle.state === 'stopping') this.#follow();
  }

  take({ kind }: LifecycleEvent): void {
    switch (kind) {
      case 'app:starting':
        this.#follow();
        return;
      case 'app:running':
        this.close();
        this.#status = this.#standing();
        this.#tell({ READY: 1, STATUS: this.#status });
        return;
      case 'app:stopping':
        this.#tell({ STOPPING: 1, STATUS: this.#progress() });
        this.#follow();
        return;
      case 'app:stopped':
      case 'app:crashed':
        if (this.#lifecycle.state !== 'stopping') this.close();
        return;
    }
    if (!/^(service|step):/.test(kind)) return;
    this.#hasMoved = true;
    if (this.#lifecycle.state === 'running') this.#cancel ??= this.#lifecycle.clock.timer(PERIOD, () => this.#look());
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** While something moves, systemd gives it more time; what is stuck has the time that the unit says. */
  #follow(): void {
    this.close();
    this.#hasMoved = true;
    this.#cancel = every(this.#lifecycle, PERIOD, () => {
      const more = this.#hasMoved ? { EXTEND_TIMEOUT_USEC: EXTENSION * 1_000 } : {};
      this.#hasMoved = false;
      this.#tell({ STATUS: this.#progress(), ...more });
    });
  }

  /** While the application runs. */
  #look(): void {
    this.#cancel = undefined;
    const status = this.#standing();
    if (status !== this.#status) this.#tell({ STATUS: status });
    this.#status = status;
  }

  #progress(): string {
    const { state, runningGraph, clock } = this.#lifecycle;
    return `${state} ${progressText(progressOf(runningGraph.units, clock.now()))}`;
  }

  #standing(): string {
    const { reasons, degraded } = this.#lifecycle.health();
    const { running, total } = progressOf(this.#lifecycle.runningGraph.units, this.#lifecycle.clock.now());
    const down = [...reasons, ...degraded];
    return down.length === 0 ? `${running} services run` : `${running}/${total} services run: ${firstOf(down)}`;
  }
}

/** @returns the end of it */
function every({ clock }: Lifecycle, period: number, work: () => void): () => void {
  let cancel = (): void => {};
  const wait = (): void => {
    cancel = clock.timer(period, () => {
      wait();
      work();
    });
  };
  wait();
  return () => cancel();
}
