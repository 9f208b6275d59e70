import type { Deadline } from '../deadline.ts';
import { humanize } from '../duration.ts';
import { LifecycleError, messageOf } from '../errors.ts';
import type { StepName } from '../events.ts';
import { type Entry, enter } from './current.ts';
import type { Unit } from './unit.ts';

/** A hook (or another step of a service's life) threw or rejected; `cause` is what it threw. */
export class HookError extends LifecycleError {}

/** A hook was not done in time and was left behind. */
export class HookTimeoutError extends LifecycleError {}

/** One entry into the code of a service. */
export interface Step {
  readonly unit: Unit;
  readonly name: StepName;
  /** The name of a spawned task. */
  readonly task?: string;
  /** Who waits for it, for the texts of delays. */
  readonly awaitedBy?: () => readonly string[];
}

export type Outcome =
  | { readonly kind: 'done'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly error: Error }
  | { readonly kind: 'abandoned'; readonly error: Error };

/**
 * Runs one step, until it settles or its deadline passes; it never throws. A step that returns nothing to wait for is
 * over when this returns, with no promise in between.
 */
export function perform(step: Step, run: () => unknown, deadline: Deadline): Outcome | Promise<Outcome> {
  const { clock } = step.unit.host;
  const entry: Entry = { unit: step.unit, step: step.name, active: true };
  const began = clock.now();
  let returned: unknown;
  try {
    returned = enter(entry, run);
    if (isThenable(returned)) return pending(step, entry, returned, deadline, began);
  } catch (thrown) {
    entry.active = false;
    return failed(step, thrown, began);
  }
  entry.active = false;
  return done(step, returned, began);
}

/** The deadline passing makes the outcome; what the step comes to later is still reported. */
function pending(
  step: Step,
  entry: Entry,
  returned: PromiseLike<unknown>,
  deadline: Deadline,
  began: number,
): Promise<Outcome> {
  const { clock, slowAfter } = step.unit.host;
  return new Promise((resolve) => {
    // A task may run as long as its life: nobody awaits it.
    const cancelSlow = step.name === 'task' ? () => {} : clock.timer(slowAfter, () => slow(step, began));
    const cancelExpiry = deadline.onExpiry(() => {
      cancelSlow();
      resolve(abandoned(step, began));
    });
    const settle = (outcome: Outcome): void => {
      entry.active = false;
      cancelSlow();
      cancelExpiry();
      resolve(outcome);
    };
    Promise.resolve(returned).then(
      (value) => settle(done(step, value, began)),
      (thrown: unknown) => settle(failed(step, thrown, began)),
    );
  });
}

function done(step: Step, value: unknown, began: number): Outcome {
  report(step, 'step:done', began);
  return { kind: 'done', value };
}

function failed(step: Step, thrown: unknown, began: number): Outcome {
  const title = titleOf(step);
  const message =
    thrown instanceof Error
      ? `${title} failed: ${thrown.message}`
      : `${title} threw ${String(thrown)}, which is not an Error; throw new Error(...) to keep the stack`;
  const data = { service: step.unit.label, step: step.name };
  const error = new HookError('LIFECYCLE_HOOK_FAILED', message, data, { cause: thrown });
  report(step, 'step:failed', began, error);
  return { kind: 'failed', error };
}

function abandoned(step: Step, began: number): Outcome {
  const took = step.unit.host.clock.now() - began;
  const awaitedBy = step.awaitedBy?.() ?? [];
  const waiting = awaitedBy.length > 0 ? `; waiting for it: ${awaitedBy.join(', ')}` : '';
  const message = `${titleOf(step)} had not settled after ${humanize(took)} and was left behind${waiting}`;
  const data = { service: step.unit.label, step: step.name, duration: took, awaitedBy };
  const error = new HookTimeoutError('LIFECYCLE_HOOK_TIMEOUT', message, data);
  report(step, 'step:abandoned', began, error);
  return { kind: 'abandoned', error };
}

function slow(step: Step, began: number): void {
  const { events, clock } = step.unit.host;
  const facts = { service: step.unit.label, step: step.name, duration: clock.now() - began };
  events.emit({ kind: 'step:slow', ...facts, awaitedBy: step.awaitedBy?.() ?? [] }, step.unit.lastEvent);
}

function report(step: Step, kind: 'step:done' | 'step:failed' | 'step:abandoned', began: number, error?: Error): void {
  const { events, clock } = step.unit.host;
  const task = step.task === undefined ? {} : { task: step.task };
  const cause = error === undefined ? {} : { error };
  const facts = { service: step.unit.label, step: step.name, duration: clock.now() - began };
  events.emit({ kind, ...facts, ...task, ...cause }, step.unit.lastEvent);
}

/** `Db.onStart`, `creating Db`, `Db's task poll`. */
function titleOf({ unit, name, task }: Step): string {
  if (name === 'create') return `creating ${unit.label}`;
  if (name === 'dispose') return `disposing ${unit.label}`;
  if (name === 'disposer') return `a disposer of ${unit.label}`;
  if (name === 'task') return `task ${unit.label}.${task}`;
  return `${unit.label}.${name}`;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/** What the user's code threw, where the error is the engine's wrapping of that. */
export function originOf(error: Error): unknown {
  return error instanceof HookError ? error.cause : error;
}

/** An error to be carried on, whatever was thrown. */
export function errorOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(messageOf(thrown), { cause: thrown });
}
