import type { Duration } from '../../src/duration.ts';
import type { Hooks } from '../../src/hooks.ts';
import type { Lifecycle } from '../../src/lifecycle/lifecycle.ts';
import type { LifecycleOptions } from '../../src/lifecycle/options.ts';
import type { BackgroundOptions, CrontabOptions, TimerOptions } from '../../src/tasks/options.ts';
import type { TaskContext } from '../../src/tasks/task-context.ts';
import { type TaskSpec, taskSpec } from '../../src/tasks/task-spec.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { handMade, service } from './hand-made.ts';

/** What the runs of a task do. */
export type Work = (context: TaskContext) => unknown;

/* Tasks whose method is called `work`, unless it is said otherwise. */

export function timer(
  interval: Duration | ((self: never) => Duration),
  options: TimerOptions = {},
  key = 'work',
): TaskSpec {
  const word = { kind: 'timer', method: { key }, interval: interval as Duration, options } as const;
  return taskSpec(word);
}

export function crontab(
  expression: string | ((self: never) => string),
  options: CrontabOptions = {},
  key = 'work',
): TaskSpec {
  return taskSpec({ kind: 'crontab', method: { key }, expression: expression as string, options });
}

export function background(options: BackgroundOptions = {}, key = 'work'): TaskSpec {
  return taskSpec({ kind: 'background', method: { key }, options });
}

export interface Rig {
  readonly clock: ManualClock;
  readonly lifecycle: Lifecycle;
}

/** A lifecycle over one service, `Job`, that has this task, and maybe hooks. */
export function rig(task: TaskSpec, work: Work, hooks: Hooks & object = {}, options: LifecycleOptions = {}): Rig {
  const clock = options.clock instanceof ManualClock ? options.clock : new ManualClock();
  const job = Object.assign(hooks, { work });
  return { clock, lifecycle: handMade({ Job: service(job, { tasks: [task] }) }, { ...options, clock }) };
}

/** The task of a rig. */
export function taskOf({ lifecycle }: Rig): ReturnType<Lifecycle['tasks']['get']> {
  return lifecycle.tasks.get('Job.work');
}

/** Milliseconds since the clock began to count. */
export function since(clock: ManualClock, date: number): number {
  return date - (clock.date() - clock.now());
}
