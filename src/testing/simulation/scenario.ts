import { Seeded } from '../seeded.ts';

/** What is done to an application from outside. */
export type ActionName = 'start' | 'stop' | 'restart' | 'crash' | 'trigger' | 'pause' | 'resume' | 'wait';

/** One step of a scenario. */
export interface Step {
  /** `step 3`, to name it in `omit`. */
  readonly name: string;
  readonly action: ActionName;
  /** Comes when all before it has settled, or after so many turns of whatever goes on. */
  readonly after: 'settled' | number;
  /** What of several it is about: from 0 up to 1. */
  readonly choice: number;
  /** Of a wait, in milliseconds. */
  readonly ms: number;
}

export const ACTIONS: readonly ActionName[] = ['restart', 'crash', 'trigger', 'pause', 'resume', 'wait'];

/** A day, so that crontab tasks come too. */
const LONGEST_WAIT = 86_400_000;

/**
 * What is done to the application under one seed: one to three lives, each begun, mostly brought up, used, and ended; at times
 * with the next step before the one before has settled.
 *
 * @param actions those that may come between a start and a stop; a stop may be early, or come twice
 */
export function scenarioOf(seed: number, actions: readonly ActionName[]): Step[] {
  const seeded = Seeded.of(seed, 'scenario');
  const steps: Step[] = [];
  const add = (action: ActionName, after: Step['after']): void => {
    const [choice, ms] = [seeded.random(), seeded.magnitude(10, LONGEST_WAIT)];
    steps.push({ name: `step ${steps.length + 1}`, action, after, choice, ms });
  };
  const soon = (): number => seeded.below(15);
  for (let life = 1 + seeded.below(3); life > 0; life--) {
    add('start', seeded.chance(0.9) ? 'settled' : soon());
    const isEarly = seeded.chance(0.25);
    const [first, ...others] = isEarly ? [] : actions;
    for (let count = seeded.below(4); count > 0 && first !== undefined; count--) {
      add(seeded.pick([first, ...others]), seeded.chance(0.75) ? 'settled' : soon());
    }
    add('stop', isEarly ? soon() : 'settled');
    if (seeded.chance(0.1)) add('stop', soon());
  }
  return steps;
}
