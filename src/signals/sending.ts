import { abortController } from '../abort.ts';
import type { Clock } from '../clock.ts';
import { isThenable } from '../thenable.ts';
import { SignalError, SignalTimeoutError } from './signal-error.ts';

/** What a handler of a `SyncSignal` is given after the arguments. */
export interface SyncSignalContext<Sender = unknown> {
  /** Who has sent it; undefined where nobody has said. */
  readonly sender: Sender | undefined;
}

/** What a handler of a `Signal` is given after the arguments. Its members may be taken apart. */
export interface SignalContext<Sender = unknown> extends SyncSignalContext<Sender> {
  /** Aborts when the handler is not waited for any longer: at the timeout, or when the sender does not want to go on. */
  readonly signal: AbortSignal;
}

/** How long a send waits. */
export interface Patience {
  /** Milliseconds; `Infinity` for as long as it takes. */
  readonly timeout: number;
  /** The sender's, which may abort. */
  readonly signal: AbortSignal | undefined;
  readonly clock: Clock;
}

/** Why a send waits no longer, though not all have settled. */
interface Cut {
  readonly by: 'timeout' | 'sender';
  readonly reason: unknown;
}

/** One handler that was called. */
interface Attempt {
  readonly handler: { readonly name: string };
  state: 'pending' | 'done' | 'failed';
  /** What it threw. */
  thrown: unknown;
}

/** One send: which handlers it has called, and how they fare. */
export class Sending<Sender> implements SignalContext<Sender> {
  readonly sender: Sender | undefined;
  readonly #name: string;
  readonly #patience: Patience;
  readonly #attempts: Attempt[] = [];
  #pending = 0;
  #controller: AbortController | undefined;
  #cut: Cut | undefined;
  /** Ends the wait. */
  #over: () => void = () => {};

  /** @param name of the signal, for errors */
  constructor(name: string, sender: Sender | undefined, patience: Patience) {
    this.#name = name;
    this.sender = sender;
    this.#patience = patience;
  }

  /** For the handlers. Made on first use. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = abortController();
      if (this.#cut !== undefined) this.#controller.abort(this.#cut.reason);
    }
    return this.#controller.signal;
  }

  /** Calls a handler, whatever it does. */
  call(handler: { readonly name: string }, call: () => unknown): void {
    const attempt: Attempt = { handler, state: 'done', thrown: undefined };
    this.#attempts.push(attempt);
    try {
      const returned = call();
      if (!isThenable(returned)) return;
      attempt.state = 'pending';
      this.#pending++;
      Promise.resolve(returned).then(
        () => this.#settle(attempt, 'done'),
        (thrown: unknown) => this.#settle(attempt, 'failed', thrown),
      );
    } catch (thrown) {
      attempt.state = 'failed';
      attempt.thrown = thrown;
    }
  }

  /**
   * Waits for all of them, as long as there is patience.
   *
   * @throws SignalError when any has failed, or is late
   * @throws what the sender's signal gives as its reason, when that is all that is wrong
   */
  async finish(): Promise<void> {
    if (this.#pending > 0) await this.#wait();
    const errors = this.#attempts.flatMap((attempt) => this.#errorsOf(attempt));
    const cut = this.#cut;
    if (cut?.by === 'sender') {
      if (errors.length === 0) throw cut.reason;
      errors.push(cut.reason);
    }
    if (errors.length > 0) throw new SignalError(this.#name, this.#attempts.length, errors);
  }

  #wait(): Promise<void> {
    const { timeout, signal, clock } = this.#patience;
    return new Promise((resolve) => {
      const abort = (): void => this.#stopWaiting({ by: 'sender', reason: signal?.reason });
      const expire = (): void => this.#stopWaiting({ by: 'timeout', reason: late() });
      const cancel = timeout === Number.POSITIVE_INFINITY ? undefined : clock.timer(timeout, expire);
      this.#over = () => {
        cancel?.();
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      signal?.addEventListener('abort', abort);
      // One of the handlers may have brought it about.
      if (signal?.aborted) abort();
    });
  }

  #stopWaiting(cut: Cut): void {
    this.#cut = cut;
    this.#over();
    this.#controller?.abort(cut.reason);
  }

  /** What comes after the end of the wait counts no more: it has been told of already. */
  #settle(attempt: Attempt, state: 'done' | 'failed', thrown?: unknown): void {
    if (this.#cut !== undefined) return;
    attempt.state = state;
    attempt.thrown = thrown;
    this.#pending--;
    if (this.#pending === 0) this.#over();
  }

  #errorsOf({ state, thrown, handler }: Attempt): unknown[] {
    if (state === 'failed') return [thrown];
    const isLate = state === 'pending' && this.#cut?.by === 'timeout';
    return isLate ? [new SignalTimeoutError(this.#name, handler.name, this.#patience.timeout)] : [];
  }
}

function late(): DOMException {
  return new DOMException('The signal does not wait any longer', 'TimeoutError');
}
