import { messageOf, textOf } from '../errors.ts';
import type { LifecycleEvent } from '../events/lifecycle-event.ts';

/** An error as a journal has it. */
export interface WrittenError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string | number;
  readonly cause?: unknown;
  /** Of an error that gathers others. */
  readonly errors?: readonly unknown[];
}

/** A value as a journal has it: what JSON can say of it. */
export type Written<T> = T extends Error
  ? WrittenError
  : T extends readonly (infer E)[]
    ? readonly Written<E>[]
    : T extends object
      ? { readonly [K in keyof T]: Written<T[K]> }
      : T;

/** An event as a journal has it. */
export type WrittenEvent = Written<LifecycleEvent>;

/** How deep values are written out; what is deeper is written as a text. */
const DEPTH = 8;

/** Turns anything into what JSON can say of it, whatever it holds; it never throws. */
export function written<T>(value: T): Written<T> {
  return plain(value, []) as Written<T>;
}

/** @param above what it is within, the outermost first */
function plain(value: unknown, above: readonly object[]): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'object':
      if (value === null) return null;
      return above.length >= DEPTH || above.includes(value) ? textOf(value) : plainObject(value, above);
    default:
      return textOf(value);
  }
}

function plainObject(value: object, above: readonly object[]): unknown {
  const within = [...above, value];
  try {
    if (value instanceof Error) return plainError(value, within);
    if (Array.isArray(value)) return value.map((each) => plain(each, within));
    // Of an object with a class of its own, what it holds may be anything, and much.
    const parent = Object.getPrototypeOf(value);
    if (parent !== Object.prototype && parent !== null) return textOf(value);
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each, within)]));
  } catch (thrown) {
    return `something that cannot be read: ${messageOf(thrown)}`;
  }
}

function plainError(error: Error & { code?: unknown; errors?: unknown }, within: readonly object[]): WrittenError {
  const { name, message, stack, code, cause, errors } = error;
  return {
    name: String(name),
    message: String(message),
    ...(typeof stack === 'string' ? { stack } : {}),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(cause === undefined ? {} : { cause: plain(cause, within) }),
    ...(Array.isArray(errors) ? { errors: errors.map((each) => plain(each, within)) } : {}),
  };
}
