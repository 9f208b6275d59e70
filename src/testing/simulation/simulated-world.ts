import type { Clock } from '../../clock.ts';
import { currentEntry, type Door, type Entry } from '../../current.ts';
import { messageOf } from '../../errors.ts';
import { TaskRun } from '../../tasks/task-run.ts';
import { AtWork, labelOf, unitOf, type Work } from '../at-work.ts';
import { Interleaving } from '../interleaving.ts';
import { ManualClock } from '../manual-clock.ts';
import { OwnTime, timerText } from '../own-time.ts';
import { type OpenResource, Resources } from '../resources.ts';
import { Seeded } from '../seeded.ts';
import type { TestWorld } from '../world.ts';
import { type Fault, type FaultRates, Faults, faultText, InjectedFault, type Place } from './fault.ts';
import { HookOrder } from './hook-order.ts';
import { Trace } from './trace.ts';
import type { Violation } from './verdict.ts';

/** What makes a world what it is. */
export interface WorldPlan {
  readonly seed: number;
  /** Undefined for a world without faults. */
  readonly rates: Required<FaultRates> | undefined;
  /** How many calls of hooks and tasks there are in one life, roughly. */
  readonly calls: () => number;
  /** Faults and steps that are left out. */
  readonly omit: ReadonlySet<string>;
}

/** An `io` under way. */
interface Io {
  readonly entry: Entry | undefined;
  readonly name: string;
  /** Such is the fault. */
  readonly isHung: boolean;
}

/** How likely it is that a hook or run waits for its turn, before it or after it. */
const GATED = 0.4;

/** The most that an `io` takes where all is well, in milliseconds. */
const LATENCY = 20;

/**
 * The world of one seed: its time, its chance, its faults. It stands at the door of every hook and run, and has each go on in
 * an order that the seed decides.
 */
export class SimulatedWorld implements TestWorld {
  readonly seed: number;
  readonly manual = new ManualClock();
  readonly time: OwnTime;
  readonly clock: Clock;
  readonly random: () => number;
  readonly atWork: AtWork;
  readonly resources = new Resources();
  readonly hooks = new HookOrder();
  readonly gates: Interleaving;
  readonly trace: Trace;
  /** The faults that have come. */
  readonly injected: Fault[] = [];
  /** Something was done to it since it was last at rest: what fails by then need not be to blame. */
  isProvoked = false;
  readonly #io = new Set<Io>();
  readonly #faults: Faults;
  readonly #latency: Seeded;
  #violation: Violation | undefined;

  constructor({ seed, rates, calls, omit }: WorldPlan) {
    this.seed = seed;
    this.time = new OwnTime(this.manual, (thrown, timer) => {
      const by = timer.owner === undefined ? undefined : labelOf(timer.owner);
      const detail = `${timerText(timer)}${by === undefined ? '' : `, set in ${by},`} threw: ${messageOf(thrown)}`;
      this.break({ invariant: 'handled', service: timer.owner?.unit.label, detail, cause: thrown });
    });
    this.clock = this.time.userClock;
    this.random = Seeded.of(seed, 'random').random;
    this.trace = new Trace(() => this.manual.now());
    this.atWork = new AtWork(this.time);
    this.gates = new Interleaving(Seeded.of(seed, 'gates').below(2 ** 31), this.manual);
    this.#faults = new Faults(seed, rates, calls, omit);
    this.#latency = Seeded.of(seed, 'latency');
  }

  /** The first one that was broken. */
  get violation(): Violation | undefined {
    return this.#violation;
  }

  break(violation: Violation | undefined): void {
    this.#violation ??= violation;
  }

