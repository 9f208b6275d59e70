/**
 * Every error of the package: one base class, and one class per fact.
 *
 * An error carries a stable `code` to branch on, its facts as `data`, and the original error as `cause`; the message
 * says what was expected, what was got, and the code to write. Every code is explained in `docs/errors.md`.
 */

import { inspect } from 'node:util';

const BRAND = Symbol.for('inversify-lifecycle.error');

/** The codes of all errors, in one place so that a typo does not compile. */
export type ErrorCode =
  | 'LIFECYCLE_ADOPTION'
  | 'LIFECYCLE_AMBIGUOUS_REF'
  | 'LIFECYCLE_CRASHED'
  | 'LIFECYCLE_DISPOSED'
  | 'LIFECYCLE_EVENTS_LOST'
  | 'LIFECYCLE_GRAPH'
  | 'LIFECYCLE_GUARD'
  | 'LIFECYCLE_HOOK_FAILED'
  | 'LIFECYCLE_HOOK_TIMEOUT'
  | 'LIFECYCLE_ILLEGAL_MOVE'
  | 'LIFECYCLE_INVALID_OPTION'
  | 'LIFECYCLE_JOURNAL'
  | 'LIFECYCLE_LIFE_OVER'
  | 'LIFECYCLE_MAX_RESTARTS'
  | 'LIFECYCLE_MERGE_CYCLE'
  | 'LIFECYCLE_MISSING_PEER'
  | 'LIFECYCLE_MODULE'
  | 'LIFECYCLE_NAME_TAKEN'
  | 'LIFECYCLE_NO_LIFE'
  | 'LIFECYCLE_NOT_REGISTERED'
  | 'LIFECYCLE_NOT_RUNNING'
  | 'LIFECYCLE_REENTRANT'
  | 'LIFECYCLE_SIGNAL_FAILED'
  | 'LIFECYCLE_SIGNAL_TIMEOUT'
  | 'LIFECYCLE_SIMULATION'
  | 'LIFECYCLE_START_ABORTED'
  | 'LIFECYCLE_START_FAILED'
  | 'LIFECYCLE_START_TIMEOUT'
  | 'LIFECYCLE_STOP_FAILED'
  | 'LIFECYCLE_SYNC_UNBIND'
  | 'LIFECYCLE_TASK_FAILED'
  | 'LIFECYCLE_TASK_TIMEOUT'
  | 'LIFECYCLE_UNKNOWN_REF'
  | 'LIFECYCLE_UNKNOWN_TASK'
  | 'LIFECYCLE_WORKER_RUNNING';

/** The base of every error this package raises. */
export class LifecycleError extends Error {
  /** A stable identifier; texts may change between versions, codes do not. */
  readonly code: ErrorCode;
  /** The facts of the message, for programs. */
  readonly data: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, data: Readonly<Record<string, unknown>> = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    this.data = data;
  }

  get [BRAND](): true {
    return true;
  }
}

/*
 * `error instanceof LifecycleError` holds for every error of the package, be it of this copy or of another one in the same
 * process, and for those that are AggregateErrors (`StopError`, `SignalError`).
 */
Object.defineProperty(LifecycleError, Symbol.hasInstance, {
  value(this: unknown, candidate: unknown): boolean {
    if (this !== LifecycleError) return Function.prototype[Symbol.hasInstance].call(this, candidate);
    return typeof candidate === 'object' && candidate !== null && BRAND in candidate;
  },
});

/**
 * The base of errors that gather others. It is an AggregateError, whose `errors` are the originals, and `instanceof
 * LifecycleError` holds for it all the same.
 */
export abstract class GatheringError extends AggregateError {
  /** See `LifecycleError`. */
  readonly code: ErrorCode;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, errors: readonly unknown[], title: string, data: Readonly<Record<string, unknown>>) {
    const lines = errors.map((error) => `\n  - ${messageOf(error)}`).join('');
    super(errors, `${title}:${lines}`);
    this.name = new.target.name;
    this.code = code;
    this.data = data;
  }

  get [BRAND](): true {
    return true;
  }
}

/**
 * What went wrong while services stopped: every error, each naming its service and hook. The stop itself is over all the
 * same: every hook was called.
 */
export class StopError extends GatheringError {
  constructor(errors: readonly Error[]) {
    const count = errors.length === 1 ? 'one thing' : `${errors.length} things`;
    super('LIFECYCLE_STOP_FAILED', errors, `The stop is over, but ${count} went wrong`, { errors: errors.length });
  }
}

/** A service failed while the application ran; `cause` is what its code threw. The application was stopped because of it. */
export class CrashError extends LifecycleError {
  constructor(service: string, error: Error, cause: unknown = error) {
    super('LIFECYCLE_CRASHED', `${service} crashed: ${error.message}`, { service }, { cause });
  }
}

/** An option, a duration or an argument that makes no sense. */
export class OptionError extends LifecycleError {
  constructor(message: string, data: Readonly<Record<string, unknown>> = {}) {
    super('LIFECYCLE_INVALID_OPTION', message, data);
  }
}

/** The text of anything that can be thrown; not everything can be turned into one. */
export function messageOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message : String(thrown);
  } catch {
    // What comes from another thread may be no more than a way to show itself.
    return inspected(thrown as object).trim();
  }
}

/** How much of a value is shown in an error. */
const SHOWN = { depth: 1, compact: true, breakLength: Number.POSITIVE_INFINITY, maxArrayLength: 10 } as const;

/** A value as it reads in an error: on one line, and not too much of it. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'function') return `the function ${value.name || '(anonymous)'}`;
  if (typeof value !== 'object' || value === null) return String(value);
  const text = inspected(value).replace(/\s*\n\s*/g, ' ');
  return text.length > 100 ? `${text.slice(0, 97)}...` : text;
}

function inspected(value: object): string {
  try {
    return inspect(value, SHOWN);
  } catch {
    return 'something that has no text';
  }
}
