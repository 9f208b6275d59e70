/** Inversify's activation handlers: what is called with each object that a container makes, before anybody gets it. */

import type { Identifier, PluginContextLike } from './inversify.ts';

export type ActivationContext = Pick<PluginContextLike, 'activationService'>;

type Handler = (context: unknown, instance: unknown) => unknown;

/** The package's own. They take no longer than a call, and give the object that they are given. */
const own = new WeakSet<Handler>();

/** A handler of the package that only looks. */
export function onlooker(look: (instance: unknown) => void): Handler {
  const handler: Handler = (_, instance) => {
    look(instance);
    return instance;
  };
  own.add(handler);
  return handler;
}

/** Adds a handler unless it is there: unbinding takes handlers away, and `restore` puts former ones back. */
export function keepActivation(
  { activationService }: ActivationContext,
  identifier: Identifier,
  handler: Handler,
): void {
  for (const known of activationService.get(identifier) ?? []) if (known === handler) return;
  activationService.add(handler, { serviceId: identifier });
}

/** Whether somebody else has a hand in what is made: it may be replaced, or take time. */
export function hasActivations({ activationService }: ActivationContext, identifier: Identifier): boolean {
  for (const handler of activationService.get(identifier) ?? []) if (!own.has(handler as Handler)) return true;
  return false;
}
