import { abortController, isAbortOf } from './abort.ts';
import type { Clock } from './clock.ts';
import { suggestion } from './did-you-mean.ts';
import { type Duration, milliseconds } from './duration.ts';
import { messageOf, OptionError, textOf } from './errors.ts';
import type { Events } from './events/events.ts';
import type { Kind, LifecycleEvent } from './events/lifecycle-event.ts';
import { KINDS } from './lifecycle/event-log.ts';
import { MOVES, type StateName } from './lifecycle/state.ts';
import type { Logger } from './log.ts';
import { checkNames } from './option-check.ts';
import { watchPromise } from './promise-watch.ts';
import type { Ref } from './refs.ts';
import { isThenable } from './thenable.ts';
import type { WaitResult } from './waitable.ts';

/** What a wait knows of what is around it. */
export interface WaitHost {
  readonly clock: Clock;
  readonly events: Events;
  readonly runningGraph: {
    /** @throws RefError for a ref that is unknown or ambiguous */
    find(ref: Ref, call: string): { readonly label: string; readonly state: { readonly at: StateName } };
  };
}

/** Who waits. */
export interface Waiter {
  readonly host: WaitHost;
  /** Ends every wait. */
  readonly signal: AbortSignal;
  readonly log: () => Logger;
}

/** Begins to wait for one thing, and tells once what came of it. @returns the undo */
type Begin = (done: (value: unknown) => void, failed: (error: unknown) => void) => () => void;

/**
 * Waits for the first of several things; see `ServiceContext.wait`.
 *
 * @throws OptionError, RefError for what cannot be waited for, before anything has begun
 */
export function waitFor(args: readonly unknown[], waiter: Waiter): Promise<WaitResult> {
  const { waitables, timeout } = parted(args);
  const begins = waitables.map((waitable, index) => [index, beginOf(waitable, waiter, index)] as const);
  // Functions are called last: what they set off is to be heard.
  const isCall = ([index]: (typeof begins)[number]): boolean => typeof waitables[index] === 'function';
  const ordered = [...begins.filter((begin) => !isCall(begin)), ...begins.filter(isCall)];
  return new Promise((resolve, reject) => {
    const { signal, host } = waiter;
    if (signal.aborted) {
      resolve(endedBy(signal));
      return;
    }
    const undos: (() => void)[] = [];
    let isOver = false;
    const end = (settle: () => void): void => {
      if (isOver) return;
      isOver = true;
      for (const undo of undos) undo();
      settle();
    };
    const begin = (undo: () => void): void => {
      if (isOver) undo();
      else undos.push(undo);
    };
    begin(onAbort(signal, () => end(() => resolve(endedBy(signal)))));
    if (timeout !== undefined) begin(host.clock.timer(timeout, () => end(() => resolve({ kind: 'timeout' }))));
    for (const [index, start] of ordered) {
      if (isOver) return;
      const done = (value: unknown): void => end(() => resolve({ kind: 'done', index, value }));
      begin(start(done, (error) => end(() => reject(error))));
    }
  });
}

/** A deadline that has passed is no stop. */
function endedBy({ reason }: AbortSignal): { readonly kind: 'stopped' | 'timeout' } {
  return { kind: reason instanceof Error && reason.name === 'TimeoutError' ? 'timeout' : 'stopped' };
}

