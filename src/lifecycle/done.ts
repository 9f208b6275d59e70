import { type Deferred, deferred } from './deferred.ts';
import type { StopReport } from './report.ts';

/**
 * The end of one life of the application. A crash that nobody waits for surfaces as an unhandled rejection, on purpose;
 * an end that was asked for never does.
 */
export class Done {
  #deferred: Deferred<StopReport> | undefined;
  #settled = false;

  get promise(): Promise<StopReport> {
    return this.#open().promise;
  }

  /** A new life begins: what ended before is history, what is awaited already is this life's end. */
  renew(): void {
    if (!this.#settled) return;
    this.#deferred = undefined;
    this.#settled = false;
  }

  fulfil(report: StopReport): void {
    this.#open().resolve(report);
    this.#settled = true;
  }

  reject(error: Error): void {
    this.#open().reject(error);
    this.#settled = true;
  }

  #open(): Deferred<StopReport> {
    this.#deferred ??= deferred();
    return this.#deferred;
  }
}
