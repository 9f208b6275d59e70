/**
 * What happens to a container's bindings, heard where Inversify tells child containers that plans are no longer valid.
 * The same on 7.11.0 and 8.2.3 (container `BindingManager`, `ContainerModuleManager`, `ServiceReferenceManager`):
 *
 * - bind, also in a module's load: `added`, one per binding, at `.to...()`; its scope and `.when...()` come later.
 * - unbind by identifier or binding, rebind: `removed` per binding, when it is gone and deactivated; rebind then `added`.
 * - unload, unbindAll, restore: `reset`, once, when all is done. So does what context-sensitive plans make stale: a bind
 *   may bring both. `get(..., { autobind: true })` is a bind; what the container option `autobind` binds is not heard.
 * - A child hears its parents' events too. `removed` may be said of a parent's binding that a child's unbind left alone.
 *
 * So an event means: look again. It does not say what the bindings are now.
 */

import type {
  BindingLike,
  InvalidationSubscriber,
  PlanResultCacheServiceLike,
  PluginContextLike,
} from './inversify.ts';

/** One event; see the file's comment for what each can mean. */
export type BindingChange =
  | { readonly kind: 'added' | 'removed'; readonly binding: BindingLike }
  | { readonly kind: 'reset' };

/** Inversify holds subscribers weakly: these live as long as what they are subscribed to. */
const subscribers = new WeakMap<PlanResultCacheServiceLike, Set<InvalidationSubscriber>>();

/**
 * Calls `onChange` for every change, synchronously; it must not throw, since a bind or an unbind would.
 *
 * @returns its undo
 */
export function onBindingChange(
  { planResultCacheService: source }: Pick<PluginContextLike, 'planResultCacheService'>,
  onChange: (change: BindingChange) => void,
): () => void {
  let listening = true;
  const tell = (change: BindingChange): void => {
    if (listening) onChange(change);
  };
  const subscriber: InvalidationSubscriber = {
    invalidateServiceBinding: ({ binding, kind }) =>
      tell({ kind: kind === 'bindingAdded' ? 'added' : 'removed', binding }),
    clearCache: () => tell({ kind: 'reset' }),
  };
  const held = subscribers.get(source) ?? new Set();
  subscribers.set(source, held.add(subscriber));
  source.subscribe(subscriber);
  return () => {
    listening = false;
    held.delete(subscriber);
  };
}
