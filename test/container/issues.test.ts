import { Container, inject, injectable } from 'inversify';
import { beforeEach, describe, expect, it } from 'vitest';
import { type GraphIssue, LifecyclePlugin, Managed, type ManagedOptions } from '../../container/index.ts';
import { Config, Counted, container, Db, made, only, refusal, User, Works } from '../support/faulty.ts';
import { silent } from '../support/hand-made.ts';
import { singletons } from '../support/plugin-context.ts';

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

beforeEach(() => {
  made.length = 0;
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
});
