import { type Entry, enter } from '../current.ts';
import type { Deadline } from '../deadline.ts';
import { humanize } from '../duration.ts';
import { LifecycleError, messageOf } from '../errors.ts';
import type { StepName } from '../events/service-events.ts';
import { andThen, type Eventual, Later } from '../eventual.ts';
import { TaskError } from '../tasks/task-error.ts';
import { isThenable } from '../thenable.ts';
import { watcherOf } from './start-hooks.ts';
import type { StepInHand, Unit } from './unit.ts';

/** A hook (or another step of a service's life) threw or rejected; `cause` is what it threw. */
export class HookError extends LifecycleError {}

/** A hook was not done in time and was left behind. */
export class HookTimeoutError extends LifecycleError {}

/** Who takes the steps of a service: its start, its stop. */
export interface Actor {
  readonly unit: Unit;
  /** Where somebody looks on (see `traceStart`). */
  readonly trace: { within<R>(run: () => R): R } | undefined;
  /** When the step in hand has to be over. Asked for only where there is something to wait for. */
  readonly deadline: Deadline;
  /** The step that it waits for at this moment. */
  inHand: StepInHand | undefined;
  /** Who waits, for the texts of delays. */
  awaitedBy(): readonly string[];
}

/** One entry into the code of a service. */
interface Step extends StepInHand {
  readonly actor: Actor;
}

export type Outcome =
  | { readonly kind: 'done'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly error: Error }
  | { readonly kind: 'abandoned'; readonly error: Error };

/**
 * Takes one step, until it settles or its deadline passes; it never throws. A step that returns nothing to wait for is
 * over when this returns, with no promise in between.
 *
 * @param context what the code is given, where it is given anything
 */
export function perform(actor: Actor, name: StepName, call: () => unknown, context?: object): Eventual<Outcome> {
  const watcher = watcherOf(name);
  if (watcher === undefined) return take(actor, name, call, context);
  watcher.began();
  return andThen(take(actor, name, call, context), (outcome) => {
    watcher.ended();
    return outcome;
  });
}

function take(actor: Actor, name: StepName, call: () => unknown, context: object | undefined): Eventual<Outcome> {
  const { unit, trace } = actor;
  const step: Step = { actor, name, began: unit.host.clock.now() };
  const entry: Entry = { unit, step: name, active: true, context };
  let returned: unknown;
  try {
    const { door } = unit.host;
    const run = door === undefined ? call : () => door(entry, call);
    returned = trace === undefined ? enter(entry, run) : trace.within(() => enter(entry, run));
    if (isThenable(returned)) return pending(step, entry, returned);
  } catch (thrown) {
    entry.active = false;
    return failed(step, thrown);
  }
  entry.active = false;
  return done(step, returned);
}

/** The deadline passing makes the outcome; what the step comes to later is still reported. */
function pending(step: Step, entry: Entry, returned: PromiseLike<unknown>): Later<Outcome> {
  const { unit, deadline } = step.actor;
  const { clock, slowAfter } = unit.host;
  const outcome = new Later<Outcome>();
  step.actor.inHand = step;
  const cancelSlow = clock.timer(slowAfter, () => slow(step));
  const cancelExpiry = deadline.onExpiry(() => {
    cancelSlow();
    letGo(step);
    outcome.give(abandoned(step));
  });
  const settle = (came: Outcome): void => {
    entry.active = false;
    letGo(step);
    cancelSlow();
    cancelExpiry();
    outcome.give(came);
  };
  Promise.resolve(returned).then(
    (value) => settle(done(step, value)),
    (thrown: unknown) => settle(failed(step, thrown)),
  );
  return outcome;
}

/** It is not waited for any more. */
function letGo(step: Step): void {
  if (step.actor.inHand === step) step.actor.inHand = undefined;
}

function done(step: Step, value: unknown): Outcome {
  const { events } = step.actor.unit.host;
  if (events.wants('step:done')) report(step, 'step:done');
  else events.pass();
  return { kind: 'done', value };
}

function failed(step: Step, thrown: unknown): Outcome {
  const title = titleOf(step);
  const message =
    thrown instanceof Error
      ? `${title} failed: ${messageOf(thrown)}`
      : `${title} threw ${messageOf(thrown)}, which is not an Error; throw new Error(...) to keep the stack`;
  const data = { service: step.actor.unit.label, step: step.name };
  const error = new HookError('LIFECYCLE_HOOK_FAILED', message, data, { cause: thrown });
  report(step, 'step:failed', error);
  return { kind: 'failed', error };
}

function abandoned(step: Step): Outcome {
  const took = durationOf(step);
  const awaitedBy = step.actor.awaitedBy();
  const waiting = awaitedBy.length > 0 ? `; waiting for it: ${awaitedBy.join(', ')}` : '';
  const message = `${titleOf(step)} had not settled after ${humanize(took)} and was left behind${waiting}`;
  const data = { service: step.actor.unit.label, step: step.name, duration: took, awaitedBy };
  const error = new HookTimeoutError('LIFECYCLE_HOOK_TIMEOUT', message, data);
  report(step, 'step:abandoned', error);
  return { kind: 'abandoned', error };
}

function slow(step: Step): void {
  const { unit } = step.actor;
  const facts = { service: unit.label, step: step.name, duration: durationOf(step) };
  unit.host.events.emit({ kind: 'step:slow', ...facts, awaitedBy: step.actor.awaitedBy() }, unit.lastEvent);
}

function report(step: Step, kind: 'step:done' | 'step:failed' | 'step:abandoned', error?: Error): void {
  const { unit } = step.actor;
  const cause = error === undefined ? {} : { error };
  const facts = { service: unit.label, step: step.name, duration: durationOf(step) };
  unit.host.events.emit({ kind, ...facts, ...cause }, unit.lastEvent);
}

function durationOf({ actor, began }: Step): number {
  return actor.unit.host.clock.now() - began;
}

/** `Db.onStart`, `creating Db`. */
function titleOf({ actor, name }: Step): string {
  const { label } = actor.unit;
  if (name === 'create') return `creating ${label}`;
  if (name === 'dispose') return `disposing ${label}`;
  if (name === 'disposer') return `a disposer of ${label}`;
  return `${label}.${name}`;
}

/** What the user's code threw, where the error is the engine's wrapping of that. */
export function originOf(error: Error): unknown {
  const isWrapping = error instanceof HookError || (error instanceof TaskError && error.cause !== undefined);
  return isWrapping ? error.cause : error;
}

/** An error to be carried on, whatever was thrown. */
export function errorOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(messageOf(thrown), { cause: thrown });
}
