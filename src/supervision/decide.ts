/** The supervision tree's answer to one crash; it knows neither clocks nor services at work. */

import { MaxRestartsExceeded } from './max-restarts.ts';
import type { Supervised } from './policy.ts';
import type { Attempt, Supervisor } from './supervisor.ts';

/** What has crashed, as far as its supervisors are concerned. */
export interface Child {
  readonly label: string;
  readonly spec: { readonly supervised: Supervised | undefined } | undefined;
}

/** What is done about an incident. */
export type Action<C extends Child> =
  /** The whole application goes down. */
  | { readonly kind: 'stop the app'; readonly error: Error }
  /** These, and what depends on them, stay down. */
  | { readonly kind: 'give up'; readonly units: readonly C[]; readonly error: Error }
  | {
      readonly kind: 'restart';
      readonly units: readonly C[];
      /** Whether what depends on them is restarted with them. */
      readonly withDependents: boolean;
      readonly attempt: Attempt;
      readonly by: Supervisor;
    };

/** What a decision is made with. */
export interface Circumstances<C extends Child> {
  /** On the clock's `now()`. */
  readonly now: number;
  /** Milliseconds since the epoch. */
  readonly date: number;
  readonly random: () => number;
  readonly supervisorOf: (child: C) => Supervisor | undefined;
  /** All that a supervisor has, what is below it included. */
  readonly membersOf: (supervisor: Supervisor) => readonly C[];
}

/** Asks one supervisor after the other, from the crashed service up; each restart that is tried counts. */
export function decide<C extends Child>(child: C, error: Error, circumstances: Circumstances<C>): Action<C> {
  const { now, date, random, supervisorOf, membersOf } = circumstances;
  const supervised = child.spec?.supervised;
  if (supervised?.type === 'temporary') return givenUp([child], error);
  let cause = error;
  let below: readonly C[] = [child];
  for (let at: Supervisor | undefined = supervisorOf(child); at !== undefined; at = at.parent) {
    const { strategy } = at.policy;
    if (strategy === 'giveUp') return givenUp(below, cause);
    if (strategy === 'giveUpAll') return givenUp(membersOf(at), cause);
    if (strategy !== 'escalate') {
      const attempt = at.count({ date, error: cause, service: child.label }, now, random());
      if (!(attempt instanceof MaxRestartsExceeded)) {
        const units = strategy === 'oneForAll' ? membersOf(at) : below;
        return { kind: 'restart', units, withDependents: strategy !== 'oneForOne', attempt, by: at };
      }
      cause = attempt;
    }
    // For the supervisor above, all that this one has is one child.
    below = membersOf(at);
  }
  return { kind: 'stop the app', error: cause };
}

/** The application ends when a significant service does. */
function givenUp<C extends Child>(units: readonly C[], error: Error): Action<C> {
  const isTheEnd = units.some(({ spec }) => spec?.supervised?.significant === true);
  return isTheEnd ? { kind: 'stop the app', error } : { kind: 'give up', units, error };
}
