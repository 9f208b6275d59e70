import { OptionError } from '../errors.ts';
import { checkNames, checkOption } from '../option-check.ts';
import { isThenable } from '../thenable.ts';
import { type Connection, Connections, type ConnectOptions } from './connections.ts';
import type { SyncSignalContext } from './sending.ts';
import type { SignalOptions } from './signal.ts';
import { SignalError } from './signal-error.ts';

/** What a synchronous signal can be given: see `SignalOptions`. */
export type SyncSignalOptions<Sender = unknown> = Pick<SignalOptions<Sender>, 'name' | 'sender'>;

/** It is given the arguments of `send`, and a context after them; it may take fewer. It must not be asynchronous. */
export type SyncSignalHandler<Args extends readonly unknown[], Sender = unknown> = (
  ...args: [...args: Args, context: SyncSignalContext<Sender>]
) => unknown;

const OPTIONS = ['name', 'sender'];

/** A `Signal` without promises: all handlers are done when `send` returns (Mode's `SyncSignal`). */
export class SyncSignal<Args extends readonly unknown[] = [], Sender = unknown> {
  /** What it is called in errors. */
  readonly name: string;
  /** Who sends, where that is known. */
  readonly sender: Sender | undefined;
  #connections = new Connections<SyncSignalHandler<Args, Sender>, Sender>();

  /** @throws OptionError */
  constructor(options: SyncSignalOptions<Sender> = {}) {
    checkNames(options, OPTIONS, 'new SyncSignal()');
    const { name = new.target.name, sender } = options;
    checkOption(typeof name === 'string', 'new SyncSignal({ name })', 'a text', name);
    this.name = name;
    this.sender = sender;
  }

  /** How many handlers are connected, whomever they listen to. */
  get size(): number {
    return this.#connections.count;
  }

  /**
   * Has the handler called with each send from now on. A handler that is connected twice is called twice.
   *
   * @throws OptionError
   */
  connect(handler: SyncSignalHandler<Args, Sender>, options: ConnectOptions<Sender> = {}): Connection {
    if (isAsync(handler)) throw asynchronous(this.name, handler);
    return this.#connections.connect(handler, options, this.sender);
  }

  /**
   * Calls all handlers that are connected by now, in that order. All are called, whatever one does; only one that is
   * disconnected before its turn is not.
   *
   * @throws SignalError with what the handlers threw, however many it was
   */
  send(...args: Args): void {
    const errors: unknown[] = [];
    let called = 0;
    for (const link of this.#connections.reachedBy(this.sender)) {
      const handler = link.take();
      if (handler === undefined) continue;
      called++;
      try {
        this.#call(handler, args);
      } catch (thrown) {
        errors.push(thrown);
      }
    }
    if (errors.length > 0) throw new SignalError(this.name, called, errors);
  }

  /** The same signal with other options: it has the same handlers. `placed.with({ sender: this }).send(order)`. @throws OptionError */
  with(options: SyncSignalOptions<Sender>): SyncSignal<Args, Sender> {
    const same = this.clone(options);
    same.#connections = this.#connections;
    return same;
  }

  /** Another signal like this one, with no handlers yet. @throws OptionError */
  clone(options: SyncSignalOptions<Sender> = {}): SyncSignal<Args, Sender> {
    const { name, sender } = this;
    return new SyncSignal<Args, Sender>({ name, ...(sender === undefined ? {} : { sender }), ...options });
  }

  #call(handler: SyncSignalHandler<Args, Sender>, args: Args): void {
    const { sender } = this;
    const returned = handler(...args, { sender });
    if (!isThenable(returned)) return;
    // Its failure is that it is there at all: what it comes to later is nobody's any more.
    Promise.resolve(returned).catch(() => {});
    throw asynchronous(this.name, handler);
  }
}

/** Whether it is known before a call; a plain function that gives a promise is found out by one. */
function isAsync(handler: unknown): handler is { readonly name: string } {
  return Object.prototype.toString.call(handler) === '[object AsyncFunction]';
}

function asynchronous(signal: string, handler: { readonly name: string }): OptionError {
  const message = `the handler ${handler.name || '(anonymous)'} of signal ${signal} is asynchronous, and a SyncSignal waits for nothing; connect it to a Signal`;
  return new OptionError(message, { signal, handler: handler.name });
}
