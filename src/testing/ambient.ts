/**
 * What code takes from about it and not from a clock it was given: `setTimeout` and its like, `Date`, `Math.random`. While a
 * test has them taken over, they are the test's for hooks and tasks of its services and for whatever these lead to, and what
 * they always are for everybody else in the process.
 */

import { createRequire, syncBuiltinESMExports } from 'node:module';
import { promisify } from 'node:util';
import { currentEntry } from '../current.ts';
import type { OwnTime } from './own-time.ts';
import { TestTimeout } from './test-timeout.ts';

/** What a lifecycle's services find about them. */
export interface Ambience {
  readonly time: OwnTime;
  readonly random: () => number;
}

const ambiences = new WeakMap<object, Ambience>();
let takers = 0;
let giveBack: () => void = () => {};

/** Takes it over for the services of this lifecycle. @returns the undo */
export function takeOver(host: object, ambience: Ambience): () => void {
  ambiences.set(host, ambience);
  const release = holdAmbience();
  return () => {
    ambiences.delete(host);
    release();
  };
}

/** Has everything in place for those who take over, which costs a little each time. @returns the undo */
export function holdAmbience(): () => void {
  if (takers++ === 0) giveBack = replaceAll();
  let isOver = false;
  return () => {
    if (isOver) return;
    isOver = true;
    if (--takers === 0) giveBack();
  };
}

/** The ambience of the service whose code this is called from. */
function here(): Ambience | undefined {
  const unit = currentEntry()?.unit as { readonly host?: object } | undefined;
  return unit?.host && ambiences.get(unit.host);
}

type Callback = (...args: unknown[]) => void;

/** As Node does: what is no length, or none that it takes, is a millisecond. */
function lengthOf(ms: unknown): number {
  const length = Number(ms);
  return length >= 1 && length <= 2 ** 31 - 1 ? length : 1;
}

/** Replaces a property. @returns the undo */
function replace(target: object, name: string, value: (original: never) => unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(target, name);
  const original = (target as Record<string, unknown>)[name] as never;
  Object.defineProperty(target, name, { value: value(original), configurable: true, writable: true });
  return () => {
    if (before === undefined) Reflect.deleteProperty(target, name);
    else Object.defineProperty(target, name, before);
  };
}

function replaceAll(): () => void {
  const require = createRequire(import.meta.url);
  const timers: object = require('node:timers');
  const promises: object = require('node:timers/promises');
  const sleep = sleepOver((promises as { setTimeout: Sleep }).setTimeout);
  const undo = [
    ...[globalThis, timers].flatMap((target) => [
      replace(target, 'setTimeout', (original: SetTimer) => setter(original, false, sleep)),
      replace(target, 'setInterval', (original: SetTimer) => setter(original, true)),
      replace(target, 'clearTimeout', clearer),
      replace(target, 'clearInterval', clearer),
    ]),
    replace(promises, 'setTimeout', () => sleep),
    replace(promises, 'setInterval', ticksOver),
    replace(AbortSignal, 'timeout', signalOver),
    replace(globalThis, 'Date', dateOver),
    replace(globalThis.performance, 'now', (original: () => number) => () => {
      return here()?.time.now() ?? original.call(globalThis.performance);
    }),
    replace(Math, 'random', (original: () => number) => () => (here()?.random ?? original)()),
  ];
  syncBuiltinESMExports();
  return () => {
    for (const each of undo.reverse()) each();
    syncBuiltinESMExports();
  };
}

type SetTimer = (call: Callback, ms?: number, ...args: unknown[]) => unknown;

function setter(original: SetTimer, repeats: boolean, promised?: Sleep): SetTimer {
  const set: SetTimer = (call, ms, ...args) => {
    const time = here()?.time;
    if (time === undefined || typeof call !== 'function') return original(call, ms, ...args);
    return new TestTimeout(() => time.start(lengthOf(ms), () => call(...args), repeats));
  };
  if (promised !== undefined) Object.defineProperty(set, promisify.custom, { value: promised });
  return set;
}

function clearer(original: (handle: unknown) => void): (handle: unknown) => void {
  return (handle) => {
    if (handle instanceof TestTimeout) handle.close();
    else original(handle);
  };
}

type Options = { readonly signal?: AbortSignal; readonly ref?: boolean };
type Sleep = (ms?: number, value?: unknown, options?: Options) => Promise<unknown>;

/** `setTimeout` of `node:timers/promises`. */
function sleepOver(original: Sleep): Sleep {
  return (ms, value, options = {}) => {
    const time = here()?.time;
    if (time === undefined) return original(ms, value, options);
    const { signal, ref = true } = options;
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        timer.cancel();
        reject(abortError(signal));
      };
      const timer = time.start(
        lengthOf(ms),
        () => {
          signal?.removeEventListener('abort', abort);
          resolve(value);
        },
        false,
      );
      timer.isRef = ref;
      if (signal?.aborted) abort();
      else signal?.addEventListener('abort', abort, { once: true });
    });
  };
}

type Ticks = (ms?: number, value?: unknown, options?: Options) => AsyncIterable<unknown>;

/** `setInterval` of `node:timers/promises`. */
function ticksOver(original: Ticks): Ticks {
  return (ms, value, options) =>
    here() === undefined ? original(ms, value, options) : ticks(lengthOf(ms), value, options);
}

/** A tick that nobody has waited for comes at once, as Node's do. */
async function* ticks(ms: number, value: unknown, { signal, ref = true }: Options = {}): AsyncGenerator<unknown> {
  const time = here()?.time;
  if (signal?.aborted) throw abortError(signal);
  let due = 0;
  let wake: () => void = () => {};
  const timer = time?.start(
    ms,
    () => {
      due++;
      wake();
    },
    true,
  );
  if (timer !== undefined) timer.isRef = ref;
  const abort = (): void => wake();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    for (;;) {
      if (due === 0 && !signal?.aborted) await new Promise<void>((resolve) => (wake = resolve));
      if (signal?.aborted) throw abortError(signal);
      for (; due > 0; due--) yield value;
    }
  } finally {
    timer?.cancel();
    signal?.removeEventListener('abort', abort);
  }
}

/** As those of Node's own functions. */
function abortError(signal: AbortSignal | undefined): Error {
  const error = new Error('The operation was aborted', { cause: signal?.reason });
  return Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' });
}

function signalOver(original: (ms: number) => AbortSignal): (ms: number) => AbortSignal {
  return (ms) => {
    const time = here()?.time;
    if (time === undefined) return original.call(AbortSignal, ms);
    const controller = new AbortController();
    const timer = time.start(
      ms,
      () => controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')),
      false,
    );
    timer.isRef = false;
    return controller.signal;
  };
}

function dateOver(original: DateConstructor): DateConstructor {
  const date = (): number | undefined => here()?.time.date();
  return new Proxy(original, {
    construct(target, args, made) {
      const now = args.length === 0 ? date() : undefined;
      return Reflect.construct(target, now === undefined ? args : [now], made);
    },
    apply(target, self, args) {
      const now = date();
      return now === undefined ? Reflect.apply(target, self, args) : new target(now).toString();
    },
    get(target, name, receiver) {
      if (name === 'now') return () => date() ?? target.now();
      return Reflect.get(target, name, receiver);
    },
  });
}
