import { type BindingIdentifier, Container, type ContainerModule, type ServiceIdentifier } from 'inversify';
import type { BindingGraph, BindingNode } from '../../container/binding-graph.ts';
import type { WalkOptions } from '../../container/binding-walk.ts';
import { walkBindings } from '../../container/bindings.ts';
import { aliasesAreAncestors, type BindingLike, type PluginContextLike } from '../../container/inversify.ts';

/** What `onPlan` hands out; its shape differs between 7 and 8. */
export type PlanListener = (plan: unknown) => void;

/** The context Inversify gives to a plugin of this container. */
export function contextOf(container: Container, onPlan?: PlanListener): PluginContextLike {
  let found: PluginContextLike | undefined;
  class Probe {
    constructor(_container: Container, context: PluginContextLike) {
      Object.defineProperty(this, Symbol.for('@inversifyjs/plugin/isPlugin'), { value: true });
      found = context;
    }
    load(api: { onPlan(listener: (options: unknown, plan: unknown) => void): void }): void {
      if (onPlan !== undefined) api.onPlan((_, plan) => onPlan(plan));
    }
  }
  container.register(Probe);
  if (found === undefined) throw new Error('the plugin was not given its context');
  return found;
}

/** All bindings of the container itself. */
export function ownBindings({ bindingService }: PluginContextLike): BindingLike[] {
  return [...bindingService.getNonParentBoundServices()].flatMap((id) => [
    ...(bindingService.getNonParentBindings(id) ?? []),
  ]);
}

/** The graph of all the container's own bindings. */
export function graphOf(container: Container, options: WalkOptions = {}): BindingGraph {
  const context = contextOf(container);
  return walkBindings(context.bindingService, ownBindings(context), {
    aliasesAreAncestors: aliasesAreAncestors(container),
    ...options,
  });
}

/** The one node of that label. */
export function nodeOf({ nodes }: BindingGraph, label: string): BindingNode {
  const found = [...nodes.values()].filter((node) => node.label === label);
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} nodes are called ${label}`);
  return found[0];
}

/** Every edge as `Web -> Db constructor[0]`, sorted. */
export function edgesOf({ nodes }: BindingGraph): string[] {
  return [...nodes.values()]
    .flatMap(({ label, dependencies }) =>
      [...dependencies].map(([id, { via }]) => `${label} -> ${nodes.get(id)?.label} ${via.join(' ')}`),
    )
    .sort();
}

/** A container whose classes are singletons. */
export function singletons(options: ConstructorParameters<typeof Container>[0] = {}): Container {
  return new Container({ defaultScope: 'Singleton', ...options });
}

/** The method that may wait has one name in 8 and another in 7. */
export async function unbind(container: Container, id: BindingIdentifier | ServiceIdentifier): Promise<void> {
  await (container.unbindAsync ?? container.unbind).call(container, id);
}

export async function unbindAll(container: Container): Promise<void> {
  await (container.unbindAllAsync ?? container.unbindAll).call(container);
}

export async function load(container: Container, module: ContainerModule): Promise<void> {
  await (container.loadAsync ?? container.load).call(container, module);
}

export async function unload(container: Container, module: ContainerModule): Promise<void> {
  await (container.unloadAsync ?? container.unload).call(container, module);
}
