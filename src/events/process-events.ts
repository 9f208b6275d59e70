import type { EventBase } from './event-base.ts';

/** What happens to the process of a program that a Worker runs. */
export type ProcessEvent = UncaughtEvent | HeapEvent;

/** An error came up outside of all that the engine awaits: in a callback, or in a promise that nobody handles. */
export interface UncaughtEvent extends EventBase {
  readonly kind: 'process:uncaught';
  readonly origin: 'exception' | 'rejection';
  readonly error: Error;
  /** The service that has set off what failed; missing where it was none. */
  readonly service?: string;
  /** The hook of it, or `task`. */
  readonly step?: string;
  /** What is done about it, in words that follow a semicolon: `the application is stopped`. */
  readonly action: string;
}

/** After a full garbage collection the heap is nearly as large as it may get. Once, until it is well below that again. */
export interface HeapEvent extends EventBase {
  readonly kind: 'process:heapNearLimit';
  /** Bytes that are in use. */
  readonly used: number;
  /** Bytes that may be in use. */
  readonly limit: number;
}
