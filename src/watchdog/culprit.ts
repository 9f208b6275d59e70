import { url as inspectorUrl } from 'node:inspector';
import { currentEntry, type Entry } from '../current.ts';

/** Whose code blocks the loop, as found in the middle of it. */
export interface Culprit {
  /** Undefined for code of no service. */
  readonly service?: string;
  /** A hook of the service. */
  readonly step?: string;
  /** The name of the task within its service. */
  readonly task?: string;
  /** The hook or the task that has set it off, where that one is over: `Web.onStart`. */
  readonly setOffBy?: string;
  readonly stack: string;
  /** Whether Node's inspector is open, which the thread cannot see: a debugger may hold the program. */
  readonly isInspected: boolean;
}

/** Frames of the stack. */
const FRAMES = 30;

/**
 * Says whose code runs at this moment. It is called between two instructions of that very code, so it does nothing but look:
 * it leaves no trace, and no code of the user's is called.
 *
 * @param hook what called this, which is no part of the stack
 * @param last the entry that began last
 */
export function culpritNow(hook: () => string, last?: Entry): Culprit {
  // Code whose last act was a call of native code has returned by the time that V8 answers, but has not settled.
  const entry = currentEntry() ?? (last?.active === true ? last : undefined);
  return { ...ownerOf(entry), stack: stackBelow(hook), isInspected: inspectorUrl() !== undefined };
}

function ownerOf(entry: Entry | undefined): Pick<Culprit, 'service' | 'step' | 'task' | 'setOffBy'> {
  if (entry === undefined) return {};
  const service = entry.unit.label;
  const name = nameOf(entry);
  if (!entry.active) return { service, setOffBy: name };
  return entry.step === 'task' ? { service, task: name.slice(service.length + 1) } : { service, step: entry.step };
}

/** `Web.onStart`; the run of a task has the name of its task, after that of its service. */
function nameOf({ unit, step, name }: Entry & { readonly name?: unknown }): string {
  return step === 'task' && typeof name === 'string' ? name : `${unit.label}.${step}`;
}

/** The stack, whatever the user has made of how stacks look. */
function stackBelow(hook: () => string): string {
  const { stackTraceLimit, prepareStackTrace } = Error;
  Error.stackTraceLimit = FRAMES;
  Error.prepareStackTrace = undefined as never;
  try {
    const here = { stack: '' };
    Error.captureStackTrace(here, hook);
    return here.stack;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    Error.prepareStackTrace = prepareStackTrace as never;
  }
}
