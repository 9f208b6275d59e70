import { Container, type ContainerOptions, type Newable } from 'inversify';
import { LifecyclePlugin, type PluginOptions } from './plugin.ts';

export interface ServiceContainerOptions extends ContainerOptions {
  /** The lifecycle's options. */
  readonly lifecycle?: PluginOptions;
}

/** A container for services: singletons unless they say otherwise, and with a lifecycle. */
export class ServiceContainer extends Container {
  constructor({ lifecycle = {}, ...options }: ServiceContainerOptions = {}) {
    super({ defaultScope: 'Singleton', ...options });
    this.register(LifecyclePlugin.with(lifecycle));
  }

  /** Binds each of these classes to itself. */
  add(...classes: readonly Newable<unknown>[]): this {
    for (const Class of classes) {
      if (typeof Class !== 'function') {
        throw new TypeError(
          `add() expects classes, got ${String(Class)}; write add(Db, Web), or bind('name').to... for anything else`,
        );
      }
      this.bind(Class).toSelf();
    }
    return this;
  }
}
