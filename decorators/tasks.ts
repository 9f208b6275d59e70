import type { Duration } from '../src/duration.ts';
import type { BackgroundOptions, CrontabOptions, TaskMethod, TaskWord, TimerOptions } from '../src/tasks/options.ts';
import type { TaskContext } from '../src/tasks/task-context.ts';
import { type AnyClass, ownWord, readWords, writeWord } from './metadata.ts';
import { checkedMethod } from './method.ts';

const TASKS = 'tasks';

/** What a task's method may look like: it can do with less than it is given, and what it gives is awaited and ignored. */
type TaskMethodType = (context: TaskContext) => unknown;

/** A method decorator that works with `experimentalDecorators` and as a TC39 one, on methods that fit. */
export interface TaskDecorator<Self> {
  <This extends Self, M extends TaskMethodType>(
    method: M,
    context: ClassMethodDecoratorContext<This, M & ((this: This, ...args: never[]) => unknown)>,
  ): void;
  <This extends Self & object, M extends TaskMethodType>(
    prototype: This,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<M>,
  ): void;
}

/**
 * Runs the method again and again while the service runs: run k is due at start + k * interval, by a clock that never jumps,
 * so one that is late does not make the next one late. A run that throws is logged and counted, and the next one comes as due.
 * A method that a subclass overrides stays a task; one that it decorates again is the subclass's alone. The idea is Mode's
 * `@Service.timer`; its drift and overlaps are not.
 *
 * @param interval milliseconds, a text like `'250ms'`, `'10s'`, `'5m'`, or a function that computes it from the service at
 *   each start, after its `onStart`; at least 1 ms
 * @throws TypeError when it decorates anything but a method of instances. What makes no sense otherwise is a fault of the
 *   graph, told before anything starts
 */
export function Timer<Self = object>(
  interval: Duration | ((self: Self) => Duration),
  options: TimerOptions<Self> = {},
): TaskDecorator<Self> {
  return taskDecorator('@Timer', (method) => ({
    kind: 'timer',
    method,
    interval: interval as Duration | ((self: object) => Duration),
    options,
  }));
}

/**
 * Runs the method whenever a cron expression comes true, while the service runs: five fields, or six with seconds in front
 * (croner's syntax), in the machine's time zone or in `timeZone`. Where clocks change, a fixed time of day comes once. Mode's
 * `@Service.crontab`.
 *
 * @param expression a text like `'30 18 * * *'`, or a function that computes it from the service at each start
 * @throws TypeError when it decorates anything but a method of instances
 */
export function Crontab<Self = object>(
  expression: string | ((self: Self) => string),
  options: CrontabOptions<Self> = {},
): TaskDecorator<Self> {
  return taskDecorator('@Crontab', (method) => ({
    kind: 'crontab',
    method,
    expression: expression as string | ((self: object) => string),
    options,
  }));
}

/**
 * Runs the method once, as long as it likes, while the service runs; it ends when its `signal` aborts. When it returns it is
 * done. When it throws it is run again, with back-off; when that happens too often the service crashes. Mode's
 * `@Service.task`.
 *
 * @throws TypeError when it decorates anything but a method of instances
 */
export function Background<Self = object>(options: BackgroundOptions<Self> = {}): TaskDecorator<Self> {
  return taskDecorator('@Background', (method) => ({ kind: 'background', method, options }));
}

/** What a class and its bases say of their tasks, in the order they are defined in, those of the bases first. */
export function taskWordsOf(target: AnyClass): readonly TaskWord[] {
  const tasks: TaskWord[] = [];
  for (const { value } of readWords<readonly TaskWord[]>(target, TASKS).reverse()) {
    const kept = tasks.filter((task) => !value.some((word) => replaces(word, task)));
    tasks.splice(0, tasks.length, ...kept, ...value);
  }
  return tasks;
}

/** Decorated again in a subclass, a method is what is said there; a private one is another method, whatever its name. */
function replaces(word: TaskWord, { kind, method }: TaskWord): boolean {
  return (
    word.kind === kind && word.method.key === method.key && word.method.get === undefined && method.get === undefined
  );
}

function taskDecorator<Self>(name: string, wordOf: (method: TaskMethod) => TaskWord): TaskDecorator<Self> {
  return (...given: readonly unknown[]): void => {
    const { place, method } = checkedMethod(name, given);
    const known = ownWord<readonly TaskWord[]>(place, TASKS) ?? [];
    writeWord(place, TASKS, [...known, wordOf(method)]);
  };
}