/** The options are what comes last and cannot be waited for. */
function parted(args: readonly unknown[]): { readonly waitables: readonly unknown[]; readonly timeout?: number } {
  const last = args.at(-1);
  const isOptions = isPlain(last) && !['then', 'finished', 'event', 'state'].some((name) => name in last);
  if (!isOptions) return { waitables: args };
  checkNames(last, ['timeout'], 'wait()');
  const waitables = args.slice(0, -1);
  const { timeout } = last as { readonly timeout?: Duration };
  return timeout === undefined ? { waitables } : { waitables, timeout: milliseconds(timeout, 'wait({ timeout })') };
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function beginOf(waitable: unknown, waiter: Waiter, index: number): Begin {
  if (waitable instanceof AbortSignal) return (done) => onAbort(waitable, () => done(waitable.reason));
  if (isThenable(waitable)) return (fulfilled, rejected) => watchPromise(waitable, { fulfilled, rejected });
  if (typeof waitable === 'function') return calling(waitable as (signal: AbortSignal) => unknown, waiter);
  if (typeof waitable === 'object' && waitable !== null) {
    if ('finished' in waitable && isThenable(waitable.finished)) return beginOf(waitable.finished, waiter, index);
    if ('event' in waitable) return hearing(waitable as { readonly event: Kind; readonly of?: Ref }, waiter.host);
    if (isTask(waitable)) return endingRun(waitable.name, waiter.host);
    if ('state' in waitable) return reaching(waitable as { readonly state: StateName; readonly of: Ref }, waiter.host);
  }
  throw new OptionError(
    `wait() expects promises, signals, functions, tasks, { event: 'service:running', of: Db } or { state: 'running', of: Db }, and last maybe { timeout: '5s' }; got ${textOf(waitable)} as argument ${index}`,
    { index, value: waitable },
  );
}

function onAbort(signal: AbortSignal, call: () => void): () => void {
  if (signal.aborted) {
    call();
    return () => {};
  }
  signal.addEventListener('abort', call);
  return () => signal.removeEventListener('abort', call);
}

/** What it gives may still hang on its signal (the body of a response, say): only what is not waited for any more is aborted. */
function calling(call: (signal: AbortSignal) => unknown, { log }: Waiter): Begin {
  return (done, failed) => {
    const controller = abortController();
    let isSettled = false;
    let isOver = false;
    const fulfilled = (value: unknown): void => {
      isSettled = true;
      done(value);
    };
    const rejected = (error: unknown): void => {
      const isLate = isOver;
      isSettled = true;
      failed(error);
      if (isLate && !isAbortOf(controller.signal, error)) {
        log().warn({ err: error }, `what wait() had called and no longer waited for failed: ${messageOf(error)}`);
      }
    };
    try {
      const returned = call(controller.signal);
      if (isThenable(returned)) Promise.resolve(returned).then(fulfilled, rejected);
      else fulfilled(returned);
    } catch (thrown) {
      rejected(thrown);
    }
    return () => {
      isOver = true;
      if (!isSettled) controller.abort(new DOMException('The wait was over before this was', 'AbortError'));
    };
  };
}

function hearing({ event: kind, of }: { readonly event: Kind; readonly of?: Ref }, host: WaitHost): Begin {
  if (!KINDS.includes(kind)) {
    throw new OptionError(`wait({ event }): there is no event ${textOf(kind)}. ${suggestion(String(kind), KINDS)}`);
  }
  const label = of === undefined ? undefined : host.runningGraph.find(of, 'wait({ of })').label;
  if (label !== undefined && /^(app|stop|graph|listener):/.test(kind)) {
    throw new OptionError(`wait({ event: '${kind}', of }): this event is of no service; leave out of`);
  }
  return (done) =>
    nextOf(host, kind, (event) => label === undefined || ('service' in event && event.service === label), done);
}

function reaching({ state, of }: { readonly state: StateName; readonly of: Ref }, host: WaitHost): Begin {
  const states = Object.keys(MOVES);
  if (!states.includes(state)) {
    throw new OptionError(`wait({ state }): there is no state ${textOf(state)}. ${suggestion(String(state), states)}`);
  }
  const service = host.runningGraph.find(of, 'wait({ of })');
  return (done) => {
    if (service.state.at === state) {
      done(state);
      return () => {};
    }
    const isIts = (event: LifecycleEvent): boolean => 'service' in event && event.service === service.label;
    return nextOf(host, `service:${state}`, isIts, () => done(state));
  };
}

function isTask(value: object): value is { readonly name: string } {
  return 'trigger' in value && typeof value.trigger === 'function' && 'name' in value && typeof value.name === 'string';
}

function endingRun(name: string, host: WaitHost): Begin {
  const isIts = (event: LifecycleEvent): boolean => 'task' in event && `${event.service}.${event.task}` === name;
  return (done) => nextOf(host, 'task:ended', isIts, done);
}

function nextOf(
  { events }: WaitHost,
  kind: Kind,
  isMeant: (event: LifecycleEvent) => boolean,
  done: (event: LifecycleEvent) => void,
): () => void {
  return events.on(
    (event) => {
      if (isMeant(event)) done(event);
    },
    (each) => each === kind,
  );
}
