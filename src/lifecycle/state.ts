import { LifecycleError } from '../errors.ts';
import type { StopReason } from './stop-reason.ts';

/**
 * The life of a service, and of the application, as one tagged union; each state holds only its own data.
 *
 * - `idle`: known, never started. Left by a start.
 * - `starting`: its dependencies run and it is being created or its start hooks run. Left for `running` when they
 *   fulfil, for `crashed` when one fails, for `stopping` when the start is aborted.
 * - `running`: its start hooks fulfilled; its dependents may use it. Left for `stopping` or `crashed`.
 * - `stopping`: all that depend on it have stopped and its stop hooks run. Left for `stopped`; for `crashed` when it
 *   was a crash that brought it down; for `restarting` when it is to come up again.
 * - `stopped`: nothing of its life is left. Left by the next start.
 * - `crashed`: it failed and nobody has cleaned up yet (left for `stopping`), or it failed and is down for good (left
 *   by the next start), or waits to be tried again (left for `restarting`).
 * - `restarting`: down, waiting to start again. Left for `starting`, or for `stopped` when a stop overtakes it.
 */
export type State =
  | { readonly at: 'idle' }
  | { readonly at: 'starting'; readonly since: number }
  | { readonly at: 'running'; readonly since: number; readonly startDuration: number }
  | { readonly at: 'stopping'; readonly since: number; readonly reason: StopReason; readonly crash?: Error }
  | { readonly at: 'stopped'; readonly since: number }
  | {
      readonly at: 'crashed';
      readonly since: number;
      readonly error: Error;
      /** Optional, it failed in a start, which goes on without it. */
      readonly isAbsent?: true;
    }
  | { readonly at: 'restarting'; readonly since: number };

export type StateName = State['at'];

/** The allowed moves; anything else is a bug and throws. */
export const MOVES: Readonly<Record<StateName, readonly StateName[]>> = {
  idle: ['starting'],
  starting: ['running', 'stopping', 'crashed'],
  running: ['stopping', 'crashed'],
  stopping: ['stopped', 'crashed', 'restarting'],
  stopped: ['starting'],
  crashed: ['stopping', 'starting', 'restarting'],
  restarting: ['starting', 'stopped'],
};

/** @throws LifecycleError for a move that is not in the table: a bug of this package */
export function checkMove(who: string, from: StateName, to: StateName): void {
  if (MOVES[from].includes(to)) return;
  const message = `${who} cannot go from ${from} to ${to}; from ${from} it can go to ${MOVES[from].join(', ')}`;
  throw new LifecycleError('LIFECYCLE_ILLEGAL_MOVE', message, { who, from, to });
}
