/** Where the sockets of a user's programs are, and whether that folder is this user's alone. */

import { existsSync, lstatSync, mkdirSync, rmdirSync, type Stats } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { OptionError } from '../errors.ts';

const NAME = 'inversify-lifecycle';

/**
 * The folders that sockets may be in, the one that new ones are put into first: `$XDG_RUNTIME_DIR/inversify-lifecycle` where
 * there is such a directory, and one of this user in the system's for temporary files. A program that was started by a
 * service manager may not know the first.
 */
export function runtimeFolders(env: NodeJS.ProcessEnv = process.env): readonly string[] {
  const given = env.XDG_RUNTIME_DIR ?? '';
  const own = isAbsolute(given) && existsSync(given) ? [join(given, NAME)] : [];
  return [...own, join(tmpdir(), `${NAME}-${userId()}`)];
}

/** Makes it, if need be. @throws OptionError when it is not this user's alone */
export function openFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  checkPrivate(folder);
}

/** Takes it away once nothing is in it. */
export function leaveFolder(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Other programs have their sockets there.
  }
}

/** Nobody else may reach what is in it. @throws OptionError */
export function checkPrivate(folder: string): void {
  const stats = lstatSync(folder);
  if (!stats.isDirectory()) throw unsafe(folder, 'is no directory', `rm ${folder}`);
  if (!isOfThisUser(stats)) throw unsafe(folder, 'belongs to another user', 'set XDG_RUNTIME_DIR to a folder of yours');
  if (modeOf(stats) & 0o077) throw unsafe(folder, `is open to others (mode ${octal(stats)})`, `chmod 700 ${folder}`);
}

/** Nobody else may put something in the place of what is in it. @throws OptionError */
export function checkNobodyElseWrites(folder: string): void {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (stats === undefined) throw missing(folder);
  const isTrusted = isOfThisUser(stats) || stats.uid === 0;
  if (!isTrusted) throw unsafe(folder, 'belongs to another user', 'take a folder of yours');
  const isSticky = (modeOf(stats) & 0o1000) !== 0;
  if (modeOf(stats) & 0o022 && !isSticky)
    throw unsafe(folder, `can be written by others (mode ${octal(stats)})`, `chmod 700 ${folder}`);
}

function isOfThisUser({ uid }: Stats): boolean {
  return uid === userId();
}

/** Where users have numbers. */
function userId(): number {
  return process.getuid?.() ?? 0;
}

function modeOf({ mode }: Stats): number {
  return mode & 0o7777;
}

function octal(stats: Stats): string {
  return modeOf(stats).toString(8).padStart(4, '0');
}

function missing(folder: string): OptionError {
  return new OptionError(`control: there is no folder ${folder} for the socket; write mkdir -p -m 700 ${folder}`, {
    folder,
  });
}

function unsafe(folder: string, why: string, remedy: string): OptionError {
  return new OptionError(`control: the folder ${folder} ${why}, so its sockets cannot be trusted; write ${remedy}`, {
    folder,
  });
}
