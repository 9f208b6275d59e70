/**
 * What a class (or a constant) says about itself, as plain readonly data. Decorators write it, the engine reads it, and
 * everything can be asked for with it and no decorator (as OTP's `child_spec`).
 */

import { type Duration, milliseconds } from './duration.ts';
import type { Supervised } from './supervision/policy.ts';
import type { TaskSpec } from './tasks/task-spec.ts';

/** The hooks a service may have, in the order of a life. Each is found by its name. */
export const HOOK_NAMES = ['onFirstStart', 'onStart', 'onStarted', 'onStop', 'onShutdown', 'onRestart'] as const;

export type HookName = (typeof HOOK_NAMES)[number];

/** What `@Managed` takes. */
export interface ManagedOptions {
  /** The label of the service; the class name unless given (give one where a minifier renames classes). */
  readonly name?: string;
  /** Limit for creation, `onFirstStart` and `onStart` together. Default 30 s. */
  readonly startTimeout?: Duration;
  /** Limit for the stop of this one service, within the budget of the whole stop. Default: the budget alone. */
  readonly stopTimeout?: Duration;
  /** A failed start of this service does not fail the application; its dependents start without it. Default false. */
  readonly optional?: boolean;
  /** Dependents do not wait for this service's start, `startAll` does. Default false. */
  readonly background?: boolean;
}

/** A service as the engine sees it; the durations are milliseconds. */
export interface ServiceSpec {
  readonly hooks: ReadonlySet<HookName>;
  /** In the order they are defined in, those of base classes first. */
  readonly tasks: readonly TaskSpec[];
  readonly name: string | undefined;
  readonly startTimeout: number;
  readonly stopTimeout: number;
  readonly optional: boolean;
  readonly background: boolean;
  /** Undefined for one that says nothing about it. */
  readonly supervised: Supervised | undefined;
}

/** The limit of a start, for a service that does not say and for components. */
export const START_TIMEOUT = 30_000;

const NO_TASKS: readonly TaskSpec[] = [];

const plainSpecs = new WeakMap<ReadonlySet<HookName>, ServiceSpec>();

/** The spec of a service that says nothing but its hooks. */
export function plainSpec(hooks: ReadonlySet<HookName>): ServiceSpec {
  const spec = plainSpecs.get(hooks) ?? serviceSpec(hooks, {});
  plainSpecs.set(hooks, spec);
  return spec;
}

/** A spec with all its defaults. @throws OptionError */
export function serviceSpec(
  hooks: ReadonlySet<HookName>,
  options: ManagedOptions,
  tasks: readonly TaskSpec[] = NO_TASKS,
  supervised: Supervised | undefined = undefined,
): ServiceSpec {
  const { name, startTimeout, stopTimeout, optional = false, background = false } = options;
  return {
    hooks,
    tasks,
    name,
    startTimeout: startTimeout === undefined ? START_TIMEOUT : milliseconds(startTimeout, 'startTimeout'),
    stopTimeout: stopTimeout === undefined ? Number.POSITIVE_INFINITY : milliseconds(stopTimeout, 'stopTimeout'),
    optional,
    background,
    supervised,
  };
}
