import { Container, inject, injectable, optional } from 'inversify';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  GraphError,
  type GraphIssue,
  LifecycleError,
  LifecyclePlugin,
  Managed,
  type ManagedOptions,
  ServiceContainer,
} from '../../container/index.ts';
import { silent } from '../support/hand-made.ts';
import { singletons } from '../support/plugin-context.ts';
import { rejection } from '../support/recorded.ts';

let made: string[] = [];

/** Tells when one of it is made. */
class Counted {
  constructor() {
    made.push(new.target.name);
  }
}

@injectable()
class Config extends Counted {}

@injectable()
class Db extends Counted {
  constructor(readonly config: Config) {
    super();
  }
}

/** A service that brings whatever is bound to 'faulty' into what starts. */
@injectable()
class User extends Counted {
  constructor(@inject('faulty') readonly faulty: unknown) {
    super();
  }
  onStart(): void {}
}

@injectable()
class Works {
  onStart(): void {}
}

interface Fault {
  readonly code: GraphIssue['code'];
  readonly says: RegExp;
  readonly bind: (container: Container) => void;
}

const faults: Record<string, Fault> = {
  'a missing binding': {
    code: 'MISSING',
    says: /^nothing is bound to nope, needed by Needs \(constructor\[0\]\); write container\.bind\('nope'\)\.to\(\.\.\.\), or @optional\(\)/,
    bind(container) {
      @injectable()
      class Needs extends Counted {
        constructor(@inject('nope') readonly nope: unknown) {
          super();
        }
      }
      container.bind('faulty').to(Needs);
    },
  },
  'a missing class': {
    code: 'MISSING',
    says: /^nothing is bound to Db, needed by faulty \(argument\[0\]\); write container\.bind\(Db\)\.toSelf\(\)/,
    bind: (container) => void container.bind('faulty').toResolvedValue((db: Db) => ({ db }), [Db]),
  },
  'an ambiguous injection': {
    code: 'AMBIGUOUS',
    says: /^2 bindings of dup match, needed by faulty \(argument\[0\]\); name them with whenNamed\(\).*@named\(\).*@multiInject\(\)/,
    bind(container) {
      container.bind('dup').toConstantValue(1);
      container.bind('dup').toConstantValue(2);
      container.bind('faulty').toResolvedValue((dup: number) => ({ dup }), ['dup']);
    },
  },
  'a cycle, by its shortest path': {
    code: 'CYCLE',
    says: /^(a -> b -> a|b -> a -> b) is a cycle, so none of them can start first: move what they share/,
    bind(container) {
      container.bind('a').toResolvedValue((b: object) => ({ b }), ['b']);
      container.bind('b').toResolvedValue((a: object, c: object) => ({ a, c }), ['a', 'c']);
      container.bind('c').toResolvedValue((a: object) => ({ a }), ['a']);
      container.bind('faulty').toResolvedValue((a: object) => ({ a }), ['a']);
    },
  },
  'aliases that lead to each other': {
    code: 'CYCLE',
    says: /^the toService\(\) redirections of (faulty|other) form a cycle, needed by .*; let one of them lead to a class or a value/,
    bind(container) {
      container.bind('faulty').toService('other');
      container.bind('other').toService('faulty');
    },
  },
  'hooks in transient scope': {
    code: 'UNMANAGED_SCOPE',
    says: /^Hooked has hooks \(onStart\) but is bound in transient scope.*@injectable\('Singleton'\).*\.inSingletonScope\(\).*defaultScope: 'Singleton'.*@Managed\(false\)/,
    bind(container) {
      @injectable()
      class Hooked extends Counted {
        onStart(): void {}
      }
      container.bind('faulty').to(Hooked).inTransientScope();
    },
  },
  'hooks in request scope': {
    code: 'UNMANAGED_SCOPE',
    says: /^Hooked has hooks \(onStop\) but is bound in request scope/,
    bind(container) {
      @injectable()
      class Hooked extends Counted {
        onStop(): void {}
      }
      container.bind('faulty').to(Hooked).inRequestScope();
    },
  },
  'an inherited constructor': {
    code: 'INHERITED_CONSTRUCTOR',
    says: /^Sub inherits the constructor of Db but injects none of its 1 argument: add @injectFromBase\(\)/,
    bind(container) {
      @injectable()
      class Sub extends Db {}
      container.bind(Config).toSelf();
      container.bind('faulty').to(Sub);
    },
  },
};

function container(options: { strict?: boolean } = {}): ServiceContainer {
  return new ServiceContainer({ lifecycle: { logger: silent, ...options } });
}

