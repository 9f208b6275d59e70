import { LifecycleError } from '../errors.ts';
import { deferred } from './deferred.ts';
import type { Unit } from './unit.ts';

/**
 * Fulfils when a unit runs, or the one that it has turned out to be part of; at once if it does.
 *
 * @param pending what may bring it up: a start under way, a crash that is being dealt with
 * @throws LifecycleError with code LIFECYCLE_NOT_RUNNING when it is down, and nothing is pending
 */
export async function whenRunning(
  wanted: Unit,
  pending: () => Promise<unknown> | undefined,
  signal?: AbortSignal,
): Promise<void> {
  for (;;) {
    signal?.throwIfAborted();
    const unit = mergedOf(wanted);
    if (unit.state.at === 'running') return;
    const open = isDown(unit) ? pending() : NEVER;
    if (open === undefined) throw downError(unit);
    await change(unit, open, signal);
  }
}

function mergedOf(unit: Unit): Unit {
  let at = unit;
  while (at.mergedInto !== undefined) at = at.mergedInto;
  return at;
}

const NEVER = new Promise<never>(() => {});

/** A start, or whoever decides about its crash, may bring it up; by itself it does not. */
function isDown({ state, up, waits }: Unit): boolean {
  return !waits && (state.at === 'idle' || state.at === 'stopped' || (state.at === 'crashed' && !up));
}

/** Fulfils with the next move of the unit or the end of the application, or when what is open is over. @throws the signal's reason */
async function change(unit: Unit, open: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve, reject } = deferred<void>();
  const undo = unit.host.events.on(
    (event) => {
      if (!('service' in event) || event.service === unit.label) resolve();
    },
    (kind) => kind.startsWith('service:') || kind === 'app:stopped' || kind === 'app:crashed',
  );
  const abort = (): void => reject(signal?.reason as Error);
  signal?.addEventListener('abort', abort);
  if (open !== NEVER) void open.then(() => resolve());
  try {
    await promise;
  } finally {
    undo();
    signal?.removeEventListener('abort', abort);
  }
}

function downError({ label, state }: Unit): LifecycleError {
  const message = `${label} is ${state.at}, and nobody is starting it; write await lifecycle.startAll() first, or lifecycle.restart('${label}')`;
  const cause = state.at === 'crashed' ? { cause: state.error } : {};
  return new LifecycleError('LIFECYCLE_NOT_RUNNING', message, { service: label, state: state.at }, cause);
}
