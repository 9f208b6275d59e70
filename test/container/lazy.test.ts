import {
  Container,
  ContainerModule,
  inject,
  injectable,
  LazyServiceIdentifier,
  type Newable,
  optional,
} from 'inversify';
import { beforeEach, describe, expect, it } from 'vitest';
import { Lazy, LifecyclePlugin, lazy, Managed, ServiceContainer } from '../../container/index.ts';
import { silent } from '../support/hand-made.ts';
import { rejection } from '../support/recorded.ts';
import { loadAsync, unbindAllAsync, unbindAsync } from '../support/versions.ts';

const log: string[] = [];

beforeEach(() => {
  log.length = 0;
});

function containerOf(...classes: Newable<unknown>[]): ServiceContainer {
  return new ServiceContainer({ lifecycle: { logger: silent } }).add(...classes);
}

/** It uses what needs it. */
@injectable()
class Bus {
  constructor(@inject(lazy(() => Handler)) readonly handler: Lazy<Handler>) {}
  onStart(): void {
    log.push('+Bus');
  }
  onStop(): void {
    log.push('-Bus');
  }
  send(text: string): void {
    this.handler.value.handle(text);
  }
}

@injectable()
class Handler {
  constructor(readonly bus: Bus) {}
  onStart(): void {
    log.push('+Handler');
  }
  onStop(): void {
    log.push('-Handler');
  }
  handle(text: string): void {
    log.push(`handles ${text}`);
  }
}

/** No hooks. */
@injectable()
class Config {
  readonly url = 'db:';
}

@injectable()
class Reader {
  constructor(@inject(lazy(Config)) readonly config: Lazy<Config>) {}
  onStart(): void {}
}

