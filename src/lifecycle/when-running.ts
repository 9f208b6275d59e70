import { LifecycleError } from '../errors.ts';
import type { Events } from '../events.ts';
import { deferred } from './deferred.ts';
import type { Unit } from './unit.ts';

/**
 * Fulfils when a unit runs, at once if it does.
 *
 * @param events of the unit's host
 * @throws LifecycleError with code LIFECYCLE_NOT_RUNNING when it is down for good
 */
export async function whenRunning(unit: Unit, events: Events, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = deferred<void>();
  const look = (): void => {
    const { at } = unit.state;
    if (at === 'running') resolve();
    else if (at === 'stopped' || (at === 'crashed' && !unit.up)) reject(isDown(unit));
  };
  if (unit.state.at === 'running') return;
  const undo = events.on(
    look,
    (kind) => kind.startsWith('service:') || kind === 'app:stopped' || kind === 'app:crashed',
  );
  const abort = (): void => reject(signal?.reason as Error);
  signal?.addEventListener('abort', abort);
  try {
    await promise;
  } finally {
    undo();
    signal?.removeEventListener('abort', abort);
  }
}

function isDown({ label, state }: Unit): LifecycleError {
  const message = `${label} is ${state.at}, and nobody is starting it; write await lifecycle.startAll() first, or lifecycle.restart('${label}')`;
  const cause = state.at === 'crashed' ? { cause: state.error } : {};
  return new LifecycleError('LIFECYCLE_NOT_RUNNING', message, { service: label, state: state.at }, cause);
}
