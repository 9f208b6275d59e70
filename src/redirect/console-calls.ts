import { format } from 'node:util';
import type { LogLevel } from '../log.ts';
import { plainText } from './line-buffer.ts';
import { isWithinLog, withinLog } from './within-log.ts';

/** At which level each writes; all other methods call these, or write to a stream. */
const LEVELS = { debug: 'debug', info: 'info', log: 'info', warn: 'warn', error: 'error' } as const;

type Method = keyof typeof LEVELS;

/** What was called becomes a line; what this throws is the line's loss, so the console then writes it. */
export interface ConsoleReader {
  line(level: LogLevel, fields: object, text: string): void;
  failed(error: unknown): void;
}

/** Takes calls of the console. What the log itself writes with it goes through. @returns the undo */
export function takeCalls(reader: ConsoleReader): () => void {
  const undos = (Object.keys(LEVELS) as Method[]).map((name) => takeCallsOf(name, reader));
  return () => {
    for (const undo of undos) undo();
  };
}

/** All that write something. */
const WRITING = [
  ...(Object.keys(LEVELS) as Method[]),
  'assert',
  'clear',
  'count',
  'dir',
  'dirxml',
  'group',
  'groupCollapsed',
  'table',
  'timeEnd',
  'timeLog',
  'trace',
] as const;

/** Has what is written with the console go where it goes, also where the streams below it are taken. @returns the undo */
export function leaveCalls(): () => void {
  const undos = WRITING.map((name) => {
    const original: (...args: never[]) => void = console[name];
    const method = (...args: never[]): void => withinLog(() => original.apply(console, args));
    console[name] = method;
    return () => {
      if (console[name] === method) console[name] = original;
    };
  });
  return () => {
    for (const undo of undos) undo();
  };
}

function takeCallsOf(name: Method, reader: ConsoleReader): () => void {
  const original = console[name];
  let isOpen = true;
  const method = (...args: unknown[]): void => {
    if (!isOpen || isWithinLog()) {
      original.apply(console, args);
      return;
    }
    try {
      const errors = args.filter((each) => each instanceof Error);
      const text = textOf(args);
      if (text !== '' || errors.length > 0) reader.line(LEVELS[name], errorFields(errors), text);
    } catch (error) {
      original.apply(console, args);
      reader.failed(error);
    }
  };
  console[name] = method;
  return () => {
    isOpen = false;
    if (console[name] === method) console[name] = original;
  };
}

/** Errors become fields, as in any line of the log: `err`, and further ones `err2`, `err3`. */
function errorFields(errors: readonly Error[]): object {
  return Object.fromEntries([...new Set(errors)].map((error, at) => [at === 0 ? 'err' : `err${at + 1}`, error]));
}

/** Of an error its message, which is no format for what follows. */
function textOf(args: readonly unknown[]): string {
  const shown = args.map((each) => (each instanceof Error ? each.message : each));
  return plainText(args[0] instanceof Error ? format('%s', ...shown) : format(...shown));
}
