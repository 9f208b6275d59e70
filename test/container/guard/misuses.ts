import { EventEmitter } from 'node:events';
import { Container, inject, injectable, type Newable } from 'inversify';
import {
  LifecyclePlugin,
  lifecycle,
  Managed,
  ServiceContainer,
  type ServiceContext,
} from '../../../container/index.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { silent } from '../../support/hand-made.ts';
import { unbind } from '../../support/plugin-context.ts';
import { tick } from '../../support/recorded.ts';

/** A way to use a service that does not run. */
export interface Misuse {
  readonly pattern: string;
  /** @returns what was thrown, wherever that came up */
  readonly commit: () => Promise<unknown>;
  /** How the message begins: both ends and their states. */
  readonly says: string;
  /** What it says to write. */
  readonly cure: string;
}

const OPTIONS = { guard: true, logger: silent };

function guarded(...classes: Newable<unknown>[]): ServiceContainer {
  return new ServiceContainer({ lifecycle: OPTIONS }).add(...classes);
}

/** What a call throws. */
function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** What the user's code threw, of a start or a stop that failed because of it. */
async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: Error) => error.cause,
  );
}

@injectable()
class Store {
  onStart(): void {}
  get(key: string): string {
    return key;
  }
}

@injectable()
@Managed({ name: 'Store', background: true })
class BackgroundStore extends Store {
  override onStart({ signal }: ServiceContext = {} as ServiceContext): Promise<void> {
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
  }
}

@injectable()
@Managed({ name: 'Store', optional: true })
class OptionalStore extends Store {
  override async onStart(): Promise<void> {
    await tick();
    throw new Error('no route');
  }
}

/** Uses the store after its own stop, over and over, until that is found out. */
@injectable()
@Managed({ name: 'Api' })
class Poller {
  static thrown: unknown;
  constructor(readonly store: Store) {}
  onStart(): void {
    Poller.thrown = undefined;
    const poll = (): void => {
      Poller.thrown = thrownBy(() => this.store.get('news'));
      if (Poller.thrown === undefined) setImmediate(poll);
    };
    setImmediate(poll);
  }

  static async found(): Promise<unknown> {
    while (Poller.thrown === undefined) await tick();
    return Poller.thrown;
  }
}

