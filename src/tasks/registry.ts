import { suggestion } from '../did-you-mean.ts';
import { LifecycleError, textOf } from '../errors.ts';
import type { TaskHandle } from './handle.ts';

/**
 * The tasks of all services of one container: timers, crontabs, background tasks, and what was spawned while it lasts. Like
 * services they are known from the first start on. Inject it or get it: `container.get(TaskRegistry)`.
 */
export class TaskRegistry implements Iterable<TaskHandle> {
  readonly #all: () => Iterable<TaskHandle>;

  constructor(all: () => Iterable<TaskHandle>) {
    this.#all = all;
  }

  get size(): number {
    return [...this].length;
  }

  /**
   * The task of this name, `<ServiceLabel>.<method or options.name>`.
   *
   * @throws LifecycleError with code LIFECYCLE_UNKNOWN_TASK, with the names there are
   */
  get(name: string): TaskHandle {
    for (const task of this) if (task.name === name) return task;
    throw unknownTask(
      name,
      Array.from(this, (task) => task.name),
    );
  }

  [Symbol.iterator](): Iterator<TaskHandle> {
    return this.#all()[Symbol.iterator]();
  }
}

function unknownTask(name: unknown, names: readonly string[]): LifecycleError {
  const hint = suggestion(
    typeof name === 'string' ? name : textOf(name),
    names,
    'There is none yet: services are known from the first start on.',
  );
  const message = `there is no task ${textOf(name)}; a task is called '<ServiceLabel>.<method>'. ${hint}`;
  return new LifecycleError('LIFECYCLE_UNKNOWN_TASK', message, { name, known: names });
}
