/// <reference lib="esnext.disposable" preserve="true" />

import type { Container } from 'inversify';
import { LifecycleError, OptionError } from '../src/errors.ts';
import type { Graph } from '../src/graph/graph.ts';
import { Lifecycle } from '../src/lifecycle/lifecycle.ts';
import type { LifecycleOptions, StartOptions, StopOptions } from '../src/lifecycle/options.ts';
import { STANDING } from '../src/lifecycle/present.ts';
import type { StartReport, StopReport } from '../src/lifecycle/report.ts';
import type { Ref } from '../src/refs.ts';
import { isServiceObject } from '../src/standing.ts';
import { TaskRegistry } from '../src/tasks/registry.ts';
import { watchBindings } from './binding-watch.ts';
import { ContainerSource } from './container-source.ts';
import { checkDependsOn, type DependsOnOption } from './declared.ts';
import { disposeContainer } from './disposal.ts';
import { guardEarlyInstances } from './early-instances.ts';
import type { Identifier, PluginApiLike, PluginContextLike } from './inversify.ts';
import { awaitLoads, LateServices } from './late-services.ts';
import { LAZY_HOME } from './lazy.ts';
import { bindLazies, LazyLookup } from './lazy-bindings.ts';
import { enrol, enrolled, ownerOf } from './registry.ts';
import { guardWaysOut } from './unbinding.ts';

/** What the plugin can be given. */
export interface PluginOptions extends LifecycleOptions {
  /** Dependencies that the container cannot see, for what nobody can decorate: `[{ service: 'api', on: [Db] }]`. */
  readonly dependsOn?: readonly DependsOnOption[];
}

/** What a container with a lifecycle has. */
export interface LifecycleMethods {
  /** Starts all services in the order of their dependencies: see `Lifecycle.startAll`. */
  startAll(options?: StartOptions): Promise<StartReport>;
  /** Stops all services in reverse: see `Lifecycle.stopAll`. */
  stopAll(options?: StopOptions): Promise<StopReport>;
  /** Stops a service and its dependents, and starts them again: see `Lifecycle.restart`. */
  restart(ref: Ref): Promise<StartReport>;
  /** The container's lifecycle: its state, its services, its events. */
  readonly lifecycle: Lifecycle;
  /** What is bound, who needs whom, what is wrong with it, and how it is; nothing is made for it. It never throws. */
  graph(): Graph;
  /** Stops all services, then unbinds everything in reverse, so that `@preDestroy` runs in order too. */
  [Symbol.asyncDispose](): Promise<void>;
}

declare module 'inversify' {
  interface Container extends LifecycleMethods {}
}

const MEMBERS = ['startAll', 'stopAll', 'restart', 'graph', 'lifecycle', Symbol.asyncDispose] as const;

/**
 * Gives a container a lifecycle: `container.register(LifecyclePlugin)`, or with options
 * `container.register(LifecyclePlugin.with({ stopTimeout: '10s' }))`. Registering it again changes nothing.
 */
export class LifecyclePlugin {
  /** What `with` was given. */
  protected static readonly options: PluginOptions = {};
  readonly #container: Container;
  readonly #context: PluginContextLike;

  constructor(container: Container, context: PluginContextLike) {
    this.#container = container;
    this.#context = context;
    // By this Inversify knows a plugin: its own base class is in a package that need not be installed.
    Object.defineProperty(this, Symbol.for('@inversifyjs/plugin/isPlugin'), { value: true });
  }

  /** The plugin with options. */
  static with(options: PluginOptions): typeof LifecyclePlugin {
    return class extends LifecyclePlugin {
      protected static override readonly options = options;
    };
  }