  /** What `io` has begun and is still at it, faults aside. */
  get ioUnderWay(): Io[] {
    return [...this.#io].filter(({ isHung }) => !isHung);
  }

  open(name: string): OpenResource {
    return this.resources.open(name);
  }

  io(name: string, signal?: AbortSignal): Promise<void> {
    const entry = currentEntry();
    const label = `${entry === undefined ? 'nobody' : labelOf(entry)}: ${name}`;
    const fault = this.#inject(this.#faults.next(label, 'io'));
    const io = { entry, name, isHung: fault?.kind === 'hangs' };
    const ms = this.#latency.below(LATENCY) + (fault?.kind === 'slow' ? fault.ms : 0);
    const work = this.atWork.of(entry);
    if (work !== undefined) {
      work.held++;
      work.isHung ||= io.isHung && signal === undefined;
    }
    this.#io.add(io);
    return new Promise<void>((resolve, reject) => {
      const abort = (): void => reject(signal?.reason);
      if (signal?.aborted) abort();
      else signal?.addEventListener('abort', abort);
      if (io.isHung) return;
      this.manual.timer(ms, () => {
        const turn = this.gates.gate(label);
        void turn.then(() => {
          signal?.removeEventListener('abort', abort);
          if (fault?.kind === 'throws') reject(new InjectedFault(`${label} failed (injected)`));
          else resolve();
        });
      });
    }).finally(() => {
      this.#io.delete(io);
      if (work !== undefined) work.held--;
    });
  }

  /** Every call of a hook or task comes by here. */
  readonly door: Door = (entry, call) => {
    this.break(this.hooks.called(entry));
    const place: Place = entry.step === 'task' ? 'task' : BRING_DOWN.has(entry.step) ? 'stop' : 'start';
    const work = this.atWork.begin(entry);
    this.trace.note(work.label);
    const fault = this.#inject(this.#faults.next(work.label, place));
    // What brings a service down begins when it is called, as the engine promises; only its end may be late.
    const isLate = this.gates.random() < GATED && place !== 'stop';
    const endsLate = this.gates.random() < GATED;
    if (fault !== undefined || isLate || endsLate) return this.#detour(work, call, fault, isLate, endsLate);
    return this.atWork.enter(work, call);
  };

  async #detour(
    work: Work,
    call: () => unknown,
    fault: Fault | undefined,
    isLate: boolean,
    endsLate: boolean,
  ): Promise<unknown> {
    try {
      if (isLate) await this.#hold(work, this.gates.gate(work.label));
      if (fault?.isEarly) await this.#suffer(work, fault);
      if (isPastIt(work.entry)) return undefined;
      work.at = 'inside';
      const value = await call();
      work.at = 'after';
      this.atWork.changed();
      if (fault !== undefined && !fault.isEarly) await this.#suffer(work, fault);
      if (endsLate) await this.#hold(work, this.gates.gate(work.label));
      return value;
    } finally {
      this.atWork.end(work);
    }
  }

  async #suffer(work: Work, fault: Fault): Promise<void> {
    switch (fault.kind) {
      case 'throws':
        throw new InjectedFault(`${fault.at} failed (injected)`);
      case 'slow':
        await this.#hold(work, new Promise((resolve) => this.manual.timer(fault.ms, resolve)));
        return;
      case 'hangs':
        await this.#hold(work, fault.heeds ? abortOf(signalOf(work.entry)) : new Promise(() => {}));
    }
  }

  async #hold(work: Work, wait: Promise<void>): Promise<void> {
    work.held++;
    try {
      await wait;
    } finally {
      work.held--;
    }
  }

  #inject(fault: Fault | undefined): Fault | undefined {
    if (fault === undefined) return undefined;
    this.injected.push(fault);
    this.isProvoked = true;
    this.trace.note(`  injected: ${faultText(fault)}`);
    return fault;
  }
}

/** The steps that bring a service down. */
export const BRING_DOWN: ReadonlySet<Entry['step']> = new Set(['onStop', 'onShutdown', 'disposer', 'dispose']);

/**
 * Its life has ended before it could begin, so it does not; of a hook that brings a service up this is how an abort ends it.
 * `onFirstStart` would not be called again, and begins anyhow.
 */
function isPastIt(entry: Entry): boolean {
  const life = BRING_DOWN.has(entry.step) ? undefined : unitOf(entry)?.life;
  if (life?.aborted !== true || entry.step === 'onFirstStart') return false;
  if (entry.step === 'task') return true;
  throw life.signal.reason;
}

/** What tells it that it is to end; stop hooks have none but their deadline's. */
function signalOf(entry: Entry): AbortSignal | undefined {
  if (entry instanceof TaskRun) return entry.signal;
  return BRING_DOWN.has(entry.step) ? undefined : unitOf(entry)?.life?.signal;
}

/** Rejects when the signal aborts, as `fetch` does. */
function abortOf(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    if (signal?.aborted) reject(signal.reason);
    else signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
