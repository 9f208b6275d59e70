import { Interleaving } from '../../src/testing/interleaving.ts';
import { type ManualClock, quiescence } from '../../src/testing/manual-clock.ts';

/** Settles the work by letting time pass. */
export async function withTime<T>(clock: ManualClock, work: Promise<T>): Promise<T> {
  return new Interleaving(1, clock).run(work);
}

/** Lets all that was left behind come to its end. */
export async function drain(clock: ManualClock): Promise<void> {
  for (await quiescence(); clock.untilNext !== undefined; await quiescence()) await clock.advance(clock.untilNext);
}
