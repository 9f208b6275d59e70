/// <reference lib="esnext.disposable" preserve="true" />

import { OptionError, textOf } from '../errors.ts';
import { checkNames, checkOption } from '../option-check.ts';

/** What `connect` can be given. */
export interface ConnectOptions<Sender = unknown> {
  /** Only what this one sends. Default: the signal's own sender; where it has none, whoever sends. */
  readonly sender?: Sender;
  /** Disconnects the handler when it aborts: the `signal` of a start hook does when the service stops. */
  readonly signal?: AbortSignal;
  /** The handler is called once at most. Default false. */
  readonly once?: boolean;
}

/** One handler on one signal. `using` disconnects it at the end of its block, `use(connection)` at the end of a service's life. */
export interface Connection extends Disposable {
  /** Whether the handler will still be called. */
  readonly connected: boolean;
  /** From now on the handler is not called, also not by a send under way. A second time is harmless. */
  disconnect(): void;
}

const OPTIONS = ['sender', 'signal', 'once'];

/** One handler, and whether it is still called. */
export class Link<Handler> implements Connection {
  /** Counts up within one signal. */
  readonly number: number;
  readonly #handler: Handler;
  readonly #once: boolean;
  #undo: (() => void) | undefined;

  /** @param undo what follows from its end */
  constructor(number: number, handler: Handler, once: boolean, undo: () => void) {
    this.number = number;
    this.#handler = handler;
    this.#once = once;
    this.#undo = undo;
  }

  get connected(): boolean {
    return this.#undo !== undefined;
  }

  disconnect(): void {
    const undo = this.#undo;
    this.#undo = undefined;
    undo?.();
  }

  [Symbol.dispose](): void {
    this.disconnect();
  }

  /** The handler, now that it is its turn; undefined where it has been disconnected since the send began. */
  take(): Handler | undefined {
    if (!this.connected) return undefined;
    if (this.#once) this.disconnect();
    return this.#handler;
  }
}

/** The handlers of one signal. */
export class Connections<Handler, Sender> {
  /** By the sender they listen to; undefined for those that listen to all. */
  readonly #links = new Map<Sender | undefined, Set<Link<Handler>>>();
  #last = 0;
  #count = 0;

  /** How many there are. */
  get count(): number {
    return this.#count;
  }

  /** @param own the sender of the signal that the handler is connected to, where it has one. @throws OptionError */
  connect(handler: Handler, options: ConnectOptions<Sender>, own: Sender | undefined): Connection {
    checkConnection(handler, options);
    const { sender = own, signal } = options;
    if (own !== undefined && sender !== own) throw neverHeard();
    const links = this.#links.get(sender) ?? new Set();
    const disconnect = (): void => link.disconnect();
    const link: Link<Handler> = new Link(++this.#last, handler, options.once ?? false, () => {
      signal?.removeEventListener('abort', disconnect);
      this.#count--;
      links.delete(link);
      if (links.size === 0) this.#links.delete(sender);
    });
    this.#count++;
    this.#links.set(sender, links.add(link));
    signal?.addEventListener('abort', disconnect);
    if (signal?.aborted) disconnect();
    return link;
  }

  /** Whom a send of this sender reaches, in the order they were connected. One that is connected later is not among them. */
  reachedBy(sender: Sender | undefined): readonly Link<Handler>[] {
    const all = [...(this.#links.get(undefined) ?? [])];
    const own = sender === undefined ? undefined : this.#links.get(sender);
    if (own === undefined) return all;
    return all.length === 0 ? [...own] : [...all, ...own].sort((a, b) => a.number - b.number);
  }
}

function neverHeard(): OptionError {
  return new OptionError(
    'connect({ sender }) names somebody else than whose signal this is, so the handler would never be called; connect it to the signal of that sender, or to one that many share',
  );
}

function checkConnection(handler: unknown, options: ConnectOptions): void {
  if (typeof handler !== 'function') {
    throw new OptionError(`connect() expects a function, got ${textOf(handler)}; write connect((...args) => ...)`);
  }
  checkNames(options, OPTIONS, 'connect()');
  const { signal, once } = options;
  checkOption(signal === undefined || signal instanceof AbortSignal, 'connect({ signal })', 'an AbortSignal', signal);
  checkOption(once === undefined || typeof once === 'boolean', 'connect({ once })', 'true or false', once);
}
