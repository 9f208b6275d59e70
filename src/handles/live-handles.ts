import type { ChildProcess } from 'node:child_process';
import type { HandleSnapshot } from './handle.ts';
import { type HandleTracker, handleTracker, type Origin } from './handle-tracker.ts';
import { channelOf, described, isHolding, objectOf, type Resource, resourceOf } from './resource.ts';

/** What Node has of it; it is in no types, and the documentation advises against it for want of a promise that it stays. */
interface Active {
  _getActiveHandles?(): object[];
}

/** Standard output and standard error keep nothing alive. */
const OUTPUTS: ReadonlySet<unknown> = new Set([1, 2]);

/** Work in hand that is no handle, but not that of files: it ends by itself, and the log's own is among it. */
const REQUEST = /^(?!FSReq).*(Req|Connect|Immediate)/;

/** Everything that keeps the process alive at this moment, with who made it where that is known; nothing of what does not. */
export function liveHandles(tracker: HandleTracker = handleTracker): HandleSnapshot[] {
  const kinds = process.getActiveResourcesInfo();
  const known = new Map(tracker.holding().map(([resource, origin]) => [objectOf(resource), origin]));
  const listed = listedByNode();
  const pipes = new Set<unknown>([...listed].flatMap(pipesOf));
  const objects = new Set([...listed, ...known.keys()]);
  const handles = [...objects]
    .filter((object) => !pipes.has(object) && !isIdle(object))
    .map((object) => snapshotOf(object, known.get(object) ?? tracker.originOf(object), serverOf(object, tracker)));
  return [...handles, ...timersOfNobody(kinds, known.keys()), ...kinds.filter(isRequest).map(ofNobody)];
}

function listedByNode(): Set<object> {
  return new Set((process as Active)._getActiveHandles?.() ?? []);
}

/** A child's pipes go with the child, as does the channel to one that was forked. */
function pipesOf(object: object): unknown[] {
  const { stdio, spawnargs } = object as Partial<ChildProcess>;
  return spawnargs === undefined ? [] : [...(stdio ?? []), channelOf(object)];
}

/** The process's own streams, of which only an input that is read keeps it alive. */
function isIdle(object: object): boolean {
  const { fd, reading } = resourceOf(object) as { readonly fd?: unknown; readonly reading?: unknown };
  return OUTPUTS.has(fd) || (fd === 0 && reading !== true);
}

/** Node itself makes the socket of whoever connects: it belongs to whoever has made the server. */
function serverOf(object: object, tracker: HandleTracker): Origin | undefined {
  const { server } = object as { readonly server?: unknown };
  return typeof server === 'object' && server !== null ? tracker.originOf(server) : undefined;
}

function snapshotOf(object: object, origin: Origin | undefined, server: Origin | undefined): HandleSnapshot {
  const [kind, about] = described(object, origin?.path);
  return { kind, about, owner: origin?.owner ?? server?.owner, stack: framesOf(origin?.stack) };
}

/** What calls the code of services, by its name in the sources and in the built files. */
const ENGINE = /^at enter \(.*\b(current\.[jt]s|chunk-[\w-]+\.js)/;

/** Those of the program: not Node's own, nor what is below the call of the service. */
function framesOf(made: Error | undefined): string[] {
  const frames = (made?.stack ?? '')
    .split('\n')
    .slice(1)
    .map((line) => line.trim());
  const end = frames.findIndex((frame) => ENGINE.test(frame));
  return (end < 0 ? frames : frames.slice(0, end)).filter((frame) => !/[( ]node:/.test(frame));
}

/** Node counts timers and does not show them. */
function timersOfNobody(kinds: readonly string[], known: Iterable<object>): HandleSnapshot[] {
  const all = kinds.filter((kind) => kind === 'Timeout').length;
  const shown = [...known].filter((object) => object.constructor.name === 'Timeout' && isHolding(object as Resource));
  const count = all - shown.length;
  if (count <= 0) return [];
  return [ofNobody(count === 1 ? 'timer' : `${count} timers`)];
}

function isRequest(kind: string): boolean {
  return REQUEST.test(kind);
}

function ofNobody(kind: string): HandleSnapshot {
  return { kind, about: '', owner: undefined, stack: [] };
}
