/** What the log itself writes is not to be written to the log. */

import { AsyncLocalStorage } from 'node:async_hooks';
import type { Logger } from '../log.ts';

/** Not a flag: a logger may write later than it is called. */
const storage = new AsyncLocalStorage<true>();

/** Runs what writes a line: whatever it leads to, now or later, belongs to the log. */
export function withinLog<R>(run: () => R): R {
  return storage.run(true, run);
}

export function isWithinLog(): boolean {
  return storage.getStore() === true;
}

/** A logger, and its children, whose own writing is known as such, as that of one that writes with the console. */
export function guardedLogger(logger: Logger): Logger {
  const inner = logger as Logger & Record<PropertyKey, unknown>;
  // Not a proxy of the logger itself: one that is frozen would have to show its methods as they are.
  return new Proxy({} as Logger, {
    get(_, name) {
      const value = inner[name];
      if (typeof value !== 'function') return value;
      if (name === 'child') return (...args: unknown[]) => guardedLogger(value.apply(inner, args));
      return (...args: unknown[]) => withinLog(() => value.apply(inner, args));
    },
    set: (_, name, value) => Reflect.set(inner, name, value),
    has: (_, name) => name in inner,
  });
}