describe('Lazy', () => {
  it('lets two services need each other, and is no edge', async () => {
    const container = containerOf(Bus, Handler);
    expect(container.graph().errors).toEqual([]);
    expect(container.graph().warnings).toEqual([]);
    expect(container.graph().edges.map(({ from, to }) => [from, to])).toHaveLength(1);
    expect(container.graph().nodes.map(({ label }) => label)).toEqual(['Bus', 'Handler']);
    await container.startAll();
    container.get(Bus).send('hello');
    expect(container.get(Bus).handler.value).toBe(container.get(Handler));
    await container.stopAll();
    expect(log).toEqual(['+Bus', '+Handler', 'handles hello', '-Handler', '-Bus']);
  });

  it('has what it leads to only while that runs', async () => {
    const container = containerOf(Bus, Handler);
    const { handler } = container.get(Bus);
    const refused = (state: string) => {
      expect(handler.peek()).toBeUndefined();
      expect(() => handler.value).toThrow(
        expect.objectContaining({ code: 'LIFECYCLE_NOT_RUNNING', data: { service: 'Handler', state } }),
      );
    };
    refused('idle');
    await container.startAll({ only: [Bus] });
    refused('idle');
    await container.startAll();
    expect(handler.peek()).toBe(handler.value);
    await container.lifecycle.restart(Handler);
    expect(handler.value).toBe(container.get(Handler));
    await container.stopAll();
    refused('stopped');
    await container.startAll();
    expect(handler.value).toBe(container.get(Handler));
    await container.stopAll();
  });

  it('in a start hook tells who does not run yet, and what to write', async () => {
    @injectable()
    class Hasty {
      constructor(@inject(lazy('late')) readonly late: Lazy<object>) {}
      onStart(): void {
        this.late.value;
      }
    }
    @injectable()
    class Late {
      constructor(readonly hasty: Hasty) {}
      onStart(): void {}
    }
    const container = containerOf(Hasty);
    container.bind('late').to(Late);
    expect((await rejection(container.startAll())).message).toContain(
      "Late, which is not injected but looked up (Lazy), is idle; use its value while it runs, look with peek(), or write await wait({ state: 'running', of: Late }) first",
    );
  });

  it('makes what has no life when it is used first, and keeps it', async () => {
    const container = containerOf(Reader);
    container.bind(Config).toSelf().inTransientScope();
    await container.startAll();
    const { config } = container.get(Reader);
    expect(config.value.url).toBe('db:');
    expect(config.value).toBe(config.value);
    expect(config.value).not.toBe(container.get(Config));
    await container.stopAll();
    expect(config.value.url).toBe('db:');
  });

  it('leads to constants, values and aliases', async () => {
    @injectable()
    class User {
      constructor(
        @inject(lazy('number')) readonly number: Lazy<number>,
        @inject(lazy('alias')) readonly alias: Lazy<Handler>,
        @inject(lazy('made')) readonly made: Lazy<{ name: string }>,
        @inject(lazy('living')) readonly living: Lazy<object>,
      ) {}
      onStart(): void {}
    }
    const container = containerOf(User, Bus, Handler);
    container.bind('number').toConstantValue(7);
    container.bind('alias').toService(Handler);
    container.bind('made').toDynamicValue(() => ({ name: 'made' }));
    container.bind('living').toDynamicValue(() => ({ onStart() {} }));
    await container.startAll();
    const { number, alias, made, living } = container.get(User);
    expect([number.value, alias.value, made.value.name]).toEqual([7, container.get(Handler), 'made']);
    expect(made.value).toBe(container.get('made'));
    expect(() => living.value).toThrow(expect.objectContaining({ code: 'LIFECYCLE_NOT_RUNNING' }));
    await container.startAll({ only: ['living'] });
    expect(living.value).toBe(container.get('living'));
    await container.stopAll();
  });

  it('leads to what is bound by then', async () => {
    const container = containerOf(Reader);
    await container.startAll();
    const { config } = container.get(Reader);
    expect(config.peek()).toBeUndefined();
    expect(() => config.value).toThrow(
      expect.objectContaining({
        code: 'LIFECYCLE_UNKNOWN_REF',
        message: 'nothing is bound to Config, which lazy(Config) leads to; write container.bind(Config).toSelf()',
      }),
    );
    container.add(Config);
    expect(config.value).toBe(container.get(Config));
    await container.stopAll();
  });

  it('of a service that is bound anew leads to the new one', async () => {
    const container = containerOf(Bus, Handler);
    await container.startAll();
    const { handler } = container.get(Bus);
    const before = handler.value;
    await unbindAsync(container, Handler);
    expect(handler.peek()).toBeUndefined();
    container.add(Handler);
    await container.startAll();
    expect(handler.value).toBe(container.get(Handler));
    expect(handler.value).not.toBe(before);
    await container.stopAll();
  });

  it('of several is refused, with the candidates', async () => {
    const container = containerOf(Reader, Config, Config);
    await container.startAll();
    const { config } = container.get(Reader);
    for (const look of [() => config.value, () => config.peek()]) {
      expect(look).toThrow(
        expect.objectContaining({
          code: 'LIFECYCLE_AMBIGUOUS_REF',
          message: expect.stringContaining('lazy(Config) expects one binding, and 2 match: Config, Config'),
        }),
      );
    }
    await container.stopAll();
  });

  it('that leads nowhere is a warning, once the graph is looked at', async () => {
    expect(containerOf(Reader).graph().warnings).toEqual([
      {
        code: 'MISSING',
        message: 'nothing is bound to Config (write container.bind(Config).toSelf()), looked up by Reader (Lazy)',
        nodes: ['Reader'],
      },
    ]);
    expect(containerOf(Reader, Config, Config).graph().warnings).toMatchObject([
      { code: 'AMBIGUOUS', nodes: ['Reader'] },
    ]);
    @injectable()
    class Torn {
      constructor(
        @inject(
          lazy((): Newable<unknown> => {
            throw new Error('not there');
          }),
        )
        readonly other: Lazy<unknown>,
      ) {}
      onStart(): void {}
    }
    expect(containerOf(Torn).graph().warnings).toMatchObject([{ code: 'INVALID_METADATA' }]);
  });
});

