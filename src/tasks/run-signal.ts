import { abortController } from '../abort.ts';
import type { TaskLife } from './owner.ts';

/** The signal of a run that may be aborted while its life goes on; it aborts with its life too. */
export class RunSignal {
  readonly #life: TaskLife;
  #controller: AbortController | undefined;
  #reason: Error | undefined;
  #isClosed = false;
  #stopListening: (() => void) | undefined;

  constructor(life: TaskLife) {
    this.#life = life;
  }

  /** Whether it was aborted by itself. */
  get wasAborted(): boolean {
    return this.#reason !== undefined;
  }

  abort(reason: Error): void {
    this.#reason ??= reason;
    this.#controller?.abort(reason);
  }

  /** Made on first use. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = abortController();
      this.#follow(this.#controller);
    }
    return this.#controller.signal;
  }

  /** The run is over: what its life comes to is nothing to it any more. */
  close(): void {
    this.#isClosed = true;
    this.#stopListening?.();
  }

  #follow(controller: AbortController): void {
    const { signal } = this.#life;
    const follow = (): void => controller.abort(signal.reason);
    if (this.#reason !== undefined) controller.abort(this.#reason);
    else if (signal.aborted) follow();
    else if (!this.#isClosed) {
      signal.addEventListener('abort', follow);
      this.#stopListening = () => signal.removeEventListener('abort', follow);
    }
  }
}
