import { humanize } from '../duration.ts';
import type { Events, Kind, LifecycleEvent } from '../events.ts';
import type { Logger, LogLevel } from '../log.ts';

/** One line of the log. */
interface Line {
  readonly level: LogLevel;
  readonly fields: object;
  readonly text: string;
}

/** The log as a reader of the events. @returns the undo */
export function logEvents(events: Events, logger: Logger): () => void {
  const wants = (kind: Kind): boolean => NOTABLE.has(kind) || (logger.isLevelEnabled?.('debug') ?? true);
  return events.on((event) => {
    const line = lineOf(event);
    if (line !== undefined) logger[line.level](line.fields, line.text);
  }, wants);
}

/** What is more than a debug line. */
const NOTABLE: ReadonlySet<Kind> = new Set([
  'step:slow',
  'step:abandoned',
  'step:failed',
  'incident',
  'graph:warning',
  'listener:failed',
]);

/** Steps whose failure reaches the caller of `startAll`. */
const STARTING: ReadonlySet<string> = new Set(['create', 'onFirstStart', 'onStart', 'onRestart', 'onStarted']);

function lineOf(event: LifecycleEvent): Line | undefined {
  switch (event.kind) {
    case 'step:slow': {
      const { service, step, duration, awaitedBy } = event;
      const waiting = awaitedBy.length > 0 ? `; waiting for it: ${awaitedBy.join(', ')}` : '';
      return line('warn', { service }, `${service}.${step} is taking long: ${humanize(duration)} so far${waiting}`);
    }
    case 'step:abandoned':
      return line('error', { service: event.service }, event.error?.message ?? event.kind);
    case 'step:failed': {
      const { service, step, error } = event;
      const text = error?.message ?? event.kind;
      return STARTING.has(step) ? line('debug', { service }, text) : line('error', { service, err: error }, text);
    }
    case 'incident': {
      const { service, error, action } = event;
      return line('error', { service, err: error }, `${service} crashed; what is done: ${action}`);
    }
    case 'graph:warning':
      return line('warn', { code: event.issue.code }, event.issue.message);
    case 'listener:failed':
      return line('error', { err: event.error }, `a listener of lifecycle events threw: ${event.error.message}`);
    case 'service:starting':
    case 'service:stopping':
    case 'service:running':
    case 'service:stopped':
    case 'service:crashed':
    case 'service:restarting':
    case 'service:idle':
      return line('debug', event, `${event.service} is ${event.kind.slice('service:'.length)}`);
    case 'app:starting':
    case 'app:stopping':
    case 'app:running':
    case 'app:stopped':
    case 'app:crashed':
    case 'app:restarting':
    case 'app:idle':
      return line('debug', event, `the application is ${event.kind.slice('app:'.length)}`);
    case 'service:joined':
    case 'service:left':
    case 'service:linked':
    case 'service:unlinked':
    case 'service:merged':
    case 'step:done':
      return undefined;
    default:
      return event satisfies never;
  }
}

function line(level: LogLevel, fields: object, text: string): Line {
  return { level, fields, text };
}
