import { humanize } from '../duration.ts';
import type { LifecycleError } from '../errors.ts';
import type { Events } from '../events/events.ts';
import type { Kind, LifecycleEvent } from '../events/lifecycle-event.ts';
import type { Logger, LogLevel } from '../log.ts';
import type { Loggers } from './loggers.ts';
import { heapText, uncaughtText } from './process-text.ts';

/** One line of the log. */
interface Line {
  readonly level: LogLevel;
  readonly text: string;
  readonly fields?: object;
}

/** Whom the lines are of. */
interface Writer {
  readonly label: string;
  /** Undefined for a component, which writes no lines. */
  readonly spec: unknown;
}

/**
 * The log as a reader of the events: what is as it should be at the loggers' routine level, in Mode's words, and all that is
 * not.
 *
 * @param writerOf gives the one of that label
 * @returns the undo
 */
export function logEvents<W extends Writer>(
  events: Events,
  loggers: Loggers<W>,
  writerOf: (label: string) => W | undefined,
): () => void {
  const wants = (kind: Kind): boolean => {
    const level = LEVELS[kind];
    if (level === undefined) return false;
    return loggers.isWanted(level === 'routine' ? loggers.routine : level);
  };
  const leftovers = new Leftovers();
  const absences = new Absences();
  return events.on((event) => {
    leftovers.note(event);
    const line = absences.lineOf(event) ?? lineOf(event, loggers.routine, leftovers);
    if (line === undefined) return;
    const logger = loggerOf(event, loggers, writerOf);
    if (line.fields === undefined) logger?.[line.level](line.text);
    else logger?.[line.level](line.fields, line.text);
  }, wants);
}

/** Those that have left something behind, which is not to be called a stop like any other. */
class Leftovers {
  readonly #services = new Set<string>();

  note(event: LifecycleEvent): void {
    if (event.kind === 'step:abandoned' || event.kind === 'task:abandoned') this.#services.add(event.service);
    else if (event.kind === 'service:starting') this.#services.delete(event.service);
    else if (event.kind === 'app:starting') this.#services.clear();
  }

  /** @param service undefined for any of them */
  has(service?: string): boolean {
    return service === undefined ? this.#services.size > 0 : this.#services.has(service);
  }
}

/**
 * Optional services that failed in a start: told at once, though what is done about them is decided when the start is over, if
 * it does not fail.
 */
class Absences {
  readonly #told = new WeakSet<Error>();

