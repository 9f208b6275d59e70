import { inspect, styleText } from 'node:util';
import { writerOf } from '../log.ts';

/** What pino writes of a line. */
type Fields = Readonly<Record<string, unknown>>;

/** pino's levels in the words of Python's logging, and the colour that the message has on a terminal. */
const LEVELS: readonly {
  readonly from: number;
  readonly word: string;
  readonly colour?: Parameters<typeof styleText>[0];
}[] = [
  { from: 60, word: 'CRITICAL', colour: ['bold', 'red'] },
  { from: 50, word: 'ERROR', colour: 'red' },
  { from: 40, word: 'WARNING', colour: 'yellow' },
  { from: 30, word: 'INFO' },
  { from: 0, word: 'DEBUG', colour: 'blue' },
];

/** Fields that are part of the line itself. */
const SHOWN: ReadonlySet<string> = new Set([
  'level',
  'time',
  'pid',
  'hostname',
  'name',
  'service',
  'depth',
  'task',
  'msg',
  'err',
]);

/**
 * A line as Mode writes it: `[2026-11-22 15:47:12,164: INFO]: [^--Webserver]: Serving on port 8000`. The dashes are the depth
 * of the service in the tree. Further fields follow the message, and an error's stack follows the line.
 */
export function prettyLine(fields: Fields, hasColour: boolean): string {
  const { level, time, name, depth, msg = '' } = fields;
  const { word, colour } = LEVELS.find(({ from }) => Number(level) >= from) ?? { word: 'DEBUG', colour: undefined };
  const who = `${'-'.repeat(Number(depth ?? 0))}${writerOf(fields) ?? String(name ?? '')}`;
  const extra = Object.entries(fields).flatMap(([key, value]) => (SHOWN.has(key) ? [] : [` ${key}=${shown(value)}`]));
  const text = `[^${who}]: ${String(msg)}${extra.join('')}${stackOf(fields.err)}`;
  const painted = hasColour && colour !== undefined ? styleText(colour, text, { validateStream: false }) : text;
  return `[${timestamp(new Date(Number(time)))}: ${word}]: ${painted}\n`;
}

/** Local time as Python's logging writes it. */
function timestamp(at: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const milliseconds = String(at.getMilliseconds()).padStart(3, '0');
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())},${milliseconds}`;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : inspect(value, { breakLength: Number.POSITIVE_INFINITY });
}

/** pino has serialised it. */
function stackOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return error === undefined ? '' : ` err=${shown(error)}`;
  const text = 'stack' in error ? error.stack : 'message' in error ? error.message : shown(error);
  return `\n${String(text)}`;
}
