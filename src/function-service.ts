import { OptionError, textOf } from './errors.ts';
import type { ServiceContext } from './lifecycle/context.ts';
import { STANDING } from './lifecycle/present.ts';
import { Service } from './service.ts';
import { ServiceStanding } from './standing.ts';
import type { TaskFunction } from './tasks/spawned.ts';
import { isThenable } from './thenable.ts';

/** A service that is one function. */
class FunctionService extends Service {
  readonly #run: TaskFunction;

  constructor(name: string, run: TaskFunction) {
    super();
    this.#run = run;
    const { stop } = this[STANDING];
    Object.defineProperty(this, STANDING, { value: new ServiceStanding(this, stop, name) });
  }

  /** Not in `onStart`: it may need to be running. */
  onStarted({ spawn }: ServiceContext): void {
    spawn(this.#run, { name: 'run' });
  }
}

/**
 * A service whose work is a function: it is called when the service runs, in each life anew, and its `signal` aborts when the
 * stop begins, which then waits for it. When it returns the work is done (so is a Worker's with `daemon: false`, or
 * `runUntilComplete`), and when it throws the service crashes. Bind it with `toConstantValue`, or start it as it is.
 *
 * Mode's `Service.from_awaitable`.
 *
 * @param name the label of the service
 * @throws OptionError
 */
export function fromFunction(name: string, run: TaskFunction): Service {
  if (typeof run !== 'function') {
    throw new OptionError(`fromFunction() expects a function like async ({ signal }) => {}, got ${textOf(run)}`);
  }
  return new FunctionService(checkedName(name, 'fromFunction()'), run);
}

/**
 * A service whose work is a promise that is under way already: when it fulfils the work is done, and when it rejects the service
 * crashes. The stop waits for it, but cannot end it; what can be ended is a function, see `fromFunction`.
 *
 * @param name the label of the service
 * @throws OptionError
 */
export function fromPromise(name: string, promise: PromiseLike<unknown>): Service {
  if (!isThenable(promise)) {
    throw new OptionError(
      `fromPromise() expects a promise, got ${textOf(promise)}; for a function that gives one write fromFunction()`,
    );
  }
  return new FunctionService(checkedName(name, 'fromPromise()'), () => promise);
}

function checkedName(name: string, call: string): string {
  if (typeof name === 'string' && name !== '') return name;
  throw new OptionError(`${call} expects a name like 'job', got ${name === '' ? 'an empty one' : textOf(name)}`);
}