describe('where a Lazy can be injected', () => {
  it('is in properties, resolved values, and behind lazy identifiers', async () => {
    @injectable()
    class Properties {
      @inject(lazy(Config)) readonly config!: Lazy<Config>;
      @inject(new LazyServiceIdentifier(() => lazy('name'))) @optional() readonly name!: Lazy<string>;
      onStart(): void {}
    }
    const container = containerOf(Properties, Config);
    container.bind('name').toConstantValue('properties');
    container.bind('resolved').toResolvedValue((config: Lazy<Config>) => ({ config, onStart() {} }), [lazy(Config)]);
    await container.startAll();
    const { config, name } = container.get(Properties);
    expect([config.value.url, name.value]).toEqual(['db:', 'properties']);
    expect(container.get<Properties>('resolved').config.value).toBe(config.value);
    expect(container.graph().edges).toEqual([]);
    await container.stopAll();
  });

  it('is in containers that had their bindings before the plugin, and in modules', async () => {
    const container = new Container({ defaultScope: 'Singleton' });
    container.bind(Bus).toSelf();
    container.register(LifecyclePlugin.with({ logger: silent }));
    await loadAsync(
      container,
      new ContainerModule(({ bind }) => {
        bind(Handler).toSelf();
        bind(Reader).toSelf();
        bind(Config).toSelf();
      }),
    );
    await container.startAll();
    container.get(Bus).send('hello');
    expect(container.get(Reader).config.value.url).toBe('db:');
    await container.stopAll();
  });

  it('is in containers that bind by themselves', async () => {
    const container = new Container({ defaultScope: 'Singleton', autobind: true });
    container.register(LifecyclePlugin.with({ logger: silent }));
    expect(container.get(Reader).config.value.url).toBe('db:');
  });

  it('is in containers of which everything was unbound', async () => {
    const container = containerOf(Reader, Config);
    await unbindAllAsync(container);
    container.add(Reader, Config);
    expect(container.get(Reader).config.value.url).toBe('db:');
  });

  it('survives a snapshot', async () => {
    const container = containerOf(Config);
    container.snapshot();
    container.add(Reader);
    container.restore();
    container.add(Reader);
    expect(container.get(Reader).config.value.url).toBe('db:');
  });

  it('is in child containers, and leads to what the parent runs', async () => {
    const parent = containerOf(Bus, Handler);
    const child = new ServiceContainer({ parent, lifecycle: { logger: silent } });
    @injectable()
    class Kid {
      constructor(@inject(lazy(Handler)) readonly handler: Lazy<Handler>) {}
      onStart(): void {}
    }
    child.add(Kid);
    await child.startAll();
    const { handler } = child.get(Kid);
    expect(() => handler.value).toThrow(/Handler, .* is idle/);
    await parent.startAll();
    expect(handler.value).toBe(parent.get(Handler));
    // The parent's own leads to the parent's, whatever the child binds.
    child.add(Handler);
    expect(child.get(Bus).handler.value).toBe(parent.get(Handler));
    await parent.stopAll();
    await child.stopAll();
  });
});

describe('lazy()', () => {
  it('is one identifier for what is one', () => {
    expect(lazy(Config)).toBe(lazy(Config));
    expect(lazy('name')).toBe(lazy('name'));
    expect(lazy('name')).not.toBe(lazy('other'));
    expect(lazy(Config).name).toBe('Lazy<Config>');
    expect(lazy(Symbol('main')).name).toBe('Lazy<Symbol(main)>');
  });

  it.each([undefined, null, 5, {}])('refuses what is no identifier: %s', (identifier) => {
    expect(() => lazy(identifier as never)).toThrow(/write lazy\(\(\) => TheClass\)/);
  });

  it('in a test of the class alone is an object that is given', () => {
    const handler = { handle: (text: string) => log.push(text) } as unknown as Handler;
    const bus = new Bus(Lazy.of(handler));
    bus.send('hello');
    expect(log).toEqual(['hello']);
    expect(bus.handler.peek()).toBe(handler);
  });

  it('does not make a service of what is not to be managed', async () => {
    @Managed(false)
    @injectable()
    class Left {
      onStart(): void {}
    }
    @injectable()
    class User {
      constructor(@inject(lazy(Left)) readonly left: Lazy<Left>) {}
      onStart(): void {}
    }
    const container = containerOf(User, Left);
    await container.startAll();
    expect(container.get(User).left.value).toBe(container.get(Left));
    await container.stopAll();
  });
});
