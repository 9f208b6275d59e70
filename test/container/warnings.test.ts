import { Container, inject, injectable, optional } from 'inversify';
import { beforeEach, describe, expect, it } from 'vitest';
import { type GraphIssue, LifecyclePlugin, Managed, ServiceContainer } from '../../container/index.ts';
import { container, made, refusal, Works } from '../support/faulty.ts';
import { silent } from '../support/hand-made.ts';
import { singletons } from '../support/plugin-context.ts';

beforeEach(() => {
  made.length = 0;
});

describe('what is only worth a warning', () => {
  async function warnings(app: ServiceContainer): Promise<readonly GraphIssue[]> {
    await app.startAll();
    await app.stopAll();
    expect(app.graph().errors).toEqual([]);
    return app.graph().warnings;
  }

  it.each([
    ['onstart', 'onStart'],
    ['onStopped', 'onStop'],
    ['onStarting', 'onStart'],
    ['onShutDown', 'onShutdown'],
    ['onFirststart', 'onFirstStart'],
    ['onRestarted', 'onRestart'],
  ])('%s is a near miss of %s', async (name, meant) => {
    @injectable()
    class Near {}
    Object.defineProperty(Near.prototype, name, { value() {}, configurable: true });
    const message = `Near.${name} looks like a hook and is none: did you mean ${meant}?`;
    expect(await warnings(container().add(Near))).toEqual([
      { code: 'NEAR_MISS', message: expect.stringContaining(message), nodes: ['Near'] },
    ]);
    const strict = container({ strict: true }).add(Near);
    expect(await refusal(strict)).toMatchObject([{ code: 'NEAR_MISS' }]);
    @Managed(false)
    @injectable()
    class Quiet {}
    Object.defineProperty(Quiet.prototype, name, { value() {} });
    expect(await warnings(container().add(Quiet))).toEqual([]);
  });

  it('names that only begin with on are none', async () => {
    @injectable()
    class Listener {
      onMessage(): void {}
      onError(): void {}
      onStartButtonPressed(): void {}
      once(): void {}
    }
    expect(await warnings(container().add(Listener))).toEqual([]);
  });

  it('a singleton that keeps what belongs to one request, directly or through a transient', async () => {
    @injectable('Request')
    class Session {}
    @injectable('Transient')
    class Query {
      constructor(readonly session: Session) {}
    }
    @injectable()
    class Repository {
      constructor(readonly query: Query) {}
    }
    expect(await warnings(container().add(Session, Query, Repository))).toMatchObject([
      {
        code: 'REQUEST_CAPTURED',
        message: expect.stringMatching(/^Repository is a singleton and keeps the Session .*inject a factory of it/),
        nodes: ['Repository', 'Session'],
      },
    ]);
  });

  it('a singleton with a transient dependency is normal, and so is what can do without', async () => {
    @injectable('Transient')
    class Query {}
    @injectable()
    class Repository {
      constructor(
        readonly query: Query,
        @inject('nope') @optional() readonly nope?: unknown,
      ) {}
      onStart(): void {}
    }
    expect(await warnings(container().add(Query, Repository))).toEqual([]);
  });

  it('a parent that has hooks and no plugin', async () => {
    const parent = singletons();
    parent.bind(Works).toSelf();
    const child = new ServiceContainer({ parent, lifecycle: { logger: silent } });
    child.bind('user').toResolvedValue((works: Works) => Object.assign(new Works(), { works }), [Works]);
    expect(child.graph().warnings).toMatchObject([
      {
        code: 'PARENT_WITHOUT_PLUGIN',
        message: expect.stringMatching(
          /^Works has hooks and is bound in a parent.*parent\.register\(LifecyclePlugin\)/,
        ),
      },
    ]);
    parent.register(LifecyclePlugin.with({ logger: silent }));
    expect(child.graph().warnings).toEqual([]);
  });

  it('a dependsOn option whose service is not bound', async () => {
    const app = new ServiceContainer({
      lifecycle: { logger: silent, dependsOn: [{ service: 'api', on: [Works] }] },
    }).add(Works);
    expect(await warnings(app)).toMatchObject([
      { code: 'INVALID_REF', message: expect.stringMatching(/^dependsOn of api: nothing is bound to api/) },
    ]);
    app.bind('api').toDynamicValue(() => new Works());
    expect(await warnings(app)).toEqual([]);
  });

  it('hooks in a container whose scope is transient by default, and the application works as before', async () => {
    const lines: string[] = [];
    const warn = (_fields: unknown, message?: string): void => void lines.push(String(message));
    const plain = new Container();
    plain.bind(Works).toSelf();
    plain.register(LifecyclePlugin.with({ logger: { ...silent, warn } }));
    await plain.startAll();
    expect(lines).toEqual([expect.stringMatching(/^Works has hooks \(onStart\) but is bound in transient scope/)]);
    expect(plain.get(Works)).not.toBe(plain.get(Works));
    await plain.stopAll();
  });
});

describe('what dependsOn leads to', () => {
  it('is missing where nothing is bound to it', async () => {
    const app = new ServiceContainer({
      lifecycle: { logger: silent, dependsOn: [{ service: Works, on: ['nope'] }] },
    }).add(Works);
    expect(await refusal(app)).toMatchObject([
      { code: 'MISSING', message: expect.stringMatching(/^nothing is bound to nope, needed by Works \(@DependsOn\)/) },
    ]);
  });

  it('closes a cycle as an injection does', async () => {
    @injectable()
    class A {
      constructor(readonly works: Works) {}
    }
    const app = new ServiceContainer({
      lifecycle: { logger: silent, dependsOn: [{ service: Works, on: [A] }] },
    }).add(Works, A);
    expect(await refusal(app)).toMatchObject([{ code: 'CYCLE' }]);
  });
});

describe('a hook that is written as a field', () => {
  it('is not seen on the class, which the warning says; a service that needs it brings it up all the same', async () => {
    let started = 0;
    @injectable()
    class Fields {
      readonly onStart = async (): Promise<void> => {
        started++;
      };
    }
    const app = new ServiceContainer({ lifecycle: { logger: silent } }).add(Fields);
    expect(app.graph().warnings).toMatchObject([
      { code: 'NEAR_MISS', message: expect.stringContaining('Write a method: onStart() {}.') },
    ]);
    await app.startAll();
    expect(started).toBe(0);
    @injectable()
    class User {
      constructor(readonly fields: Fields) {}
      onStart(): void {}
    }
    await app.add(User).startAll();
    expect(started).toBe(1);
    await app.stopAll();
  });
});

describe('the log of warnings', () => {
  it('has each one once, however often the application starts', async () => {
    const lines: string[] = [];
    const logger = { ...silent, warn: (_: unknown, text?: string) => lines.push(text ?? '') };
    @injectable()
    class Near {
      onStopped(): void {}
    }
    const app = new ServiceContainer({ lifecycle: { logger } }).add(Near, Works);
    for (let time = 0; time < 3; time++) {
      await app.startAll();
      await app.stopAll();
    }
    expect(lines).toEqual([expect.stringContaining('Near.onStopped looks like a hook')]);
    expect(app.graph().warnings).toHaveLength(1);
  });
});
