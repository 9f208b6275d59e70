import { currentEntry } from '../current.ts';
import { LifecycleError } from '../errors.ts';
import type { Host } from './host.ts';
import { Unit } from './unit.ts';

/**
 * The unit in whose hook or task this runs, while that has not settled. What a hook has left behind (a request handler, a
 * timer) is not inside it any more.
 */
export function unitInside(): Unit | undefined {
  const entry = currentEntry();
  return entry?.active === true && entry.unit instanceof Unit ? entry.unit : undefined;
}

/** @throws LifecycleError with code LIFECYCLE_REENTRANT inside a hook or task of this host, which the call would wait for */
export function refuseInside(host: Host<Unit>, call: string): void {
  const unit = unitInside();
  if (unit?.host === host) throw reentrant(unit, call);
}

/** @throws LifecycleError with code LIFECYCLE_REENTRANT inside a hook or task of these units */
export function refuseInsideOf(units: ReadonlySet<Unit>, call: string): void {
  const unit = unitInside();
  if (unit !== undefined && units.has(unit)) throw reentrant(unit, call);
}

function reentrant({ label }: Unit, call: string): LifecycleError {
  const message = `${call} was called from inside ${label}, which it would wait for; call it from outside the hooks and tasks of this container's services`;
  return new LifecycleError('LIFECYCLE_REENTRANT', message, { service: label });
}
