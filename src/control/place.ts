/** Where the socket of a program is. */

import { readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { OptionError, textOf } from '../errors.ts';
import { checkNobodyElseWrites, leaveFolder, openFolder, runtimeFolders } from './runtime-folder.ts';

/** A Unix socket, or a named pipe of Windows. */
export interface Place {
  /** What it is found by: the process id, or the name that was given; the path where that was given. */
  readonly name: string;
  readonly path: string;
  /** Makes sure of the folder that it is in. @throws OptionError where others could put something in its place */
  prepare(): void;
  /** Takes away what only was there for it. */
  leave(): void;
}

const isWindows = process.platform === 'win32';

const PIPES = '\\\\.\\pipe\\';

const PIPE_PREFIX = 'inversify-lifecycle-';

const SUFFIX = '.sock';

/** What the operating system has room for: 108 bytes and a zero on Linux, 104 elsewhere. */
const LONGEST = process.platform === 'linux' ? 107 : 103;

/** A name begins with a letter, so that it is no process id. */
const NAME = /^[A-Za-z_][\w.-]*$/;

/**
 * The place that the option `control` asks for.
 *
 * @throws OptionError for a text that is neither a name nor a path
 */
export function placeOf(control: true | string): Place {
  if (control === true) return placeOfName(String(process.pid));
  if (isPath(control)) return placeOfPath(control);
  if (NAME.test(control)) return placeOfName(control);
  throw new OptionError(
    `control must be true, a name like 'shop', or a path like './shop.sock', got ${textOf(control)}`,
    { value: control },
  );
}

/** Whether a text leads to a socket, and does not name one. */
export function isPath(text: string): boolean {
  return text.includes('/') || text.includes('\\');
}

/** The paths that a name, or a process id, may be found at. */
export function pathsOfName(name: string): readonly string[] {
  if (isWindows) return [`${PIPES}${PIPE_PREFIX}${name}`];
  return runtimeFolders().map((folder) => join(folder, `${name}${SUFFIX}`));
}

/** All sockets that are there, by name; whether somebody answers is another matter. */
export function allPlaces(): ReadonlyMap<string, string> {
  const folders = isWindows ? [PIPES] : runtimeFolders();
  const found = folders.flatMap((folder) => namesIn(folder).map((file) => [nameOf(file), join(folder, file)] as const));
  return new Map(found.flatMap(([name, path]) => (name === undefined ? [] : [[name, path] as const])));
}

function nameOf(file: string): string | undefined {
  if (isWindows) return file.startsWith(PIPE_PREFIX) ? file.slice(PIPE_PREFIX.length) : undefined;
  return file.endsWith(SUFFIX) ? file.slice(0, -SUFFIX.length) : undefined;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function placeOfName(name: string): Place {
  const [path = ''] = pathsOfName(name);
  if (isWindows) return { name, path, prepare() {}, leave() {} };
  const folder = dirname(path);
  return { name, path: checkLength(path), prepare: () => openFolder(folder), leave: () => leaveFolder(folder) };
}

function placeOfPath(text: string): Place {
  if (isWindows) return { name: text, path: text, prepare() {}, leave() {} };
  const path = checkLength(resolve(text));
  return { name: path, path, prepare: () => checkNobodyElseWrites(dirname(path)), leave() {} };
}

/** A longer path would be cut off, and lead elsewhere. */
function checkLength(path: string): string {
  if (Buffer.byteLength(path) <= LONGEST) return path;
  throw new OptionError(
    `control: ${path} is too long for the path of a socket (${LONGEST} bytes); give a shorter one, such as control: '/tmp/shop.sock'`,
    { path },
  );
}
