import { LifecycleError } from '../errors.ts';
import { dependsOn } from './closure.ts';
import type { StateName } from './state.ts';
import type { Unit } from './unit.ts';

/** A method of a service was called while the service did not run: see the option `guard`. */
export class GuardError extends LifecycleError {}

/** The service that was called, as far as it is known. */
export interface Callee {
  readonly label: string;
  readonly state: StateName;
  /** Undefined before the first start, and once its binding is gone. */
  readonly unit: Unit | undefined;
}

/** @param caller undefined for code that belongs to no service */
export function guardError(caller: Unit | undefined, method: string, callee: Callee): GuardError {
  const { label, state, unit } = callee;
  const isGone = unit === undefined && state === 'stopped';
  const who = caller === undefined ? 'code outside any service' : `${caller.label} (${caller.state.at})`;
  const what = `${label} is ${state}${isGone ? ' and unbound' : ''}`;
  const message = `${who} called ${label}.${method} while ${what}; ${whenItRuns(callee)}; ${cure(caller, callee)}`;
  const data = { service: label, state, method, caller: caller?.label, callerState: caller?.state.at };
  return new GuardError('LIFECYCLE_GUARD', message, data);
}

function whenItRuns({ label, state, unit }: Callee): string {
  switch (state) {
    case 'idle':
    case 'starting': {
      const isHook = unit?.spec?.hooks.has('onStart') === true;
      return `${label} runs only after ${isHook ? 'its onStart has fulfilled' : 'its start'}`;
    }
    case 'stopping':
    case 'stopped':
      return `${label} runs only until everything that depends on it has stopped`;
    case 'restarting':
    case 'crashed':
    case 'running':
      return `${label} runs again only once it has been started again`;
  }
}

/** The code to write. */
function cure(caller: Unit | undefined, { label, state, unit }: Callee): string {
  const isEarly = state === 'idle' || state === 'starting';
  const isLate = state === 'stopping' || state === 'stopped';
  if (caller === undefined) {
    if (isEarly) return 'write await startAll() before the call';
    if (isLate)
      return `end what calls it (a timer, a listener, a request) in the onStop of a service that needs ${label}`;
    return `look at lifecycle.get('${label}').state before the call`;
  }
  const who = caller.label;
  // It may have had an edge: to another container's service it has none any more.
  if (isLate && !caller.up)
    return `end in ${who}.onStop what goes on after it, or give it to use(), defer() or spawn()`;
  if (unit === undefined && isLate) return 'let go of it, or bind it anew';
  if (unit !== undefined && dependsOn(unit, caller)) {
    const isStarting = caller.state.at === 'starting';
    if (isLate && !isStarting)
      return `let ${label}.onStop take back what it has given to ${who} (a listener, a callback)`;
    return `${label} needs ${who} and starts after it: let ${label}.onStart call ${who}, not the other way round`;
  }
  if (unit === undefined || !dependsOn(caller, unit)) {
    return `write @DependsOn(${label}) on ${who} (or inject it, or use the option dependsOn), so that ${who} starts after it and stops before it`;
  }
  if (isEarly && unit.spec?.background === true) {
    return `nobody waits for the start of a service that is @Managed({ background: true }): take that away, or call when the event service:running has come`;
  }
  if (state === 'crashed' && unit.spec?.optional === true) {
    return `it is optional and has failed: look at lifecycle.get('${label}').state before the call`;
  }
  return `wait for the event service:running of ${label} before the call`;
}
