import { once } from 'node:events';
import { chmodSync, lstatSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { isMainThread } from 'node:worker_threads';
import { messageOf, OptionError } from '../errors.ts';
import { ControlClient } from './client.ts';
import type { Place } from './place.ts';

/** Only its owner may read and write it. */
const OTHERS = 0o177;

/** Somebody may take the folder away, or leave a socket behind, just now. */
const ATTEMPTS = 3;

/**
 * Listens at a place. What a dead process has left there is removed. Neither it nor its connections keep the process alive.
 *
 * @param failed told when somebody could not be let in
 * @returns what closes it, and leaves nothing behind
 * @throws OptionError when another process listens there, and when it cannot be opened
 */
export async function listenAt(
  place: Place,
  serve: (socket: Socket) => void,
  failed: (error: Error) => void,
): Promise<() => void> {
  const server = createServer(serve).unref();
  for (let attempt = 1; ; attempt++) {
    place.prepare();
    const fault = await bind(server, place.path);
    if (fault === undefined) break;
    if (fault.code === 'EADDRINUSE') await clear(place.path);
    else if (fault.code !== 'ENOENT' || attempt === ATTEMPTS) throw notOpened(place, fault);
    if (attempt === ATTEMPTS) throw notOpened(place, fault);
  }
  server.on('error', failed);
  // Whatever ends the process: closing the server takes the socket away, and so does this.
  const remove = (): void => rmSync(place.path, { force: true });
  process.once('exit', remove);
  return () => {
    process.off('exit', remove);
    server.close();
    place.leave();
  };
}

/** The socket is made at once, within this call, and has its mode from the beginning. */
async function bind(server: Server, path: string): Promise<NodeJS.ErrnoException | undefined> {
  const before = isMainThread ? process.umask(OTHERS) : undefined;
  try {
    server.listen({ path, exclusive: true });
  } finally {
    if (before !== undefined) process.umask(before);
  }
  try {
    await once(server, 'listening');
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
  // A thread has no umask of its own; it may be too late there by a moment, unless the folder is private.
  if (before === undefined && process.platform !== 'win32') chmodSync(path, 0o600);
  return undefined;
}

/** Removes what nobody listens at any more. @throws OptionError where somebody does */
async function clear(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket())
    throw new OptionError(`control: ${path} is there, and is no socket; give another path`, { path });
  const owner = await ownerOf(path);
  if (owner !== undefined) {
    throw new OptionError(
      `control: ${owner} listens at ${path} already; stop it first, or give another name, such as control: 'shop-2'`,
      { path },
    );
  }
  // Unless another one has just put its own there.
  if (lstatSync(path, { throwIfNoEntry: false })?.ino === found.ino) rmSync(path, { force: true });
}

/** Who listens there, in words; undefined for nobody. */
async function ownerOf(path: string): Promise<string | undefined> {
  try {
    const client = await ControlClient.connect(path);
    client.close();
    return `the process ${client.greeting.pid} (${client.greeting.program})`;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ECONNREFUSED' || code === 'ENOENT' ? undefined : 'another process';
  }
}

function notOpened({ path }: Place, error: Error): OptionError {
  return new OptionError(`control: the socket ${path} cannot be opened: ${messageOf(error)}`, { path });
}
