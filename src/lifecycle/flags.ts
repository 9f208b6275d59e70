import { isThenable } from '../thenable.ts';

/**
 * What a service is at, in words of its own (`'committing'`), while it is at it. Held twice, a flag goes when both have let go
 * (Mode's `Diag`).
 */
export class Flags {
  readonly #counts = new Map<string, number>();
  readonly #tell: (kind: 'flag:set' | 'flag:cleared', flag: string) => void;

  /** @param tell told of each flag that comes and goes */
  constructor(tell: (kind: 'flag:set' | 'flag:cleared', flag: string) => void) {
    this.#tell = tell;
  }

  /** Those that are held, the one that was set first first. */
  get names(): string[] {
    return [...this.#counts.keys()];
  }

  /** Holds the flag while the work goes on, and gives what that gives. */
  hold<T>(flag: string, work: () => T): T {
    this.#enter(flag);
    let returned: T;
    try {
      returned = work();
    } catch (thrown) {
      this.#leave(flag);
      throw thrown;
    }
    if (isThenable(returned)) return Promise.resolve(returned).finally(() => this.#leave(flag)) as T;
    this.#leave(flag);
    return returned;
  }

  #enter(flag: string): void {
    const count = this.#counts.get(flag) ?? 0;
    this.#counts.set(flag, count + 1);
    if (count === 0) this.#tell('flag:set', flag);
  }

  #leave(flag: string): void {
    const count = this.#counts.get(flag) ?? 0;
    if (count > 1) this.#counts.set(flag, count - 1);
    else {
      this.#counts.delete(flag);
      this.#tell('flag:cleared', flag);
    }
  }
}