/** What `startAll` refuses with; `graph()` says the same, and nothing is made for either. */
async function refusal(refused: ServiceContainer): Promise<readonly GraphIssue[]> {
  const error = await rejection(refused.startAll());
  expect(error).toBeInstanceOf(GraphError);
  expect(error).toBeInstanceOf(LifecycleError);
  const { code, details, message } = error as GraphError;
  expect(code).toBe('LIFECYCLE_GRAPH');
  for (const issue of details) expect(message).toContain(issue.message);
  expect(made).toEqual([]);
  return details;
}

function only(code: string, issues: readonly GraphIssue[]): void {
  expect(new Set(issues.map((issue) => issue.code))).toEqual(new Set([code]));
}

beforeEach(() => {
  made = [];
});

describe.each(Object.entries(faults))('%s', (_, { code, says, bind }) => {
  it('is an error where it is needed by what starts, found before anything is made', async () => {
    const faulty = container().add(User, Works);
    bind(faulty);
    const details = await refusal(faulty);
    expect(details[0]).toMatchObject({ code, message: expect.stringMatching(says) });
    expect(faulty.graph().errors).toEqual(details);
    only(code, [...details, ...faulty.graph().warnings]);
  });

  it('is a warning elsewhere, so that a plugin added to a working application breaks nothing', async () => {
    const app = singletons();
    app.bind(Works).toSelf();
    bind(app);
    const lines: string[] = [];
    const warn = (_fields: unknown, message?: string): void => void lines.push(String(message));
    app.register(LifecyclePlugin.with({ logger: { ...silent, warn } }));
    await app.startAll();
    expect(app.graph().errors).toEqual([]);
    expect(app.graph().warnings[0]).toMatchObject({ code, message: expect.stringMatching(says) });
    only(code, app.graph().warnings);
    expect(lines).toEqual(app.graph().warnings.map(({ message }) => message));
    expect(made).toEqual([]);
    await app.stopAll();
  });

  it('is an error everywhere when the lifecycle is strict', async () => {
    const strict = container({ strict: true }).add(Works);
    bind(strict);
    const details = await refusal(strict);
    expect(details[0]).toMatchObject({ code, message: expect.stringMatching(says) });
    only(code, details);
    expect(strict.graph().errors).toEqual(details);
  });
});

describe('faults of a service itself', () => {
  it.each<[string, ManagedOptions, RegExp]>([
    ['a bad duration', { startTimeout: 'soon' as '1s' }, /startTimeout must be a duration.*got 'soon'/],
    ['a negative one', { stopTimeout: -1 }, /stopTimeout must be a duration.*got -1/],
    ['an unknown option', { stopTimout: 1 } as ManagedOptions, /no option 'stopTimout'; did you mean stopTimeout\?/],
    ['a far-off option', { colour: 1 } as ManagedOptions, /no option 'colour'; known are name, startTimeout/],
    ['a name that is none', { name: 7 as unknown as string }, /name must be a text.*got 7/],
    ['a flag that is none', { optional: 'no' as unknown as boolean }, /optional must be true or false.*got 'no'/],
  ])('%s for @Managed is told with the class, also of a constant', async (_, options, says) => {
    @Managed(options)
    @injectable()
    class Hooked {
      onStart(): void {}
    }
    const bad = container().add(Hooked);
    const [issue, ...more] = await refusal(bad);
    expect(more).toEqual([]);
    expect(issue).toMatchObject({ code: 'INVALID_METADATA', nodes: ['Hooked'] });
    expect(issue?.message).toMatch(/^@Managed of Hooked: /);
    expect(issue?.message).toMatch(says);
    const constant = container();
    constant.bind('hooked').toConstantValue(new Hooked());
    expect(constant.graph().errors).toMatchObject([{ code: 'INVALID_METADATA' }]);
    await refusal(constant);
  });

  it('a service with a method then would never arrive', async () => {
    @injectable()
    class Query extends Counted {
      onStart(): void {}
      // biome-ignore lint/suspicious/noThenProperty: the fault
      then(): void {}
    }
    expect(await refusal(container().add(Query))).toMatchObject([
      { code: 'THENABLE', message: expect.stringMatching(/^Query has hooks and a method then\(\).*Rename the method/) },
    ]);
  });

  it('an object that was disposed of cannot live again, and the error says how to mend it', async () => {
    @injectable()
    class File {
      onStart(): void {}
      [Symbol.dispose](): void {}
    }
    const files = container().add(File);
    await files.startAll();
    await files.stopAll();
    const [issue] = await refusal(files);
    expect(issue).toMatchObject({
      code: 'DISPOSED',
      message: expect.stringMatching(/^File was disposed of when it stopped.*give its class onStart and onStop/),
      nodes: ['File'],
    });
    expect(files.graph().errors).toEqual([issue]);
  });

  it('all faults are told at once', async () => {
    const all = container().add(User);
    for (const { bind } of Object.values(faults)) bind(all);
    all.bind('first').to(User);
    const codes = new Set((await refusal(all)).map(({ code }) => code));
    expect([...codes]).toContain('AMBIGUOUS');
  });
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
