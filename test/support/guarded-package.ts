/* The package with the guard on wherever a container is made: for programs that are to be run under it and not changed. */

import {
  LifecyclePlugin as Plugin,
  type PluginOptions,
  type ServiceContainerOptions,
  ServiceContainer as Services,
} from '../../container/index.ts';

export * from '../../container/index.ts';

export class LifecyclePlugin extends Plugin {
  protected static override readonly options: PluginOptions = { guard: true };

  static override with(options: PluginOptions): typeof Plugin {
    return Plugin.with({ guard: true, ...options });
  }
}

export class ServiceContainer extends Services {
  constructor({ lifecycle, ...options }: ServiceContainerOptions = {}) {
    super({ ...options, lifecycle: { guard: true, ...lifecycle } });
  }
}
