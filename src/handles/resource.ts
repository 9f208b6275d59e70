/** Node's own objects behind handles: which there are, which keep a process alive, and what can be told of each. */

import type { ChildProcess } from 'node:child_process';
import type { AddressInfo, Socket } from 'node:net';
import { humanize } from '../duration.ts';

/** What a hook on async resources is given, as far as it is used here; each class of them has some of this. */
export interface Resource {
  hasRef?(): boolean;
  /** A timer's. */
  readonly _destroyed?: boolean;
  readonly _idleTimeout?: number;
  readonly _repeat?: number | null;
  /** A file watcher's, called once, with the path. */
  start?(path: unknown, ...rest: unknown[]): unknown;
}

/** The types of async resources that can keep a process alive for long; all others come and go by themselves. */
export const LASTING: ReadonlySet<string> = new Set([
  'Timeout',
  'TCPSERVERWRAP',
  'TCPWRAP',
  'PIPESERVERWRAP',
  'PIPEWRAP',
  'UDPWRAP',
  'PROCESSWRAP',
  'FSEVENTWRAP',
  'STATWATCHER',
  'WORKER',
  'MESSAGEPORT',
  'TTYWRAP',
]);

/** The types of those that watch a path. */
export const WATCHING: ReadonlySet<string> = new Set(['FSEVENTWRAP', 'STATWATCHER']);

/** Whether it keeps the process alive at this moment. A timer that was cleared has a reference still. */
export function isHolding(resource: Resource): boolean {
  return resource._destroyed !== true && resource.hasRef?.() === true;
}

/** The object that a program knows the resource by: of a server's handle the server. Itself where there is none. */
export function objectOf(resource: object): object {
  const owner = symbolIn(resource, 'owner_symbol');
  return isObject(owner) ? owner : resource;
}

/** The resource behind an object that a program knows. */
export function resourceOf(object: object): object {
  const { _handle: handle } = object as { readonly _handle?: unknown };
  if (isObject(handle)) return handle;
  const own = symbolIn(object, 'kHandle');
  return isObject(own) ? own : object;
}

/** The resource behind the channel to a child that was forked. */
export function channelOf(child: object): unknown {
  return symbolIn(child, 'kChannelHandle');
}

/** Kind and particulars. @param path of a watcher, where it is known */
export function described(object: object, path?: string): readonly [kind: string, about: string] {
  const { name } = object.constructor;
  switch (name) {
    case 'Timeout':
      return ['timer', delayText(object as Resource)];
    case 'ChildProcess':
      return ['child process', childText(object as ChildProcess)];
    case 'FSWatcher':
    // What `fs.promises.watch` has made has no watcher around it.
    case 'FSEvent':
      return ['fs watcher', path === undefined ? '' : `of ${path}`];
    case 'StatWatcher':
      return ['fs watcher', path === undefined ? '' : `of ${path} (watchFile)`];
    case 'Worker':
      return ['worker', `thread ${(object as { readonly threadId?: number }).threadId}`];
    case 'MessagePort':
      return ['message port', ''];
    case 'Pipe':
    case 'TCP':
      return ['socket', ''];
  }
  if (hasMethod(object, 'listen')) return ['server', addressText(object)];
  if (hasMethod(object, 'addMembership')) return ['UDP socket', addressText(object)];
  if (hasMethod(object, 'setNoDelay')) return ['socket', socketText(object as Socket)];
  return [name, ''];
}

function delayText({ _idleTimeout: delay = 0, _repeat: repeat }: Resource): string {
  return typeof repeat === 'number' ? `every ${humanize(repeat)}` : `of ${humanize(delay)}`;
}

function childText({ pid, spawnargs }: ChildProcess): string {
  return `${pid} (${spawnargs.join(' ')})`;
}

/** `127.0.0.1:80`, `[::]:80`, or the path of a pipe. One that does not listen yet has no address. */
function addressText(object: object): string {
  try {
    const address = (object as { address(): AddressInfo | string | null }).address();
    if (address === null) return 'that does not listen yet';
    return typeof address === 'string' ? address : endText(address.address, address.port);
  } catch {
    return 'that is not bound yet';
  }
}

function socketText({ connecting, localAddress, localPort, remoteAddress, remotePort }: Socket): string {
  if (connecting) return 'that is connecting';
  if (remoteAddress === undefined) return '';
  return `${endText(localAddress, localPort)} -> ${endText(remoteAddress, remotePort)}`;
}

function endText(host = '', port = 0): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function symbolIn(object: object, name: string): unknown {
  const symbol = Object.getOwnPropertySymbols(object).find(({ description }) => description === name);
  return symbol && (object as Record<symbol, unknown>)[symbol];
}

function hasMethod(object: object, name: string): boolean {
  return typeof (object as Record<string, unknown>)[name] === 'function';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
