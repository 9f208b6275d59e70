import { inject, injectable } from 'inversify';
import { beforeEach, describe, expect, it } from 'vitest';
import { lifecycle, Managed, type Ref, RefError, ServiceContainer } from '../../container/index.ts';
import { silent } from '../support/hand-made.ts';
import { diary, Recorded, rejection } from '../support/recorded.ts';

const QUEUE = Symbol('queue');

@injectable()
class Db extends Recorded {
  constructor() {
    super();
  }
}

@injectable()
class Cache extends Recorded {
  constructor(readonly db: Db) {
    super();
  }
}

@injectable()
class Queue extends Recorded {
  constructor() {
    super();
  }
}

@Managed({ name: 'front' })
@injectable()
class Web extends Recorded {
  constructor(
    readonly cache: Cache,
    @inject(QUEUE) readonly queue: Queue,
  ) {
    super();
  }
}

function application(): ServiceContainer {
  const container = new ServiceContainer({ lifecycle: { logger: silent } }).add(Web, Cache, Db);
  container.bind(QUEUE).to(Queue);
  container.bind('database').toService(Db);
  container.bind('store').toService('database');
  return container;
}

/** One node each, by everything that names it. */
const names: [string, string, (container: ServiceContainer) => Ref][] = [
  ['a class it is bound as', 'Db', () => Db],
  ['the class behind it', 'Queue', () => Queue],
  ['a symbol', 'Queue', () => QUEUE],
  ['an alias', 'Db', () => 'database'],
  ['an alias of an alias', 'Db', () => 'store'],
  ['its label', 'Cache', () => 'Cache'],
  ['the name it was given', 'front', () => 'front'],
  ['its instance', 'Db', (container) => container.get(Db)],
];

async function unknown(work: Promise<unknown> | (() => unknown)): Promise<RefError> {
  const error = await rejection(typeof work === 'function' ? Promise.resolve().then(work) : work);
  expect(error).toBeInstanceOf(RefError);
  return error as RefError;
}

beforeEach(() => {
  diary.length = 0;
});

describe.each(names)('%s', (_, label, refOf) => {
  it('names one service to get and to restart', async () => {
    const container = application();
    await container.startAll();
    expect(lifecycle(container).get(refOf(container)).name).toBe(label);
    await container.restart(refOf(container));
    expect(lifecycle(container).get(label)).toMatchObject({ state: 'running', restarts: 1 });
    await container.stopAll();
  });

  it('names one service to startAll({ only }), which starts it and what it needs', async () => {
    const container = application();
    const ref = refOf(container);
    await container.startAll({ only: [ref] });
    const needed = container.graph().dependenciesOf(label, { transitive: true });
    const running = container.graph().nodes.filter(({ state }) => state === 'running');
    expect(new Set(running.map((node) => node.label))).toEqual(new Set([label, ...needed.map((node) => node.label)]));
    await container.stopAll();
  });
});

describe('a ref that names nothing', () => {
  it('is refused with what was probably meant, before anything is made', async () => {
    const container = application();
    const error = await unknown(container.startAll({ only: [Db, 'Chache'] }));
    expect(error.code).toBe('LIFECYCLE_UNKNOWN_REF');
    expect(error.message).toMatch(/startAll\(\{ only \}\) expects an identifier.*got Chache.*Did you mean Cache\?/);
    expect(error.data.candidates).toEqual(expect.arrayContaining(['front', 'Cache', 'Db', 'Queue']));
    expect(diary).toEqual([]);
    expect(lifecycle(container).state).toBe('idle');
  });

  it.each<[string, Ref]>([
    ['a class that is not bound', class Other {}],
    ['an instance of nobody', new Queue()],
    ['a symbol', Symbol('nope')],
    ['nothing at all', undefined as unknown as Ref],
  ])('%s is refused by get, restart and only', async (_, ref) => {
    const container = application();
    await container.startAll();
    for (const attempt of [
      unknown(() => lifecycle(container).get(ref)),
      unknown(container.restart(ref)),
      unknown(container.startAll({ only: [ref] })),
    ]) {
      const { code, message } = await attempt;
      expect(code).toBe('LIFECYCLE_UNKNOWN_REF');
      expect(message).toMatch(/expects an identifier, a class, an instance or a unique label/);
    }
    await container.stopAll();
  });

  it('says before the first start that there was none', () => {
    expect(() => lifecycle(application()).get(Db)).toThrow(/startAll/);
  });
});

describe('restart before the first start', () => {
  it('starts the service and what it needs', async () => {
    const container = application();
    await container.restart(Cache);
    expect(lifecycle(container).get(Cache).state).toBe('running');
    await container.stopAll();
  });

  it('is what a ref that names nothing is refused by', async () => {
    expect((await unknown(application().restart('Chache'))).message).toMatch(
      /^restart\(\) expects .* Did you mean Cache\?/,
    );
  });
});

describe('a ref that names several', () => {
  function twice(): ServiceContainer {
    const container = application();
    container.bind('handler').to(Queue);
    container.bind('handler').to(Cache);
    return container;
  }

  it.each<[string, Ref, readonly string[]]>([
    ['an identifier', 'handler', ['Queue#2', 'Cache#2']],
    ['a class behind two bindings', Queue, ['Queue', 'Queue#2']],
  ])('%s is refused with the candidates, and a label settles it', async (_, ref, candidates) => {
    const container = twice();
    await container.startAll();
    for (const attempt of [
      unknown(() => lifecycle(container).get(ref)),
      unknown(container.startAll({ only: [ref] })),
    ]) {
      const error = await attempt;
      expect(error.code).toBe('LIFECYCLE_AMBIGUOUS_REF');
      expect(error.message).toMatch(/which names 2 bindings: .*Name one by its label/);
      expect(error.data.candidates).toEqual(candidates);
    }
    expect(lifecycle(container).get('Queue#2').state).toBe('running');
    await container.stopAll();
  });

  it('the identifier wins over a label that reads the same', async () => {
    const container = application();
    container.bind('Db').to(Queue);
    await container.startAll();
    expect(lifecycle(container).get('Db').name).toBe('Queue#2');
    await container.stopAll();
  });
});

describe('a ref to what has been bound anew', () => {
  it('means the new one', async () => {
    const container = application();
    await container.startAll({ only: [QUEUE] });
    await container.stopAll();
    const old = container.get(QUEUE);
    if ('unbindSync' in container) (container as { unbindSync(id: symbol): void }).unbindSync(QUEUE);
    else container.unbind(QUEUE);
    container.bind(QUEUE).to(Queue);
    await container.startAll();
    expect(lifecycle(container).get(QUEUE).state).toBe('running');
    expect(container.get(QUEUE)).not.toBe(old);
    expect(lifecycle(container).services.filter(({ name }) => name.startsWith('Queue'))).toHaveLength(1);
    await container.stopAll();
  });
});
