import { LifecycleError, messageOf } from '../errors.ts';

/** A run of a task failed: `cause` is what it threw; one that took too long has the code LIFECYCLE_TASK_TIMEOUT and no cause. */
export class TaskError extends LifecycleError {}

/** @param task `<ServiceLabel>.<task name>` */
export function failedRun(task: string, run: number, thrown: unknown): TaskError {
  const text = messageOf(thrown);
  const message =
    thrown instanceof Error
      ? `task ${task} failed: ${text}`
      : `task ${task} threw ${text}, which is not an Error; throw new Error(...) to keep the stack`;
  return new TaskError('LIFECYCLE_TASK_FAILED', message, { task, run }, { cause: thrown });
}

/** @param limit in words. @param isStopping whether its service's stop has begun */
export function lateRun(task: string, run: number, limit: string, isStopping: boolean): TaskError {
  const next = isStopping ? 'the stop of its service waits for it' : 'its next run waits until it settles';
  const message = `task ${task} had not settled after its timeout of ${limit}; its signal has aborted, and ${next}`;
  return new TaskError('LIFECYCLE_TASK_TIMEOUT', message, { task, run });
}

/** Its service's stop could not wait for it any longer. */
export function abandonedTask(task: string): TaskError {
  const message = `task ${task} had not ended when the time of its service's stop was up and was left behind; let it end when its signal aborts`;
  return new TaskError('LIFECYCLE_TASK_TIMEOUT', message, { task });
}

/** What a task says of itself makes no sense for this instance, or could not be asked. */
export function unpreparedTask(task: string, thrown: unknown): TaskError {
  const message = `task ${task} cannot be set up: ${messageOf(thrown)}`;
  return new TaskError('LIFECYCLE_TASK_FAILED', message, { task }, { cause: thrown });
}

/** @param service the state that its service is in */
export function notRunning(task: string, service: string): LifecycleError {
  const message = `task ${task} cannot be run: its service is ${service}; trigger it while its service runs`;
  return new LifecycleError('LIFECYCLE_NOT_RUNNING', message, { task, service });
}

export function waitsForItself(task: string): LifecycleError {
  const message = `trigger() of task ${task} was called from inside its own run, which it would wait for; call it from outside, or do not await it and let overlap be { max: 2 }`;
  return new LifecycleError('LIFECYCLE_REENTRANT', message, { task });
}
