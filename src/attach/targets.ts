/** The programs that can be attached to. */

import { existsSync, lstatSync, rmSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ControlClient, RemoteError } from '../control/client.ts';
import { allPlaces, isPath, pathsOfName } from '../control/place.ts';
import type { Greeting } from '../control/protocol.ts';
import { checkPrivate } from '../control/runtime-folder.ts';
import { tableText } from '../control/table.ts';
import { suggestion } from '../did-you-mean.ts';
import { humanize } from '../duration.ts';
import { messageOf, OptionError } from '../errors.ts';

/** One that answers. */
interface Target {
  readonly name: string;
  readonly path: string;
  readonly greeting: Greeting;
}

const NONE =
  'No program of yours has a control socket; start one with inversify-lifecycle run app.ts --control, or Worker.run(container, { control: true }).';

/** What there is, as a table. Sockets that dead processes have left are removed. */
export async function listText(): Promise<string> {
  const targets = await allTargets();
  if (targets.length === 0) return NONE;
  const rows = targets.map(({ name, greeting: { pid, program, since } }) => [
    name,
    String(pid),
    program,
    humanize(Date.now() - since),
  ]);
  return tableText([['NAME', 'PID', 'PROGRAM', 'UP'], ...rows]);
}

/**
 * Connects to a program.
 *
 * @param word a process id, a name, or the path of a socket
 * @throws OptionError when there is none, or it is another user's
 */
export async function attachTo(word: string): Promise<ControlClient> {
  if (isPath(word)) return connectedAt(resolve(word), word);
  for (const path of pathsOfName(word)) {
    const client = isThere(path) ? await connected(path, word) : undefined;
    if (client !== undefined) return client;
  }
  const targets = await allTargets();
  // A program that has a name has a process id too.
  const named = targets.find(({ greeting }) => String(greeting.pid) === word);
  const client = named && (await connected(named.path, word));
  if (client !== undefined) return client;
  throw notFound(word, targets);
}

/** @throws OptionError where the folder is not this user's alone */
function isThere(path: string): boolean {
  if (process.platform === 'win32') return existsSync(path);
  const folder = dirname(path);
  if (existsSync(folder)) checkPrivate(folder);
  return lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true;
}

/** A path may be anybody's: nothing is removed there. */
async function connectedAt(path: string, word: string): Promise<ControlClient> {
  if (isSomethingElse(path)) {
    throw new OptionError(`${word}: ${path} is no socket; inversify-lifecycle attach lists what can be attached to`);
  }
  const client = await connecting(path, word);
  if (client === undefined) throw nobody(word, path);
  return client;
}

function isSomethingElse(path: string): boolean {
  try {
    return process.platform !== 'win32' && !statSync(path).isSocket();
  } catch {
    // Whoever connects to it is told why it cannot be seen.
    return false;
  }
}

/** To a place of our own. @returns undefined where a dead process has left its socket, which is removed */
async function connected(path: string, word: string): Promise<ControlClient | undefined> {
  const client = await connecting(path, word);
  if (client === undefined) rmSync(path, { force: true });
  return client;
}

/** @returns undefined where nobody listens any more */
async function connecting(path: string, word: string): Promise<ControlClient | undefined> {
  try {
    return await ControlClient.connect(path);
  } catch (error) {
    if (isDead(error)) return undefined;
    throw error instanceof RemoteError ? new OptionError(`${word}: ${error.message}`) : unreachable(path, word, error);
  }
}

function isDead(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED';
}

function unreachable(path: string, word: string, error: unknown): OptionError {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM') {
    return new OptionError(
      `${word}: the socket ${path} belongs to another user, and only that user may attach; write sudo -u <user> inversify-lifecycle attach ${word}`,
    );
  }
  if (code === 'ENOENT' || code === 'ENOTSOCK') return nobody(word, path);
  return new OptionError(`${word}: ${messageOf(error)}`);
}

function nobody(word: string, path: string): OptionError {
  return new OptionError(
    `${word}: nobody listens at ${path}; inversify-lifecycle attach lists what can be attached to`,
  );
}

async function allTargets(): Promise<Target[]> {
  const found = await Promise.all(
    [...allPlaces()].map(async ([name, path]): Promise<Target | undefined> => {
      try {
        const client = isThere(path) ? await connected(path, name) : undefined;
        client?.close();
        return client && { name, path, greeting: client.greeting };
      } catch {
        // One that does not answer cannot be attached to, and is no reason not to list the others.
        return undefined;
      }
    }),
  );
  return found.filter((target) => target !== undefined).sort((one, other) => one.name.localeCompare(other.name));
}

function notFound(word: string, targets: readonly Target[]): OptionError {
  const process = /^\d+$/.test(word) ? processText(Number(word)) : undefined;
  const names = targets.map(({ name }) => name);
  return new OptionError(`${process ?? `Nothing runs under '${word}'.`} ${suggestion(word, names, NONE)}`, {
    word,
    names,
  });
}

/** What there is to say of a process that has no control socket for this user. */
function processText(pid: number): string {
  const owner = ownerOf(pid);
  if (owner === undefined) return `There is no process ${pid}.`;
  if (owner === process.getuid?.())
    return `The process ${pid} has no control socket: it is no program of this kind, or it was started without control.`;
  const user = owner === 'another' ? '<user>' : `'#${owner}'`;
  return `The process ${pid} belongs to another user, and only that user may attach; write sudo -u ${user} inversify-lifecycle attach ${pid}.`;
}

/** The user's number, as far as it can be known; undefined where there is no such process. */
function ownerOf(pid: number): number | 'another' | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined;
  }
  const entry = statSync(`/proc/${pid}`, { throwIfNoEntry: false });
  if (entry !== undefined) return entry.uid;
  // Without /proc all that is known is whether it may be sent a signal.
  try {
    process.kill(pid, 0);
    return process.getuid?.();
  } catch {
    return 'another';
  }
}
