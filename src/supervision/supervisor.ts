import { humanize } from '../duration.ts';
import { messageOf } from '../errors.ts';
import { delayOf } from './backoff.ts';
import { type Failure, failuresWithin, isExceeded } from './intensity.ts';
import { MaxRestartsExceeded } from './max-restarts.ts';
import type { Policy } from './policy.ts';
import { Waits } from './waits.ts';

/** One more restart of a supervisor's. */
export interface Attempt {
  /** How many restarts the present span has seen, this one included. */
  readonly count: number;
  /** How many are allowed. */
  readonly max: number;
  /** Milliseconds to wait before it. */
  readonly delay: number;
}

/**
 * One vertex of the supervision tree: what it does about crashes, and how many there were. Restarts are counted once per
 * crash, however many services each brings down, in a sliding window of time that does not count the waits.
 */
export class Supervisor {
  readonly name: string;
  readonly policy: Policy;
  /** Of what it restarts: told of by whoever does it. */
  readonly waits = new Waits();
  /** Decides on what this one cannot mend; undefined for the root. */
  parent: Supervisor | undefined;
  #failures: readonly Failure[] = [];
  /** In a row, each soon after the one before. */
  #inARow = 0;
  #lastAt = Number.NEGATIVE_INFINITY;

  constructor(name: string, policy: Policy, parent: Supervisor | undefined) {
    this.name = name;
    this.policy = policy;
    this.parent = parent;
  }

  /** Whether this one is the other, or is below it. */
  isWithin(other: Supervisor): boolean {
    for (let at: Supervisor | undefined = this; at !== undefined; at = at.parent) if (at === other) return true;
    return false;
  }

  /** How many in a row there were by the last crash. */
  get inARow(): number {
    return this.#inARow;
  }

  /** How many crashes count at this moment. @param now on the clock's `now()` */
  countAt(now: number): number {
    const since = now - this.waits.by(now) - this.policy.intensity.within;
    return this.#failures.filter(({ at }) => at > since).length;
  }

  /**
   * Counts a crash.
   *
   * @param now on the clock's `now()`
   * @param chance a random number from 0 up to 1
   * @returns the restart that is due, or the story of those that were too many
   */
  count(crash: Omit<Failure, 'at'>, now: number, chance: number): Attempt | MaxRestartsExceeded {
    const { intensity, backoff } = this.policy;
    const at = now - this.waits.by(now);
    const failures = failuresWithin(intensity, this.#failures, { ...crash, at });
    if (isExceeded(intensity, failures)) {
      this.forget();
      return this.#tooMany(failures);
    }
    this.#failures = failures;
    if (backoff === undefined) return { count: failures.length, max: intensity.max, delay: 0 };
    this.#inARow = at - this.#lastAt >= backoff.resetAfter ? 1 : this.#inARow + 1;
    this.#lastAt = at;
    const delay = delayOf(backoff, this.#inARow, chance);
    return {
      count: intensity.max === Number.POSITIVE_INFINITY ? this.#inARow : failures.length,
      max: intensity.max,
      delay,
    };
  }

  /** A new beginning: what it has is restarted by somebody above, or with the whole application. */
  forget(): void {
    this.#failures = [];
    this.#inARow = 0;
    this.#lastAt = Number.NEGATIVE_INFINITY;
    this.waits.forget();
  }

  #tooMany(failures: readonly Failure[]): MaxRestartsExceeded {
    const { max, within } = this.policy.intensity;
    const times = failures.length === 1 ? 'once' : `${failures.length} times`;
    const story = failures.map(
      ({ date, service, error }) => `\n  ${new Date(date).toISOString()} ${service}: ${indented(messageOf(error))}`,
    );
    const text = `${this.name} crashed ${times} within ${humanize(within)}, more often than restart.max (${max}):${story.join('')}`;
    return new MaxRestartsExceeded(text, failures, failures.at(-1)?.error);
  }
}

/** The story of a supervisor below stands a step further in. */
function indented(text: string): string {
  return text.replaceAll('\n', '\n  ');
}
