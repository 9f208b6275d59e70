/** The lines of a journal: a header where a run begins, then one event a line. */

import { messageOf, textOf } from '../errors.ts';
import type { LifecycleEvent } from '../events/lifecycle-event.ts';
import { KINDS } from '../lifecycle/event-log.ts';
import type { LifecycleRecord } from './record.ts';
import { type Written, type WrittenEvent, written } from './written.ts';

/** Of the format; it changes when a reader of the format before would misread it. */
export const JOURNAL_VERSION = 1;

const MARK = 'inversify-lifecycle';

/** The line where a run begins, with what there was by then: nothing, unless the journal was begun in the middle of a life. */
export interface JournalHeader extends LifecycleRecord {
  readonly journal: typeof MARK;
  readonly version: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly pid: number;
  /** Node's version. */
  readonly node: string;
  /** The id of the last event before it: the next one is the first of this run. Headers of older versions do not say. */
  readonly after?: number;
}

/**
 * @param at milliseconds since the epoch
 * @param after the id of the last event that the record knows of
 */
export function headerLine(record: LifecycleRecord, at: number, after: number): string {
  const { pid, version: node } = process;
  const header: JournalHeader = { journal: MARK, version: JOURNAL_VERSION, at, pid, node, after, ...record };
  return `${JSON.stringify(header)}\n`;
}

/** What JSON knows by itself; all else is made plain first. */
const SIMPLE: ReadonlySet<string> = new Set(['string', 'number', 'boolean', 'undefined']);

export function eventLine(event: LifecycleEvent): string {
  let line: Written<LifecycleEvent> | LifecycleEvent = event;
  for (const fact of Object.values(event)) {
    if (SIMPLE.has(typeof fact)) continue;
    line = written(event);
    break;
  }
  return `${JSON.stringify(line)}\n`;
}

/** Why a line is none of a journal, to follow its place. */
export class LineFault extends Error {
  /** Whether it can be the rest of a line that was being written when the process was killed. */
  readonly isCut: boolean;

  constructor(message: string, isCut = false) {
    super(message);
    this.isCut = isCut;
  }
}

/** @throws LineFault */
export function parseLine(text: string): JournalHeader | WrittenEvent {
  const line = jsonOf(text);
  if (isHeader(line)) {
    if (line.version !== JOURNAL_VERSION) {
      const [version, own] = [textOf(line.version), JOURNAL_VERSION];
      throw new LineFault(
        `the journal is of version ${version}, and this reads ${own}; read it with what has written it`,
      );
    }
    return line;
  }
  checkEvent(line);
  return line as unknown as WrittenEvent;
}

export function isHeader(line: object): line is JournalHeader {
  return 'journal' in line && line.journal === MARK;
}

function jsonOf(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new LineFault(`expected an event as JSON, got ${excerpt(text)} (${messageOf(error)})`, true);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new LineFault(`expected an event as a JSON object, got ${excerpt(text)}`);
}

/** As far as readers count on it. */
function checkEvent(line: Record<string, unknown>): void {
  const { id, at, kind, service, task } = line;
  if (!KINDS.some((known) => known === kind)) throw new LineFault(`there is no event of kind ${textOf(kind)}`);
  if (!Number.isInteger(id)) throw new LineFault(`expected the id of the event as a number, got ${textOf(id)}`);
  if (typeof at !== 'number') throw new LineFault(`expected the time of the event as a number, got ${textOf(at)}`);
  const [family] = String(kind).split(':');
  const isOfService = family !== undefined && ['service', 'step', 'task', 'flag', 'incident'].includes(family);
  if (isOfService && typeof service !== 'string') {
    throw new LineFault(`expected the service of ${kind} as a text, got ${textOf(service)}`);
  }
  if (family === 'task' && typeof task !== 'string') {
    throw new LineFault(`expected the task of ${kind} as a text, got ${textOf(task)}`);
  }
}

function excerpt(text: string): string {
  return textOf(text.length > 60 ? `${text.slice(0, 57)}...` : text);
}