  /** @returns undefined where the event tells of none */
  lineOf(event: LifecycleEvent): Line | undefined {
    if (event.kind === 'service:crashed' && event.isAbsent && event.error !== undefined) {
      this.#told.add(event.error);
      // A hook that was left behind is told as such.
      if ((event.error as Partial<LifecycleError>).code === 'LIFECYCLE_HOOK_TIMEOUT') return undefined;
      const text = `${event.error.message}; the start goes on without it.`;
      return { level: 'error', fields: { err: originalOf(event.error) }, text };
    }
    if (event.kind !== 'incident' || !this.#told.delete(event.error)) return undefined;
    return { level: 'warn', text: `Its start had failed; ${event.action}.` };
  }
}

/** The gravest level that an event of a kind is written at; undefined for those that are not written at all. */
const LEVELS: Readonly<Record<Kind, LogLevel | 'routine' | undefined>> = {
  'app:starting': 'routine',
  'app:running': 'debug',
  'app:stopping': 'routine',
  'app:stopped': 'routine',
  'app:crashed': 'routine',
  'app:restarting': undefined,
  'app:idle': undefined,
  'stop:requested': 'debug',
  'start:failed': undefined,
  'service:starting': 'routine',
  'service:running': 'debug',
  'service:stopping': 'routine',
  'service:stopped': 'routine',
  'service:crashed': 'error',
  'service:restarting': 'routine',
  'service:idle': undefined,
  'service:joined': undefined,
  'service:left': undefined,
  'service:inspected': undefined,
  'service:linked': undefined,
  'service:unlinked': undefined,
  'service:merged': undefined,
  'service:adopted': undefined,
  'service:released': undefined,
  'service:dependencyDown': 'warn',
  'service:dependencyUp': 'info',
  'flag:set': undefined,
  'flag:cleared': undefined,
  'step:done': undefined,
  'step:slow': 'warn',
  'step:failed': 'error',
  'step:abandoned': 'error',
  'loop:blocked': 'warn',
  'task:began': undefined,
  'task:ended': 'debug',
  'task:failed': 'error',
  'task:overlap': 'warn',
  'task:missed': 'warn',
  'task:restarting': 'warn',
  'task:paused': 'info',
  'task:resumed': 'info',
  'task:abandoned': 'error',
  incident: 'error',
  'graph:warning': 'warn',
  'bind:failed': 'error',
  'guard:misuse': 'warn',
  'guard:blind': 'warn',
  'process:uncaught': 'error',
  'process:heapNearLimit': 'warn',
  'listener:failed': 'error',
  'operator:command': 'info',
  'operator:failed': 'warn',
};

/** All kinds of events there are. */
export const KINDS = Object.keys(LEVELS) as readonly Kind[];

/** Steps whose failure reaches the caller of `startAll`. */
const STARTING: ReadonlySet<string> = new Set(['create', 'onFirstStart', 'onStart', 'onRestart', 'onStarted']);

/** A component has no lines of its own, but its faults are told. */
function loggerOf<W extends Writer>(
  event: LifecycleEvent,
  loggers: Loggers<W>,
  writerOf: (label: string) => W | undefined,
): Logger | undefined {
  if (!('service' in event)) return loggers.root;
  const writer = writerOf(event.service);
  if (writer === undefined) return loggers.root;
  if (event.kind.startsWith('service:') && writer.spec === undefined) return undefined;
  return 'task' in event ? loggers.ofTask(writer, event.task) : loggers.of(writer);
}

function lineOf(event: LifecycleEvent, routine: LogLevel, leftovers: Leftovers): Line | undefined {
  switch (event.kind) {
    case 'app:starting':
    case 'service:starting':
      return { level: routine, text: 'Starting...' };
    case 'app:running':
    case 'service:running':
      return { level: 'debug', text: 'Started.' };
    case 'app:stopping':
    case 'service:stopping':
      return { level: routine, text: 'Stopping...' };
    case 'app:stopped':
      return { level: routine, text: leftovers.has() ? UNTIDY : '-Stopped!' };
    case 'service:stopped':
      return { level: routine, text: leftovers.has(event.service) ? UNTIDY : '-Stopped!' };
    case 'service:restarting':
      return { level: routine, text: 'Restarting...' };
    case 'app:crashed':
    case 'service:crashed':
      // What has crashed is told with what is done about it; this is the end of that.
      return event.from === 'stopping' ? { level: routine, text: '-Crashed!' } : { level: 'debug', text: 'Crashed.' };
    case 'stop:requested':
      return { level: 'debug', text: `A stop is requested${event.delay > 0 ? `, in ${humanize(event.delay)}` : ''}.` };
    case 'step:slow': {
      const { service, step, duration, awaitedBy } = event;
      const waiting = awaitedBy.length > 0 ? `; waiting for it: ${awaitedBy.join(', ')}` : '';
      return { level: 'warn', text: `${service}.${step} is taking long: ${humanize(duration)} so far${waiting}` };
    }
    case 'step:abandoned':
    case 'task:abandoned':
      return { level: 'error', text: event.error?.message ?? event.kind };
    case 'step:failed': {
      const { step, error } = event;
      const text = error?.message ?? event.kind;
      return STARTING.has(step)
        ? { level: 'debug', text }
        : { level: 'error', fields: { err: originalOf(error) }, text };
    }
    case 'task:ended': {
      const { run, duration, outcome } = event;
      return {
        level: 'debug',
        text: `Run ${run} ${outcome === 'done' ? 'took' : `${outcome} after`} ${humanize(duration)}.`,
      };
    }
    case 'task:failed':
      return { level: 'error', fields: { err: originalOf(event.error) }, text: event.error.message };
    case 'task:overlap': {
      const { isHeld, inARow } = event;
      const text = `It is due while it still runs; this one is ${isHeld ? 'held until it is over' : 'left out'}.`;
      return { level: inARow === 1 ? 'warn' : 'debug', text };
    }
    case 'task:missed': {
      const { taskKind, count, isMadeUp } = event;
      const times = count === 1 ? 'a due time' : `${count} due times`;
      // A loop that was blocked has all its timers miss something at once.
      return {
        level: taskKind === 'crontab' ? 'warn' : 'debug',
        text: `It missed ${times}${isMadeUp ? '; it runs once instead' : ''}.`,
      };
    }
    case 'task:restarting':
      return { level: 'warn', text: `It is run again in ${humanize(event.delay)}.` };
    case 'task:paused':
      return { level: 'info', text: 'Paused.' };
    case 'task:resumed':
      return { level: 'info', text: 'Resumed.' };
    case 'incident': {
      const { error, action } = event;
      return { level: 'error', fields: { err: originalOf(error) }, text: `Crashed: ${error.message}; ${action}.` };
    }
    case 'loop:blocked': {
      const { step, setOffBy, duration, stack } = event;
      const at = stack[0] === undefined ? '' : `, at ${stack[0]}`;
      const what = step === undefined ? 'Blocked' : `${step} blocked`;
      const where = setOffBy === undefined ? '' : ` in what ${setOffBy} has set off`;
      return { level: 'warn', text: `${what} the event loop for ${humanize(duration)}${where}${at}.` };
    }
    case 'service:dependencyDown':
      return { level: 'warn', text: `${event.dependency}, which it needs, is down.` };
    case 'service:dependencyUp':
      return { level: 'info', text: `${event.dependency} runs again.` };
    case 'graph:warning':
      return { level: 'warn', fields: { code: event.issue.code }, text: event.issue.message };
    case 'bind:failed':
      return { level: 'error', fields: { err: originalOf(event.error) }, text: event.error.message };
    case 'guard:misuse':
      return { level: 'warn', fields: { err: event.error }, text: event.error.message };
    case 'guard:blind': {
      const { methods, reason = 'the object is frozen' } = event;
      const which = methods.length > 0 ? `calls of ${methods.join(', ')}` : 'any calls';
      return { level: 'warn', text: `The guard does not see ${which}: ${reason}.` };
    }
    case 'process:uncaught':
      return { level: 'error', fields: { err: event.error }, text: `${uncaughtText(event)}; ${event.action}.` };
    case 'process:heapNearLimit':
      return { level: 'warn', text: heapText(event) };
    case 'listener:failed': {
      const { error, channel } = event;
      const who = channel === undefined ? 'a listener of lifecycle events' : `a subscriber of ${channel}`;
      return { level: 'error', fields: { err: error }, text: `${who} failed: ${error.message}` };
    }
    case 'operator:command':
      return { level: 'info', text: `Asked for by ${event.by}: ${event.command}` };
    case 'operator:failed':
      return { level: 'warn', text: `${event.command} failed: ${event.error?.message}` };
    // Whoever asked for the start is told.
    case 'start:failed':
    case 'app:idle':
    case 'app:restarting':
    case 'service:idle':
    case 'service:joined':
    case 'service:left':
    case 'service:inspected':
    case 'service:linked':
    case 'service:unlinked':
    case 'service:merged':
    case 'service:adopted':
    case 'service:released':
    case 'flag:set':
    case 'flag:cleared':
    case 'step:done':
    case 'task:began':
      return undefined;
    default:
      return event satisfies never;
  }
}

const UNTIDY = '-Stopped, with something left behind!';

/** The text says already what the package has to say of it: the stack to show is the one of the user's error. */
function originalOf(error: Error | undefined): unknown {
  return error?.cause instanceof Error ? error.cause : error;
}
