import { Seeded } from '../seeded.ts';

/** Where a fault is put: what a hook or task may do, depends on which it is. */
export type Place =
  /** The container makes the object, or a hook brings it up: what fails here has not done its work, as a rule. */
  | 'start'
  /** A hook or disposer takes it down: its work is done, and then it fails or does not end. */
  | 'stop'
  | 'task'
  /** `world.io`. */
  | 'io';

/** How often faults happen. Each number is how many there are in one life of the application, on average. */
export interface FaultRates {
  /** A hook, run or `io` takes longer, by 10 ms to 10 s. Default 2. */
  readonly slow?: number;
  /** It throws. Default 0.7. */
  readonly throws?: number;
  /** It does not end, or only when its signal aborts. Default 0.3. */
  readonly hangs?: number;
}

/** One fault. */
export interface Fault {
  readonly kind: 'slow' | 'throws' | 'hangs';
  /** `Db.onStart#2`: the second call of it. */
  readonly at: string;
  /** In place of the code, or before it; otherwise after. */
  readonly isEarly: boolean;
  /** Of slowness, in milliseconds. */
  readonly ms: number;
  /** Ends when its signal aborts. */
  readonly heeds: boolean;
}

/** What an injected fault throws. Whatever throws it on, or has it as its `cause`, is no bug. */
export class InjectedFault extends Error {
  override readonly name = 'InjectedFault';
}

export const DEFAULT_RATES: Required<FaultRates> = { slow: 2, throws: 0.7, hangs: 0.3 };

/** The faults of one seed. Which there are depends on what is called for which time, and on nothing else. */
export class Faults {
  readonly #seed: number;
  readonly #rates: Required<FaultRates> | undefined;
  readonly #callsInALife: () => number;
  readonly #omit: ReadonlySet<string>;
  readonly #calls = new Map<string, number>();

  /** @param callsInALife how many there are, roughly */
  constructor(
    seed: number,
    rates: Required<FaultRates> | undefined,
    callsInALife: () => number,
    omit: ReadonlySet<string>,
  ) {
    this.#seed = seed;
    this.#rates = rates;
    this.#callsInALife = callsInALife;
    this.#omit = omit;
  }

  /** The fault of this call, if it has one. */
  next(label: string, place: Place): Fault | undefined {
    if (this.#rates === undefined) return undefined;
    const count = (this.#calls.get(label) ?? 0) + 1;
    this.#calls.set(label, count);
    const at = `${label}#${count}`;
    const seeded = Seeded.of(this.#seed, at);
    const kind = kindOf(seeded.random() * this.#callsInALife(), this.#rates);
    if (kind === undefined || this.#omit.has(at)) return undefined;
    const isEarly = place === 'start' ? kind !== 'slow' || seeded.chance(0.5) : place === 'task' && seeded.chance(0.5);
    return { kind, at, isEarly, ms: seeded.magnitude(10, 10_000), heeds: place !== 'stop' && seeded.chance(0.5) };
  }
}

/** @param drawn from 0 up to the number of calls in a life */
function kindOf(drawn: number, { slow, throws, hangs }: Required<FaultRates>): Fault['kind'] | undefined {
  if (drawn < slow) return 'slow';
  if (drawn < slow + throws) return 'throws';
  return drawn < slow + throws + hangs ? 'hangs' : undefined;
}

/** `Db.onStart#2 throws`. */
export function faultText({ at, kind, ms, isEarly, heeds }: Fault): string {
  if (kind === 'slow') return `${at} takes ${ms} ms ${isEarly ? 'before it begins' : 'longer'}`;
  if (kind === 'throws') return `${at} throws${isEarly ? '' : ' at its end'}`;
  return `${at} hangs${heeds ? ' until its signal aborts' : ''}`;
}
