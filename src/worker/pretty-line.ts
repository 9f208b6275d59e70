import { inspect, styleText } from 'node:util';
import { writerOf } from '../log.ts';
import { isErrorField } from './error-fields.ts';
import { OWN_NAMES } from './own-names.ts';

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

/** The most dashes that a line has: its depth may be anything that somebody has made a logger with. */
const DEEPEST = 1_000;

/**
 * A line as Mode writes it: `[2026-11-22 15:47:12,164: INFO]: [^--Webserver]: Serving on port 8000`. The dashes are the depth
 * of the service in the tree. Further fields follow the message, and the stacks of errors follow the line.
 */
export function prettyLine(fields: Fields, hasColour: boolean): string {
  const { level, time, name, depth, msg = '' } = fields;
  const { word, colour } = LEVELS.find(({ from }) => Number(level) >= from) ?? { word: 'DEBUG', colour: undefined };
  const who = `${dashes(depth)}${writerOf(fields) ?? String(name ?? '')}`;
  const further = Object.entries(fields).filter(([key]) => key !== 'msg' && !OWN_NAMES.has(key));
  const inLine = further.map(([key, value]) => fieldText(key, value, String(msg)));
  const text = `[^${who}]: ${String(msg)}${inLine.join('')}${further.map(stackText).join('')}`;
  const painted = hasColour && colour !== undefined ? styleText(colour, text, { validateStream: false }) : text;
  return `[${timestamp(new Date(Number(time)))}: ${word}]: ${painted}\n`;
}

/** Local time as Python's logging writes it. It refers to nothing outside of it: the watchdog's thread is given its text. */
export function timestamp(at: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const milliseconds = String(at.getMilliseconds()).padStart(3, '0');
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())},${milliseconds}`;
}

function dashes(depth: unknown): string {
  return Number.isInteger(depth) ? '-'.repeat(Math.min(Math.max(Number(depth), 0), DEEPEST)) : '';
}

function fieldText(key: string, value: unknown, msg: string): string {
  if (!isErrorField(value)) return ` ${key}=${shown(value)}`;
  const isSaid = value.stack !== '' || (key === 'err' && msg.includes(value.message));
  return isSaid ? '' : ` ${key}=${value.type}: ${value.message}`;
}

/** The stack of an error, which the log does not have yet. */
function stackText([key, value]: readonly [string, unknown]): string {
  if (!isErrorField(value) || value.stack === '') return '';
  return key === 'err' ? `\n${value.stack}` : `\n${key}: ${value.stack}`;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : inspect(rounded(value), { breakLength: Number.POSITIVE_INFINITY });
}

/** What a person reads of a number; the value has come out of JSON. */
function rounded(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, part: unknown) => {
    if (typeof part !== 'number' || Number.isInteger(part)) return part;
    return Math.abs(part) < 1 ? Number(part.toPrecision(3)) : Math.round(part * 1_000) / 1_000;
  });
}
