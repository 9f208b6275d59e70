import type { Container } from 'inversify';
import { StopError } from '../src/errors.ts';
import type { Lifecycle } from '../src/lifecycle/lifecycle.ts';
import { errorOf } from '../src/lifecycle/step.ts';
import type { ContainerSource } from './container-source.ts';
import { bindingIdentifier } from './inversify.ts';

/**
 * Stops everything, then unbinds it, dependents first, so that `@preDestroy` and `onDeactivation` run in order as well:
 * Inversify's own `unbindAll` runs them all at once. What goes wrong is collected, as in a stop.
 *
 * @throws StopError
 */
export async function disposeContainer(
  container: Container,
  source: ContainerSource,
  lifecycle: Lifecycle,
): Promise<void> {
  const errors: Error[] = [];
  const collect = async (work: Promise<unknown>): Promise<void> => {
    try {
      await work;
    } catch (thrown) {
      if (thrown instanceof StopError) errors.push(...thrown.errors);
      else errors.push(errorOf(thrown));
    }
  };
  await collect(lifecycle.stopAll());
  for (const id of source.idsInOrder().reverse()) await collect(unbind(container, id));
  if (errors.length > 0) throw new StopError(errors);
}

async function unbind(container: Container, id: number): Promise<void> {
  const binding = bindingIdentifier(id);
  // In 7 it is `unbind` that is asynchronous.
  if (container.unbindAsync === undefined) await container.unbind(binding);
  else await container.unbindAsync(binding);
}
