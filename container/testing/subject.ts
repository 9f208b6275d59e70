/** The container that a test is about. */

import type { Container } from 'inversify';
import { OptionError, textOf } from '../../src/errors.ts';
import type { Lifecycle } from '../../src/lifecycle/lifecycle.ts';
import type { TestWorld } from '../../src/testing/world.ts';
import type { ContainerSource } from '../container-source.ts';
import { lifecycle as lifecycleOf } from '../plugin.ts';
import { sourceOf } from '../registry.ts';
import { type Override, override } from './overrides.ts';

/** Makes a container, and puts it into the world that it is given: `({ clock }) => new ServiceContainer()...`. */
export type MakeContainer<C extends Container> = (world: TestWorld) => C | Promise<C>;

/** A container that nobody has started, and what belongs to it. */
export interface Fresh<C extends Container> {
  readonly container: C;
  readonly lifecycle: Lifecycle;
  readonly source: ContainerSource;
}

/**
 * @param what names the call in errors
 * @throws OptionError for what is no container, or one that was started
 * @throws LifecycleError with code LIFECYCLE_NOT_REGISTERED for one without the plugin
 */
export async function fresh<C extends Container>(
  container: C,
  overrides: readonly Override<unknown>[],
  what: string,
): Promise<Fresh<C>> {
  if (typeof container !== 'object' || container === null || typeof container.bind !== 'function') {
    throw new OptionError(`${what} expects a container, got ${textOf(container)}; let the function return it`);
  }
  const lifecycle = lifecycleOf(container);
  refuseStarted(lifecycle, what);
  const source = sourceOf(lifecycle) as ContainerSource;
  await override(container, source, overrides);
  return { container, lifecycle, source };
}

/** @throws OptionError */
export function refuseStarted(lifecycle: Lifecycle, what: string): void {
  const { state } = lifecycle;
  if (state === 'idle') return;
  throw new OptionError(
    `${what} expects a container that was never started, since its time is still to be put in place; this one is ${state}. Make it anew: ${what.replace('()', '')}(() => new ServiceContainer().add(...))`,
    { state },
  );
}
