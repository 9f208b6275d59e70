/** How long a supervisor has waited before restarts. What waits at the same time counts once, and only as long as it does. */
export class Waits {
  /** Until when each waits. */
  readonly #open = new Map<unknown, number>();
  #past = 0;
  #seenAt = 0;

  /** @param until no longer than this; both on the clock's `now()` */
  begin(who: unknown, now: number, until: number): void {
    this.#see(now);
    this.#open.set(who, until);
  }

  /** It waits no longer. */
  end(who: unknown, now: number): void {
    this.#see(now);
    this.#open.delete(who);
  }

  /** In milliseconds, up to this moment. */
  by(now: number): number {
    this.#see(now);
    return this.#past;
  }

  /** Nobody waits any more. */
  forget(): void {
    this.#open.clear();
  }

  /** Those that are open have all begun by the last time. */
  #see(now: number): void {
    let end = this.#seenAt;
    for (const [who, until] of this.#open) {
      end = Math.max(end, Math.min(until, now));
      if (until <= now) this.#open.delete(who);
    }
    this.#past += end - this.#seenAt;
    this.#seenAt = now;
  }
}
