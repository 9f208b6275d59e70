import { url as inspectorUrl } from 'node:inspector';
import { hostname } from 'node:os';
import { currentEntry, type Entry } from '../current.ts';
import { humanize } from '../duration.ts';
import { prettyLine } from '../worker/pretty-line.ts';

/** Whose code blocks the loop, as found in the middle of it. */
export interface Culprit {
  /** Undefined for code of no service. */
  readonly service?: string;
  /** A hook of the service, or `task`. */
  readonly step?: string;
  /** The name of the task within its service. */
  readonly task?: string;
  readonly stack: string;
  /** The line of the log, which the thread completes and writes; as JSON unless it is pretty. */
  readonly head: string;
  readonly isPretty: boolean;
  /** Whether Node's inspector is open, which the thread cannot see: a debugger may hold the program. */
  readonly isInspected: boolean;
}

/** pino's number for a warning. */
const WARNING = 40;

/** Frames of the stack. */
const FRAMES = 30;

/**
 * Says whose code runs at this moment. It is called between two instructions of that very code, so it does nothing but look:
 * it leaves no trace, and no code of the user's is called.
 *
 * @param blocked how long by now, in milliseconds
 * @param hook what called this, which is no part of the stack
 * @param last the entry that began last
 */
export function culpritNow(
  blocked: number,
  isPretty: boolean,
  hook: (blocked: number) => string,
  last?: Entry,
): Culprit {
  // Code whose last act was a call of native code has returned by the time that V8 answers, but has not settled.
  const entry = currentEntry() ?? (last?.active === true ? last : undefined);
  const service = entry?.unit.label;
  const task = entry === undefined ? undefined : taskOf(entry);
  const who = { ...(service === undefined ? {} : { service }), ...(task === undefined ? {} : { task }) };
  const step = entry === undefined || task !== undefined ? {} : { step: entry.step };
  const what = task === undefined && entry !== undefined && entry.step !== 'task' ? `${entry.step} blocks` : 'Blocks';
  const msg = `${what} the event loop, for ${humanize(blocked)} by now`;
  const line = {
    level: WARNING,
    time: Date.now(),
    pid: process.pid,
    hostname: hostname(),
    name: 'Worker',
    ...who,
    msg,
  };
  const head = isPretty ? prettyLine(line, false).trimEnd() : JSON.stringify({ ...line, blocked });
  return { ...who, ...step, stack: stackBelow(hook), head, isPretty, isInspected: inspectorUrl() !== undefined };
}

/** The run of a task has the name of its task, after that of its service. */
function taskOf(entry: Entry & { readonly name?: unknown }): string | undefined {
  if (entry.step !== 'task' || typeof entry.name !== 'string') return undefined;
  return entry.name.slice(entry.unit.label.length + 1);
}

/** The stack, whatever the user has made of how stacks look. */
function stackBelow(hook: (blocked: number) => string): string {
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
