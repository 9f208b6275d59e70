import { humanize } from '../duration.ts';
import { GatheringError, LifecycleError } from '../errors.ts';

/**
 * Handlers of a signal failed; `errors` is what each of them threw, in the order they were connected. All handlers were
 * called all the same.
 */
export class SignalError extends GatheringError {
  /** @param handlers how many were called */
  constructor(signal: string, handlers: number, errors: readonly unknown[]) {
    const which = handlers === 1 ? 'the handler' : `${errors.length} of ${handlers} handlers`;
    super('LIFECYCLE_SIGNAL_FAILED', errors, `${which} of signal ${signal} failed`, { signal, handlers });
  }
}

/** A handler had not settled when the time of its send was up; it is among the `errors` of a SignalError. */
export class SignalTimeoutError extends LifecycleError {
  /** @param timeout in milliseconds */
  constructor(signal: string, handler: string, timeout: number) {
    const message = `the handler ${handler || '(anonymous)'} of signal ${signal} had not settled after its timeout of ${humanize(timeout)} and is not waited for any longer; let it end when the signal that it is given aborts`;
    super('LIFECYCLE_SIGNAL_TIMEOUT', message, { signal, handler, timeout });
  }
}
