import { EventEmitter, getEventListeners } from 'node:events';
import { currentEntry, type Entry } from '../current.ts';
import { labelOf } from './at-work.ts';

/** A listener that a hook or a task has added somewhere. */
interface Subscription {
  readonly source: EventEmitter | EventTarget;
  readonly type: string | symbol;
  readonly listener: unknown;
  readonly service: string;
  /** The hook or task, `Db.onStart`. */
  readonly owner: string;
  /** Which life of the service it was. */
  readonly life: unknown;
}

/** A service that adds a listener in each of its lives and does not remove it. */
export interface Hoard {
  readonly service: string;
  /** The hook or task, `Db.onStart`. */
  readonly owner: string;
  readonly type: string;
  /** How many of its listeners are there. */
  readonly count: number;
}

/** Listeners that the services of one lifecycle have added to whatever emits events, in this process. */
export class Subscriptions {
  readonly #all = new Set<Subscription>();
  readonly #lifeOf: (entry: Entry) => unknown;

  /** @param lifeOf the life of the service whose code it is */
  constructor(lifeOf: (entry: Entry) => unknown) {
    this.#lifeOf = lifeOf;
  }

  added(source: EventEmitter | EventTarget, type: string | symbol, listener: unknown, entry: Entry): void {
    this.#all.add({
      source,
      type,
      listener,
      service: entry.unit.label,
      owner: labelOf(entry),
      life: this.#lifeOf(entry),
    });
  }

  /**
   * What has more listeners of one hook or task than one life of its service has added: what is of one life only, such as a
   * connection, takes its listeners along when it is dropped, and cannot have them.
   */
  hoards(): Hoard[] {
    const groups = new Map<unknown, Map<string, Subscription[]>>();
    for (const subscription of this.#all) {
      if (!isThere(subscription)) {
        this.#all.delete(subscription);
        continue;
      }
      const key = `${subscription.owner} ${String(subscription.type)}`;
      const of = groups.get(subscription.source) ?? new Map<string, Subscription[]>();
      groups.set(subscription.source, of);
      of.set(key, [...(of.get(key) ?? []), subscription]);
    }
    const hoards: Hoard[] = [];
    for (const group of groups.values()) {
      for (const [first, ...others] of group.values()) {
        if (first === undefined || others.every(({ life }) => life === first.life)) continue;
        hoards.push({ service: first.service, owner: first.owner, type: String(first.type), count: others.length + 1 });
      }
    }
    return hoards;
  }
}

function isThere({ source, type, listener }: Subscription): boolean {
  if (source instanceof EventEmitter) return source.rawListeners(type).includes(listener as () => void);
  return getEventListeners(source, String(type)).includes(listener as () => void);
}

const watched = new WeakMap<object, Subscriptions>();
let watchers = 0;
let giveBack: () => void = () => {};

/** Has these hear of every listener that a service of this lifecycle adds. @returns the undo */
export function watchSubscriptions(host: object, subscriptions: Subscriptions): () => void {
  watched.set(host, subscriptions);
  if (watchers++ === 0) giveBack = listenIn();
  let isOver = false;
  return () => {
    if (isOver) return;
    isOver = true;
    watched.delete(host);
    if (--watchers === 0) giveBack();
  };
}

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** The methods by which all the others add. */
const METHODS: readonly (readonly [target: object, name: string])[] = [
  [EventEmitter.prototype, 'on'],
  [EventEmitter.prototype, 'addListener'],
  [EventEmitter.prototype, 'prependListener'],
  [EventTarget.prototype, 'addEventListener'],
];

function listenIn(): () => void {
  const undo = METHODS.map(([target, name]) => {
    const methods = target as Record<string, Method>;
    const original = methods[name] as Method;
    methods[name] = function (this: unknown, ...args) {
      const result = original.apply(this, args);
      tell(this, args);
      return result;
    };
    return () => {
      methods[name] = original;
    };
  });
  return () => {
    for (const each of undo) each();
  };
}

/** A signal is aborted once and gone with its controller; the engine listens to its own all the time. */
function tell(source: unknown, [type, listener]: readonly unknown[]): void {
  const entry = currentEntry();
  if (entry === undefined || source instanceof AbortSignal) return;
  const { host } = entry.unit as { readonly host?: object };
  const subscriptions = host && watched.get(host);
  if (subscriptions === undefined || (typeof type !== 'string' && typeof type !== 'symbol')) return;
  if (!(source instanceof EventEmitter) && !(source instanceof EventTarget)) return;
  // `once` adds a wrapping of the listener.
  subscriptions.added(source, type, listener, entry);
}