  /**
   * @throws OptionError
   * @throws LifecycleError with code LIFECYCLE_NAME_TAKEN when the container has a method of that name already
   */
  load(api: PluginApiLike): void {
    const container = this.#container;
    if (enrolled(container) !== undefined) return;
    for (const name of MEMBERS) if (name in container) throw nameTaken(name);
    const { dependsOn = [], ...options } = (this.constructor as typeof LifecyclePlugin).options;
    const source = new ContainerSource(container, this.#context, {
      dependsOn: checkDependsOn(dependsOn),
      strict: options.strict === true,
      groups: groupNames(options.supervision),
      hidden: new Set<Identifier>([Lifecycle, TaskRegistry, LAZY_HOME]),
      ownerOf,
      isLabelTaken: (label) => lifecycle.runningGraph.hasByHand(label),
    });
    const lifecycle: Lifecycle = new Lifecycle(source, options);
    const parent = this.#parent();
    if (!lifecycle.hasLogger && parent !== undefined) lifecycle.loggers.inherit(parent.loggers);
    enrol(container, lifecycle, source);
    const lookup = new LazyLookup(container, source, ownerOf);
    const offer = (): void => {
      if (!source.binds(Lifecycle)) container.bind(Lifecycle).toConstantValue(lifecycle);
      if (!source.binds(TaskRegistry)) container.bind(TaskRegistry).toConstantValue(lifecycle.tasks);
      if (!source.binds(LAZY_HOME)) container.bind(LAZY_HOME).toConstantValue(lookup);
      bindLazies(container, source, source.ownBindings());
    };
    offer();
    api.define('startAll', (given?: StartOptions) => lifecycle.startAll(given));
    api.define('stopAll', (given?: StopOptions) => lifecycle.stopAll(given));
    api.define('restart', (ref: Ref) => lifecycle.restart(ref));
    api.define('graph', () => lifecycle.graph());
    api.define(Symbol.asyncDispose, () => disposeContainer(container, source, lifecycle));
    Object.defineProperty(container, 'lifecycle', { value: lifecycle, configurable: true });
    const late = new LateServices(source, lifecycle);
    guardWaysOut(container, source, lifecycle);
    awaitLoads(container, late, lifecycle);
    watchBindings(this.#context, source, lifecycle, {
      onAdded(binding) {
        bindLazies(container, source, [binding]);
        late.added(binding);
      },
      onReset: offer,
    });
    if (lifecycle.guards) guardEarlyInstances(this.#context, source, lifecycle);
  }

  /** The lifecycle of the nearest container above that has one, asked while this one has none. */
  #parent(): Lifecycle | undefined {
    const { bindingService } = this.#context;
    // A container that is asked for what is bound nowhere may bind it.
    if (!new Set(bindingService.getBoundServices()).has(Lifecycle)) return undefined;
    const [binding] = bindingService.getChained(Lifecycle);
    return binding?.type === 'ConstantValue' && binding.value instanceof Lifecycle ? binding.value : undefined;
  }
}

/**
 * The lifecycle of a container, for those whose compiler does not see the container's new methods; or of a service of the base
 * class `Service`: that of its container, or its own.
 *
 * @param options of the lifecycle that a service on its own is given, before its first start
 * @throws LifecycleError with code LIFECYCLE_NOT_REGISTERED for a container that has none
 * @throws OptionError for options of a lifecycle that is there already
 */
export function lifecycle(target: object, options?: LifecycleOptions): Lifecycle {
  if (isServiceObject(target)) return target[STANDING].lifecycle(options);
  if (options !== undefined) {
    throw new OptionError(
      'lifecycle(container) takes no options; write container.register(LifecyclePlugin.with(options))',
    );
  }
  const found = enrolled(target);
  if (found !== undefined) return found;
  const message =
    'this container has no lifecycle; write container.register(LifecyclePlugin), or make it with new ServiceContainer()';
  throw new LifecycleError('LIFECYCLE_NOT_REGISTERED', message);
}

function groupNames(supervision: PluginOptions['supervision']): string[] {
  return typeof supervision === 'object' ? Object.keys(supervision.groups ?? {}) : [];
}

function nameTaken(name: string | symbol): LifecycleError {
  const message = `the container has its own ${String(name)} already, which LifecyclePlugin would hide; rename that one, or register the plugin on a container without it`;
  return new LifecycleError('LIFECYCLE_NAME_TAKEN', message, { name });
}
