import { type Hooks, hooksOf } from '../../src/hooks.ts';
import type { NodeKey } from '../../src/lifecycle/host.ts';
import { Lifecycle } from '../../src/lifecycle/lifecycle.ts';
import type { LifecycleOptions } from '../../src/lifecycle/options.ts';
import {
  type Blueprint,
  type BlueprintNode,
  type Selection,
  type Source,
  targetsOf,
} from '../../src/lifecycle/source.ts';
import { type ManagedOptions, type ServiceSpec, serviceSpec } from '../../src/spec.ts';
import { type SupervisedOptions, supervisedOf } from '../../src/supervision/policy.ts';
import type { TaskSpec } from '../../src/tasks/task-spec.ts';

/** One node of a graph made by hand. */
export interface HandMadeNode {
  readonly needs: readonly string[];
  readonly make: () => unknown;
  /** Undefined where it is known only from the object. */
  readonly spec: ServiceSpec | undefined;
  /** There from the beginning, and not built by the container. */
  readonly constant: boolean;
}

type Options = ManagedOptions & {
  readonly needs?: readonly string[];
  readonly tasks?: readonly TaskSpec[];
  readonly supervised?: SupervisedOptions;
};

/** A node whose object has hooks, known before it is made. */
export function service(
  hooks: Hooks & object,
  { needs = [], tasks = [], supervised, ...options }: Options = {},
): HandMadeNode {
  const spec = serviceSpec(hooksOf(hooks), options, tasks, supervised && supervisedOf(supervised));
  return { needs, make: () => hooks, spec, constant: false };
}

/** A node of which nothing is known before it is made. */
export function made(make: () => unknown, { needs = [] }: Options = {}): HandMadeNode {
  return { needs, make, spec: undefined, constant: false };
}

/** A node that is there from the beginning. */
export function constant(object: object): HandMadeNode {
  const hooks = hooksOf(object);
  return { needs: [], make: () => object, spec: hooks.size === 0 ? undefined : serviceSpec(hooks, {}), constant: true };
}

/** Stands in for the container: the engine runs on specs made by hand, with no Inversify about. */
export class HandMade implements Source {
  readonly nodes: Record<string, HandMadeNode>;
  /** Names in the order their objects were made. */
  readonly made: string[] = [];
  readonly #names: ReadonlyMap<NodeKey, string>;

  constructor(nodes: Record<string, HandMadeNode>) {
    this.nodes = nodes;
    this.#names = new Map(Object.entries(nodes).map(([name, node]) => [node, name]));
  }

  blueprint(only?: Selection): Blueprint {
    const all = Object.entries(this.nodes).map(([name, node]) => this.#node(name, node));
    const wanted = new Set(only === undefined ? all : chosen(all, only));
    const byKey = new Map(all.map((node) => [node.key, node]));
    for (const node of wanted) {
      for (const key of node.dependencies) wanted.add(byKey.get(key) as BlueprintNode);
    }
    return { nodes: all.filter((node) => wanted.has(node)), errors: [], warnings: [] };
  }

  create(key: NodeKey): unknown {
    const name = this.#names.get(key);
    if (name === undefined) throw new Error('create() of a node that does not exist');
    this.made.push(name);
    return this.nodes[name]?.make();
  }

  inspect(instance: object): ServiceSpec | undefined {
    const hooks = hooksOf(instance);
    return hooks.size === 0 ? undefined : serviceSpec(hooks, {});
  }

  #node(name: string, { needs, make, spec, constant }: HandMadeNode): BlueprintNode {
    return {
      key: this.nodes[name] as HandMadeNode,
      label: name,
      identifiers: [name],
      implementation: undefined,
      instance: constant ? make() : undefined,
      spec,
      built: !constant,
      dependencies: needs.map((other) => this.nodes[other] as HandMadeNode),
      foreign: [],
    };
  }
}

function chosen(all: readonly BlueprintNode[], only: Selection): readonly BlueprintNode[] {
  if ('keys' in only) return all.filter(({ key }) => only.keys.includes(key));
  return targetsOf(only, all);
}

/** A lifecycle over nodes made by hand; its lines go nowhere unless it is given a logger. */
export function handMade(nodes: Record<string, HandMadeNode>, options: LifecycleOptions = {}): Lifecycle {
  return new Lifecycle(new HandMade(nodes), { logger: silent, ...options });
}

export const silent = { debug() {}, info() {}, warn() {}, error() {} };
