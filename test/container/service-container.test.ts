import { injectable } from 'inversify';
import { beforeEach, describe, expect, it } from 'vitest';
import { lifecycle, ServiceContainer } from '../../container/index.ts';
import { silent } from '../support/hand-made.ts';
import { before, diary, Recorded } from '../support/recorded.ts';

@injectable()
class Db extends Recorded {
  constructor() {
    super();
  }
}

@injectable()
class Web extends Recorded {
  constructor(readonly db: Db) {
    super();
  }
}

const quiet = { lifecycle: { logger: silent } };

beforeEach(() => {
  diary.length = 0;
});

describe('ServiceContainer', () => {
  it('has singletons unless it is told otherwise', () => {
    @injectable()
    class Plain {}
    const container = new ServiceContainer(quiet).add(Plain);
    expect(container.get(Plain)).toBe(container.get(Plain));
    const transient = new ServiceContainer({ defaultScope: 'Transient', ...quiet }).add(Plain);
    expect(transient.get(Plain)).not.toBe(transient.get(Plain));
  });

  it('takes a parent and an autobind as any container does', async () => {
    @injectable('Singleton')
    class Found extends Recorded {}
    @injectable()
    class User extends Recorded {
      constructor(
        readonly db: Db,
        readonly found: Found,
      ) {
        super();
      }
    }
    const parent = new ServiceContainer(quiet).add(Db);
    const child = new ServiceContainer({ parent, autobind: true, ...quiet }).add(User);
    await child.startAll();
    before('+Found', '>User');
    before('+Db', '>User');
    expect(lifecycle(parent).get(Db).state).toBe('running');
    await parent.stopAll();
    await child.stopAll();
  });

  it.each([
    ['an object', {}],
    ['a text', 'Db'],
    ['nothing', undefined],
  ])('add() refuses %s and says what to write', (_, value) => {
    expect(() => new ServiceContainer(quiet).add(value as never)).toThrow(
      /add\(\) expects classes, got .*; write add\(Db, Web\), or bind\('name'\)/,
    );
  });

  it('add() binds the good ones of a list in order and gives the container', () => {
    const container = new ServiceContainer(quiet);
    expect(container.add()).toBe(container);
    expect(container.add(Web, Db)).toBe(container);
    expect(container.graph().nodes.map(({ label }) => label)).toEqual(['Web', 'Db']);
  });

  it('can be extended', async () => {
    class Application extends ServiceContainer {
      constructor() {
        super(quiet);
        this.add(Db);
      }
    }
    await using application = new Application();
    await application.startAll();
    expect(diary).toEqual(['>Db', '+Db']);
  });
});
