import { type AsyncHook, createHook } from 'node:async_hooks';
import type { Worker } from 'node:worker_threads';
import { currentEntry } from '../current.ts';
import { watchStartHooks } from '../lifecycle/start-hooks.ts';
import type { HandleOwner } from './handle.ts';
import { isHolding, LASTING, type Resource, resourceOf, WATCHING } from './resource.ts';

/**
 * How long it goes on after the last start hook, in milliseconds: what a hook sets off without waiting for it is its own too,
 * such as a server whose address is looked up before there is a handle.
 */
const AFTERMATH = 250;

/** Frames that are kept of a stack. */
const FRAMES = 30;

/** So many records there may be before those of what is gone are looked for. */
const FEW = 1_000;

/** In place of a service, of what no service has made. */
export const PACKAGE = 'inversify-lifecycle';

/** Where a resource comes from. */
export interface Origin {
  readonly resource: WeakRef<Resource>;
  owner: HandleOwner | undefined;
  /** Made in the same place; only where all is tracked. */
  readonly stack: Error | undefined;
  /** What a watcher watches. */
  path: string | undefined;
  /** Where it is a thread, that as the program knows it. */
  thread: WeakRef<Worker> | undefined;
}

/**
 * Knows by whom what keeps the process alive was made: a hook on the making of async resources finds the service in whose
 * context that happens.
 *
 * The hook is there while start hooks run (see `start-hooks.ts`) and a moment longer, or all the time where that was asked for;
 * else there is none, and it costs nothing. Node's own lists say what there is, but not by whom, and of timers and threads
 * not even which. Threads are told of by the process's event `worker`, hook or not.
 */
export class HandleTracker {
  readonly #byResource = new WeakMap<Resource, Origin>();
  readonly #hook: AsyncHook;
  #all = new Set<Origin>();
  #limit = FEW;
  #startHooks = 0;
  #aftermath: NodeJS.Timeout | undefined;
  #isForced = false;
  #isLooking = false;

  constructor() {
    const init = (_id: number, type: string, _trigger: number, resource: object): void => {
      if (!LASTING.has(type)) return;
      const origin = this.#note(resource, this.#isForced ? stackAbove(init) : undefined);
      if (WATCHING.has(type)) notePath(resource, origin);
    };
    // Promises are most of what is made, and keep nothing alive. Node 20 has no such option yet.
    this.#hook = createHook({ init, trackPromises: false } as Parameters<typeof createHook>[0]);
  }

  /** Whether the hook is there at this moment. */
  get isLooking(): boolean {
    return this.#isLooking;
  }

  /** @param always not only while start hooks run, and with stacks. @returns the end, a moment after; what is known stays known */
  open(always: boolean): () => void {
    this.#isForced = always;
    this.#look();
    const unwatch = watchStartHooks({ began: () => this.#began(), ended: () => this.#ended() });
    const threadMade = (thread: Worker): void => this.#threadMade(thread);
    process.on('worker', threadMade);
    return () => {
      unwatch();
      process.off('worker', threadMade);
      this.#isForced = false;
      this.#startHooks = 0;
      this.#linger();
    };
  }

  /** Notes what the package itself has made: it is nobody's among the services. @param part of the package */
  claim(object: object, part: string): void {
    this.#originFor(resourceOf(object) as Resource).owner = { service: PACKAGE, step: part };
  }

  /** @param object as a program knows it, a server; or its resource */
  originOf(object: object): Origin | undefined {
    return this.#byResource.get(object as Resource) ?? this.#byResource.get(resourceOf(object) as Resource);
  }

  /** What it knows of and what keeps the process alive. */
  holding(): [resource: Resource, origin: Origin][] {
    this.#forgetTheGone();
    return [...this.#all].flatMap((origin): [Resource, Origin][] => {
      const resource = origin.resource.deref();
      return resource !== undefined && isHolding(resource) ? [[resource, origin]] : [];
    });
  }

  /** The threads that are at work. */
  threads(): [thread: Worker, origin: Origin][] {
    return [...this.#all].flatMap((origin): [Worker, Origin][] => {
      const thread = origin.thread?.deref();
      return thread !== undefined && thread.threadId > 0 ? [[thread, origin]] : [];
    });
  }

  #began(): void {
    this.#startHooks++;
    this.#look();
  }

  #ended(): void {
    this.#startHooks = Math.max(0, this.#startHooks - 1);
    if (this.#startHooks === 0) this.#linger();
  }

  /** Thousands of start hooks may end in a row. */
  #linger(): void {
    if (this.#aftermath !== undefined) this.#aftermath.refresh();
    else if (this.#isLooking) this.#aftermath = setTimeout(() => this.#lookAway(), AFTERMATH).unref();
  }

  #lookAway(): void {
    this.#aftermath = undefined;
    this.#look();
  }

  #look(): void {
    const isWanted = this.#isForced || this.#startHooks > 0 || this.#aftermath !== undefined;
    if (isWanted === this.#isLooking) return;
    this.#isLooking = isWanted;
    if (isWanted) this.#hook.enable();
    else this.#hook.disable();
  }

  /** The hook may know it already, from where it was made; this comes a tick later, in the same context. */
  #threadMade(thread: Worker): void {
    this.#originFor(resourceOf(thread)).thread = new WeakRef(thread);
  }

  #originFor(resource: Resource): Origin {
    return this.#byResource.get(resource) ?? this.#note(resource, undefined);
  }

  #note(resource: Resource, stack: Error | undefined): Origin {
    const entry = currentEntry();
    const owner = entry && { service: entry.unit.label, step: entry.step };
    const origin: Origin = { resource: new WeakRef(resource), owner, stack, path: undefined, thread: undefined };
    this.#byResource.set(resource, origin);
    this.#all.add(origin);
    if (this.#all.size > this.#limit) this.#forgetTheGone();
    return origin;
  }

  /** As much work as there was to note since the last time, so that each resource costs the same. */
  #forgetTheGone(): void {
    this.#all = new Set([...this.#all].filter(({ resource }) => isThere(resource.deref())));
    this.#limit = Math.max(FEW, 2 * this.#all.size);
  }
}

/** One that has no reference now may get one back. */
function isThere(resource: Resource | undefined): boolean {
  return resource !== undefined && resource._destroyed !== true;
}

/** Node tells the path to nobody else. */
function notePath(resource: Resource, origin: Origin): void {
  const { start } = resource;
  resource.start = (path, ...rest) => {
    origin.path = String(path);
    delete resource.start;
    return start?.call(resource, path, ...rest);
  };
}

function stackAbove(hook: (...args: never[]) => unknown): Error {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = Math.max(FRAMES, before);
  const made = new Error('made here');
  Error.captureStackTrace(made, hook);
  Error.stackTraceLimit = before;
  return made;
}

/** The process's: what keeps it alive is nobody's else. */
export const handleTracker: HandleTracker = new HandleTracker();
