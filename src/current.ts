import { AsyncLocalStorage } from 'node:async_hooks';
import type { StepName } from './events/service-events.ts';

/** One entry into the user's code. */
export interface Entry {
  /** The service whose code it is. */
  readonly unit: { readonly label: string };
  readonly step: StepName | 'task';
  /** What it was given, if anything. */
  readonly context?: object | undefined;
  /** False once it has settled, though callbacks it left behind still carry the entry. */
  active: boolean;
}

/**
 * Who stands between the engine and the code of services: called in place of a hook or a run of a task, it calls that, or does
 * not, sooner or later. There is one only in tests (`simulate`); without, it costs a look.
 */
export type Door = (entry: Entry, call: () => unknown) => unknown;

/** A method of a service at work, within an entry or outside of any. Only where calls are guarded is it known. */
export class Call {
  /** Undefined while it is the container's own code, which takes objects away. */
  readonly unit: Entry['unit'] | undefined;
  readonly entry: Entry | undefined;
  /** Whether it belongs to the taking away of an object. */
  readonly isDisposal: boolean;

  constructor(unit: Entry['unit'] | undefined, entry: Entry | undefined, isDisposal: boolean) {
    this.unit = unit;
    this.entry = entry;
    this.isDisposal = isDisposal;
  }
}

const storage = new AsyncLocalStorage<Entry | Call>();

/** Who is told of each entry, at its beginning and at the end of its synchronous part. */
export interface Gatekeeper {
  entered(entry: Entry): void;
  left?(): void;
}

let gatekeepers: readonly Gatekeeper[] = [];

/** Mostly there is none: then it costs a look. @returns the undo */
export function watchEntries(by: Gatekeeper): () => void {
  gatekeepers = [...gatekeepers, by];
  return () => {
    gatekeepers = gatekeepers.filter((each) => each !== by);
  };
}

/** Runs the user's code as a step or a task of a service, so that whatever it leads to can be attributed to it. */
export function enter<A extends unknown[], R>(entry: Entry, run: (...args: A) => R, ...args: A): R {
  if (gatekeepers.length === 0) return storage.run(entry, run, ...args);
  const present = gatekeepers;
  for (const keeper of present) keeper.entered(entry);
  try {
    return storage.run(entry, run, ...args);
  } finally {
    for (const keeper of present) keeper.left?.();
  }
}

/** Runs a method of a service, so that whatever it leads to can be attributed to that one and no longer to its caller. */
export function enterCall<R>(unit: Entry['unit'], run: () => R): R {
  const current = storage.getStore();
  if (current?.unit === unit) return run();
  const isCall = current instanceof Call;
  return storage.run(new Call(unit, isCall ? current.entry : current, isCall && current.isDisposal), run);
}

/** Runs what takes objects away: whatever it leads to belongs to that. */
export function enterDisposal<R>(run: () => R): R {
  return storage.run(new Call(undefined, currentEntry(), true), run);
}

/** The entry in whose asynchronous context this runs: the hook or task itself, or a callback that one left behind. */
export function currentEntry(): Entry | undefined {
  const current = storage.getStore();
  return current instanceof Call ? current.entry : current;
}

/** Whose method this is, and in which entry; undefined outside of both. */
export function currentCall(): Call | undefined {
  const current = storage.getStore();
  return current === undefined || current instanceof Call ? current : new Call(current.unit, current, false);
}
