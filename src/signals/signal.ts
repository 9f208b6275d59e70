import { type Clock, systemClock } from '../clock.ts';
import { type Duration, milliseconds } from '../duration.ts';
import { checkNames, checkOption } from '../option-check.ts';
import { type Connection, Connections, type ConnectOptions } from './connections.ts';
import { type Patience, Sending, type SignalContext } from './sending.ts';

/** What a signal can be given. */
export interface SignalOptions<Sender = unknown> {
  /** What it is called in errors. Default: the name of its class. */
  readonly name?: string;
  /** Who sends. Handlers are told, and those that are connected to this signal hear nobody else. Default: nobody is named. */
  readonly sender?: Sender;
  /** How long `send` waits for the handlers. Default: as long as they take. */
  readonly timeout?: Duration;
  /** Ends the wait when it aborts; `send` then rejects with its reason. */
  readonly signal?: AbortSignal;
  /** The source of time, for the timeout. Default: the machine's. */
  readonly clock?: Clock;
}

/** It is given the arguments of `send`, and a context after them; it may take fewer. What it returns is awaited and dropped. */
export type SignalHandler<Args extends readonly unknown[], Sender = unknown> = (
  ...args: [...args: Args, context: SignalContext<Sender>]
) => unknown;

const OPTIONS = ['name', 'sender', 'timeout', 'signal', 'clock'];

/**
 * Something that others can listen to (the observer pattern; Mode's `Signal`): a member of a class, or a class of its own that
 * is injected. `Signal<[order: Order]>` is sent with an order.
 *
 * Handlers are held until they are disconnected, by strong references.
 */
export class Signal<Args extends readonly unknown[] = [], Sender = unknown> {
  /** What it is called in errors. */
  readonly name: string;
  /** Who sends, where that is known. */
  readonly sender: Sender | undefined;
  readonly #options: SignalOptions<Sender>;
  readonly #patience: Patience;
  #connections = new Connections<SignalHandler<Args, Sender>, Sender>();

  /** @throws OptionError */
  constructor(options: SignalOptions<Sender> = {}) {
    checkNames(options, OPTIONS, 'new Signal()');
    const { name = new.target.name, sender, timeout, signal, clock = systemClock } = options;
    checkOption(typeof name === 'string', 'new Signal({ name })', 'a text', name);
    checkOption(signal === undefined || signal instanceof AbortSignal, 'signal', 'an AbortSignal', signal);
    const limit = timeout === undefined ? Number.POSITIVE_INFINITY : milliseconds(timeout, 'timeout');
    this.name = name;
    this.sender = sender;
    this.#options = options;
    this.#patience = { timeout: limit, signal, clock };
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
  connect(handler: SignalHandler<Args, Sender>, options: ConnectOptions<Sender> = {}): Connection {
    return this.#connections.connect(handler, options, this.sender);
  }

  /**
   * Calls all handlers that are connected by now, in that order and none waiting for another, and waits for all of them. All are
   * called, whatever one does; only one that is disconnected before its turn is not.
   *
   * @throws SignalError with what the handlers threw, however many it was
   * @throws the reason of the option `signal` when that aborts; none is called when it had aborted before
   */
  async send(...args: Args): Promise<void> {
    this.#patience.signal?.throwIfAborted();
    const sending = new Sending<Sender>(this.name, this.sender, this.#patience);
    for (const link of this.#connections.reachedBy(this.sender)) {
      const handler = link.take();
      if (handler !== undefined) sending.call(handler, () => handler(...args, sending));
    }
    await sending.finish();
  }

  /** The same signal with other options: it has the same handlers. `placed.with({ timeout: '5s' }).send(order)`. @throws OptionError */
  with(options: SignalOptions<Sender>): Signal<Args, Sender> {
    const same = this.clone(options);
    same.#connections = this.#connections;
    return same;
  }

  /** Another signal like this one, with no handlers yet. @throws OptionError */
  clone(options: SignalOptions<Sender> = {}): Signal<Args, Sender> {
    return new Signal<Args, Sender>({ ...this.#options, name: this.name, ...options });
  }
}
