import { inject, injectable, injectFromBase, injectFromHierarchy, unmanaged } from 'inversify';
import { describe, expect, it } from 'vitest';
import { lostInjection, lostInjectionText } from '../../container/inherited-constructor.ts';
import type { ClassLike } from '../../container/inversify.ts';
import { singletons } from '../support/plugin-context.ts';

@injectable()
class Db {}

@injectable()
class Base {
  constructor(
    readonly db: Db,
    @inject('port') readonly port: number,
    @unmanaged() readonly extra = 1,
  ) {}
}

function textOf(Class: ClassLike): string | undefined {
  const lost = lostInjection(Class);
  return lost && lostInjectionText(Class, lost);
}

describe('a lost injection', () => {
  it('is what Inversify does not complain about', () => {
    @injectable()
    class Sub extends Base {}
    const container = singletons();
    container.bind(Db).toSelf();
    container.bind('port').toConstantValue(80);
    container.bind(Sub).toSelf();
    expect(container.get(Sub).db).toBeUndefined();
    expect(textOf(Sub)).toBe(
      'Sub inherits the constructor of Base but injects none of its 2 arguments: add @injectFromBase()',
    );
  });

  it('is found through a base without a constructor', () => {
    @injectable()
    class Middle extends Base {}
    @injectable()
    class Sub extends Middle {}
    expect(lostInjection(Sub)).toEqual({ base: Base, count: 2 });
  });

  it('is found where the class has fields', () => {
    @injectable()
    class Sub extends Base {
      readonly started = new Date();
    }
    expect(lostInjection(Sub)?.base).toBe(Base);
  });

  it('is found where the compiler writes the constructor', () => {
    const Sub: ClassLike = new Function(
      'Base',
      'return class Sub extends Base { constructor() { super(...arguments); } }',
    )(Base);
    const Other: ClassLike = new Function(
      'Base',
      'return class extends Base { constructor(...args) { super(...args); } }',
    )(Base);
    expect(lostInjection(Sub)?.count).toBe(2);
    expect(lostInjection(Other)?.count).toBe(2);
  });
});

describe('nothing is lost', () => {
  it('with @injectFromBase or @injectFromHierarchy', () => {
    @injectable()
    @injectFromBase()
    class Sub extends Base {}
    @injectable()
    @injectFromHierarchy()
    class Other extends Base {}
    expect([lostInjection(Sub), lostInjection(Other)]).toEqual([undefined, undefined]);
  });

  it('with a constructor of its own', () => {
    @injectable()
    class Sub extends Base {
      constructor() {
        super(new Db(), 80);
      }
    }
    @injectable()
    class Other extends Base {
      constructor(db: Db) {
        super(db, 80);
      }
    }
    expect([lostInjection(Sub), lostInjection(Other)]).toEqual([undefined, undefined]);
  });

  it('of a base that takes none', () => {
    @injectable()
    class Sub extends Db {}
    @injectable()
    class Failure extends Error {}
    expect([lostInjection(Sub), lostInjection(Failure), lostInjection(Db)]).toEqual([undefined, undefined, undefined]);
  });
});
