import { humanize } from '../duration.ts';
import type { LifecycleEvent } from '../events.ts';
import type { Logger } from '../log.ts';

/** The log as a reader of the events. */
export function writeToLog(event: LifecycleEvent, logger: Logger): void {
  switch (event.kind) {
    case 'step:slow': {
      const { service, step, duration, awaitedBy } = event;
      const waiting = awaitedBy.length > 0 ? `; waiting for it: ${awaitedBy.join(', ')}` : '';
      return logger.warn({ service }, `${service}.${step} is taking long: ${humanize(duration)} so far${waiting}`);
    }
    case 'step:abandoned':
      return logger.error({ service: event.service }, event.error?.message ?? event.kind);
    case 'step:failed':
      if (STARTING.has(event.step)) return logger.debug({ service: event.service }, event.error?.message ?? event.kind);
      return logger.error({ service: event.service, err: event.error }, event.error?.message ?? event.kind);
    case 'incident':
      return logger.error(
        { service: event.service, err: event.error },
        `${event.service} crashed; what is done: ${event.action}`,
      );
    case 'graph:warning':
      return logger.warn({ code: event.issue.code }, event.issue.message);
    case 'listener:failed':
      return logger.error({ err: event.error }, `a listener of lifecycle events threw: ${event.error.message}`);
    case 'service:starting':
    case 'service:stopping':
    case 'service:running':
    case 'service:stopped':
    case 'service:crashed':
    case 'service:restarting':
    case 'service:idle':
      return logger.debug({ service: event.service }, `${event.service} is ${event.kind.slice('service:'.length)}`);
    case 'app:starting':
    case 'app:stopping':
    case 'app:running':
    case 'app:stopped':
    case 'app:crashed':
    case 'app:restarting':
    case 'app:idle':
      return logger.debug({}, `the application is ${event.kind.slice('app:'.length)}`);
    case 'service:joined':
    case 'service:left':
    case 'service:linked':
    case 'service:unlinked':
    case 'service:merged':
    case 'step:done':
      return;
    default:
      event satisfies never;
  }
}

/** Steps whose failure reaches the caller of `startAll`. */
const STARTING: ReadonlySet<string> = new Set(['create', 'onFirstStart', 'onStart', 'onRestart', 'onStarted']);
