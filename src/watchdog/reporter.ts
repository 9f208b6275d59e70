/**
 * Writes lines of the log while the main thread cannot. It is part of the watchdog's thread, and handed over as text (see
 * `watch-thread.ts`): nothing in `reporter` may refer to anything outside of it but types.
 */

import type { humanize } from '../duration.ts';
import type { timestamp } from '../worker/pretty-line.ts';
import type { Culprit } from './culprit.ts';
import type { Frame } from './frames.ts';

/** pino's numbers. */
export type Level = 40 | 50;

/** Where lines are written, and how. */
export interface LineFormat {
  /** 1 is standard output. */
  readonly fd: number;
  /** As on a terminal; else as JSON. */
  readonly isPretty: boolean;
  /** What each begins with. */
  readonly lead: string;
}

export interface BlockSeen {
  readonly culprit: Culprit | undefined;
  readonly frames: readonly Frame[];
  /** For how long, in milliseconds. */
  readonly blocked: number;
  readonly isOver: boolean;
}

interface LineFields {
  readonly service?: string | undefined;
  readonly task?: string | undefined;
  readonly blocked?: number;
  readonly stack?: string;
}

export interface Reporter {
  tell(level: Level, text: string, fields?: LineFields): void;
  tellBlock(block: BlockSeen): void;
  /** `run (/app/src/jobs.ts:10:5)` */
  textOf(frame: Frame): string;
}

interface Words {
  readonly humanize: typeof humanize;
  readonly timestamp: typeof timestamp;
}

export function reporter({ fd, isPretty, lead }: LineFormat, { humanize, timestamp }: Words): Reporter {
  const { writeSync } = process.getBuiltinModule('node:fs');
  const { hostname } = process.getBuiltinModule('node:os');
  /** In the words of Python's logging. */
  const LEVELS = { 40: 'WARNING', 50: 'ERROR' } as const;

  return { tell, tellBlock, textOf };

  function tellBlock({ culprit, frames, blocked, isOver }: BlockSeen): void {
    const { service, task, step, setOffBy } = culprit ?? {};
    const verb = isOver ? 'blocked' : 'blocks';
    const what = step === undefined ? `B${verb.slice(1)}` : `${step} ${verb}`;
    const where = setOffBy === undefined ? '' : ` in what ${setOffBy} has set off`;
    const text = `${what} the event loop${where}, for ${humanize(blocked)}${isOver ? '' : ' by now'}`;
    const stack = frames.map((frame) => `    at ${textOf(frame)}`).join('\n');
    tell(40, text, { service, task, blocked, stack });
  }

  function textOf({ name, place }: Frame): string {
    return name === '' ? place : `${name} (${place})`;
  }

  function tell(level: Level, msg: string, { service, task, ...further }: LineFields = {}): void {
    const who = task === undefined ? service : `${service}.${task}`;
    const stack = further.stack ? `\n${further.stack}` : '';
    const fields = { level, time: Date.now(), pid: process.pid, hostname: hostname(), name: 'Worker', service, task };
    const text = isPretty
      ? `[${timestamp(new Date())}: ${LEVELS[level]}]: [^${who ?? 'Worker'}]: ${msg}${stack}`
      : JSON.stringify({ ...fields, msg, ...further });
    try {
      writeSync(fd, `${lead}${text}\n`);
    } catch {
      // There is nobody to tell.
    }
  }
}
