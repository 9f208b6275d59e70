/**
 * Services that are there before a start makes them: what `container.get` gave, and what was made for that. With the option
 * `guard` they are guarded from then on. Activation handlers tell of them, one for each identifier: Inversify has none for
 * everything.
 */

import { guardEarly, type Maker } from '../src/lifecycle/guard.ts';
import type { Lifecycle } from '../src/lifecycle/lifecycle.ts';
import { keepActivation, onlooker } from './activations.ts';
import { onBindingChange } from './binding-changes.ts';
import { wordsOfValue } from './class-words.ts';
import type { ContainerSource } from './container-source.ts';
import { type BindingLike, bindingLabel, type Identifier, type PluginContextLike } from './inversify.ts';

/** @returns its undo: what comes from then on is not guarded any more */
export function guardEarlyInstances(
  context: PluginContextLike,
  source: ContainerSource,
  lifecycle: Lifecycle,
): () => void {
  const handlers = new Map<Identifier, ReturnType<typeof onlooker>>();
  const watch = (identifier: Identifier): void => {
    const look = (instance: unknown): void => guardInstance(instance, source, makerOf(identifier, context, lifecycle));
    const handler = handlers.get(identifier) ?? onlooker(look);
    handlers.set(identifier, handler);
    keepActivation(context, identifier, handler);
  };
  for (const binding of source.ownBindings()) {
    const { serviceIdentifier } = binding;
    watch(serviceIdentifier);
    guardInstance(madeBy(binding), source, makerOf(serviceIdentifier, context, lifecycle));
  }
  return onBindingChange(context, (change) => {
    if (change.kind === 'reset') for (const { serviceIdentifier } of source.ownBindings()) watch(serviceIdentifier);
    else if (source.binds(change.binding.serviceIdentifier)) watch(change.binding.serviceIdentifier);
    else handlers.delete(change.binding.serviceIdentifier);
  });
}

function guardInstance(instance: unknown, source: ContainerSource, maker: Maker): void {
  if (typeof instance !== 'object' || instance === null) return;
  const { spec } = wordsOfValue(instance);
  if (spec === undefined) return;
  try {
    guardEarly(instance, spec, source.spared(instance), maker);
  } catch {
    // A proxy that refuses: told of when the lifecycle holds it.
  }
}

function makerOf(identifier: Identifier, context: PluginContextLike, { events }: Lifecycle): Maker {
  return {
    labelOf(object) {
      for (const binding of context.bindingService.getNonParentBindings(identifier) ?? []) {
        if (madeBy(binding) === object) return wordsOfValue(object).name ?? bindingLabel(binding);
      }
      return undefined;
    },
    caught: (error, service) => void events.emit({ kind: 'guard:misuse', service, error }),
  };
}

/**
 * The object that a binding gives to everybody, once it has one. While handlers have it in hand it is not that yet, and they
 * may put another one in its place.
 */
function madeBy(binding: BindingLike): unknown {
  return binding.type !== 'ServiceRedirection' && binding.cache.isRight ? binding.cache.value : undefined;
}
