/** The tasks that a class says it has, checked once. */

import { taskWordsOf } from '../decorators/tasks.ts';
import { messageOf } from '../src/errors.ts';
import type { TaskWord } from '../src/tasks/options.ts';
import { type TaskSpec, taskSpec } from '../src/tasks/task-spec.ts';
import type { ClassLike } from './inversify.ts';

export interface ClassTasks {
  /** Those that make sense. */
  readonly tasks: readonly TaskSpec[];
  /** What is wrong with the others, in words. */
  readonly faults: readonly string[];
}

const known = new WeakMap<ClassLike, ClassTasks>();

export function tasksOf(Class: ClassLike): ClassTasks {
  const tasks = known.get(Class) ?? read(Class);
  known.set(Class, tasks);
  return tasks;
}

const DECORATORS: Readonly<Record<TaskWord['kind'], string>> = {
  timer: '@Timer',
  crontab: '@Crontab',
  background: '@Background',
};

function read(Class: ClassLike): ClassTasks {
  const tasks: TaskSpec[] = [];
  const faults: string[] = [];
  const names = new Set<string>();
  for (const word of taskWordsOf(Class)) {
    const decorator = DECORATORS[word.kind];
    try {
      const task = taskSpec(word);
      if (names.has(task.name)) faults.push(nameTaken(Class, task.name, decorator));
      else tasks.push(task);
      names.add(task.name);
    } catch (error) {
      faults.push(`${decorator} of ${Class.name}.${String(word.method.key)}: ${messageOf(error)}`);
    }
  }
  return { tasks, faults };
}

function nameTaken(Class: ClassLike, name: string, decorator: string): string {
  return `${Class.name} has two tasks named ${name}; give one of them a name of its own: ${decorator}(..., { name: '${name}-2' })`;
}