export const MISUSES: readonly Misuse[] = [
  {
    pattern: 'the program uses it before startAll',
    says: 'code outside any service called Store.get while Store is idle; ',
    cure: 'write await startAll() before the call',
    async commit() {
      const container = guarded(Store);
      return thrownBy(() => container.get(Store).get('x'));
    },
  },
  {
    pattern: 'the program uses it after stopAll',
    says: 'code outside any service called Store.get while Store is stopped; ',
    cure: 'end what calls it',
    async commit() {
      const container = guarded(Store);
      await container.startAll();
      await container.stopAll();
      return thrownBy(() => container.get(Store).get('x'));
    },
  },
  {
    pattern: 'a constructor uses a background service',
    says: 'Api (starting) called Store.get while Store is starting; Store runs only after its onStart has fulfilled; ',
    cure: '@Managed({ background: true }): take that away',
    async commit() {
      @injectable()
      class Api {
        constructor(store: BackgroundStore) {
          store.get('x');
        }
        onStart(): void {}
      }
      return failureOf(guarded(Api, BackgroundStore).startAll());
    },
  },
  {
    pattern: 'the constructor of a transient uses what was made for it',
    says: 'code outside any service called Store.get while Store is idle; ',
    cure: 'write await startAll() before the call',
    async commit() {
      @injectable('Transient')
      class Page {
        constructor(store: Store) {
          store.get('x');
        }
      }
      const container = guarded(Page, Store);
      return thrownBy(() => container.get(Page));
    },
  },
  {
    pattern: 'a hook looks up what its service does not depend on',
    says: 'Api (starting) called Store.get while Store is starting; ',
    cure: 'write @DependsOn(Store) on Api',
    async commit() {
      @injectable()
      @Managed({ name: 'Store' })
      class SlowStore extends Store {
        override onStart(): Promise<void> {
          return tick();
        }
      }
      @injectable()
      class Api {
        onStart(): void {
          container.get(SlowStore).get('x');
        }
      }
      const container = guarded(SlowStore, Api);
      return failureOf(container.startAll());
    },
  },
  {
    pattern: 'an async value uses what the container cannot see that it needs',
    says: 'config (starting) called Store.get while Store is idle; ',
    cure: 'or use the option dependsOn',
    async commit() {
      @injectable()
      class Api {
        constructor(@inject('config') readonly config: string) {}
        onStart(): void {}
      }
      const container = guarded(Api, Store);
      container
        .bind('config')
        .toDynamicValue(async (context) => (await context.getAsync(Store)).get('config'))
        .inSingletonScope();
      return failureOf(container.startAll({ only: [Api] }));
    },
  },
  {
    pattern: 'a service looks up one that was left out of the start',
    says: 'Api (running) called Store.get while Store is idle; ',
    cure: 'write @DependsOn(Store) on Api',
    async commit() {
      @injectable()
      class Api {
        onStart(): void {}
        handle(): string {
          return container.get(Store).get('x');
        }
      }
      const container = guarded(Api, Store);
      await container.startAll({ only: [Api] });
      return thrownBy(() => container.get(Api).handle());
    },
  },
  {
    pattern: 'an optional service has failed, and is used all the same',
    says: 'Api (starting) called Store.get while Store is crashed; ',
    cure: 'it is optional and has failed',
    async commit() {
      @injectable()
      class Api {
        constructor(readonly store: OptionalStore) {}
        onStart(): void {
          this.store.get('x');
        }
      }
      return failureOf(guarded(Api, OptionalStore).startAll());
    },
  },
  {
    pattern: 'a timer is left running after the stop',
    says: 'Api (stopped) called Store.get while Store is stopped; ',
    cure: 'end in Api.onStop what goes on after it',
    async commit() {
      const container = guarded(Poller, Store);
      await container.startAll();
      await container.stopAll();
      return Poller.found();
    },
  },
  {
    pattern: 'a service of a child container goes on after the stop of the parent',
    says: 'Api (stopped) called Store.get while Store is stopped; ',
    cure: 'end in Api.onStop what goes on after it',
    async commit() {
      const parent = guarded(Store);
      const child = new Container({ parent, defaultScope: 'Singleton' });
      child.register(LifecyclePlugin.with(OPTIONS));
      child.bind(Poller).toSelf();
      await child.startAll();
      await parent.stopAll();
      return Poller.found();
    },
  },
  {
    pattern: 'a listener is left behind after the stop',
    says: 'code outside any service called Api.handle while Api is stopped; ',
    cure: 'end what calls it (a timer, a listener, a request)',
    async commit() {
      const requests = new EventEmitter();
      @injectable()
      class Api {
        onStart(): void {
          requests.on('request', () => this.handle());
        }
        handle(): void {}
      }
      const container = guarded(Api);
      await container.startAll();
      requests.emit('request');
      await container.stopAll();
      return thrownBy(() => requests.emit('request'));
    },
  },
  {
    pattern: 'what it depends on calls it back after its stop',
    says: 'Bus (stopping) called Api.handle while Api is stopped; ',
    cure: 'let Api.onStop take back what it has given to Bus',
    async commit() {
      let thrown: unknown;
      @injectable()
      class Bus {
        readonly #listeners: (() => void)[] = [];
        listen(listener: () => void): void {
          this.#listeners.push(listener);
        }
        onStop(): void {
          thrown = thrownBy(() => this.#listeners.forEach((listener) => void listener()));
        }
      }
      @injectable()
      class Api {
        constructor(readonly bus: Bus) {}
        onStart(): void {
          this.bus.listen(() => this.handle());
        }
        handle(): void {}
      }
      const container = guarded(Api, Bus);
      await container.startAll();
      await container.stopAll();
      return thrown;
    },
  },
  {
    pattern: 'a hook that was given up goes on when what it needs is down',
    says: 'Api (stopped) called Store.get while Store is stopped; ',
    cure: 'end in Api.onStop what goes on after it',
    async commit() {
      const clock = new ManualClock();
      let goOn = (): void => {};
      let late: Promise<unknown> | undefined;
      @injectable()
      class Api {
        constructor(readonly store: Store) {}
        onStop(): Promise<unknown> {
          late = new Promise<void>((resolve) => (goOn = resolve)).then(() => this.store.get('x'));
          return late;
        }
      }
      const container = new ServiceContainer({ lifecycle: { ...OPTIONS, clock } }).add(Api, Store);
      await container.startAll();
      const stop = container.stopAll({ timeout: 1_000 }).catch(() => {});
      await clock.advance(1_000);
      await stop;
      goOn();
      return late?.catch((error: unknown) => error);
    },
  },
  {
    pattern: 'a listener of events uses it in the middle of its restart',
    says: 'code outside any service called Store.get while Store is restarting; ',
    cure: "look at lifecycle.get('Store').state before the call",
    async commit() {
      let thrown: unknown;
      const container = guarded(Store);
      await container.startAll();
      lifecycle(container).on(({ kind }) => {
        if (kind === 'service:restarting') thrown = thrownBy(() => container.get(Store).get('x'));
      });
      await container.restart(Store);
      return thrown;
    },
  },
  {
    pattern: 'somebody has kept it, and its binding is gone',
    says: 'code outside any service called Store.get while Store is stopped and unbound; ',
    cure: 'end what calls it',
    async commit() {
      const container = guarded(Store);
      await container.startAll();
      const store = container.get(Store);
      await unbind(container, Store);
      await tick();
      return thrownBy(() => store.get('x'));
    },
  },
];
