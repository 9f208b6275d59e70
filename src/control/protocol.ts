/** What goes over a control socket: one JSON object a line, in both directions; the client says hello first. */

import { OptionError } from '../errors.ts';
import type { Picture } from './picture.ts';

/** The two sides must speak the same. */
export const PROTOCOL = 1;

/** The longest line of a request, in characters. */
export const LONGEST_LINE = 65_536;

/** What a client says. */
export type Request =
  /** @property by who it is, for the log */
  | { readonly kind: 'hello'; readonly protocol: number; readonly by: string }
  | { readonly kind: 'command'; readonly id: number; readonly words: readonly string[] }
  /** Has pictures pushed to it from now on. */
  | { readonly kind: 'watch'; readonly id: number };

/** What the process says first to whom it listens. */
export interface Greeting {
  readonly kind: 'hello';
  readonly protocol: number;
  readonly pid: number;
  /** What it runs: the name of the file. */
  readonly program: string;
  /** When the process began, in milliseconds since the epoch. */
  readonly since: number;
}

/** What the process says. */
export type Answer =
  | Greeting
  | { readonly kind: 'done'; readonly id: number; readonly text: string }
  /** @property id undefined where it is about no request that could be read */
  | { readonly kind: 'failed'; readonly id?: number | undefined; readonly code: string; readonly message: string }
  | { readonly kind: 'picture'; readonly picture: Picture };

export function lineOf(message: Request | Answer): string {
  return `${JSON.stringify(message)}\n`;
}

/** @throws OptionError for a line that is no request */
export function requestOf(line: string): Request {
  const value = parsed(line);
  const { kind, id, protocol, by, words } = value;
  if (kind === 'hello' && typeof protocol === 'number' && typeof by === 'string') return { kind, protocol, by };
  if (typeof id !== 'number') throw malformed("a kind that is 'hello', 'command' or 'watch', and the number id", line);
  if (kind === 'watch') return { kind, id };
  const areWords = Array.isArray(words) && words.length > 0 && words.every((word) => typeof word === 'string');
  if (kind === 'command' && areWords) return { kind, id, words };
  throw malformed("{ kind: 'command', id: 1, words: ['restart', 'Db'] }", line);
}

function parsed(line: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw malformed('a JSON object on one line', line);
  }
  if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  throw malformed('a JSON object', line);
}

function malformed(expected: string, line: string): OptionError {
  const shown = line.length > 100 ? `${line.slice(0, 97)}...` : line;
  return new OptionError(`a request must be ${expected}, got ${shown}`);
}
