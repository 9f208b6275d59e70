import { describe, expect, it } from 'vitest';
import { DependsOn, declaredDependenciesOf, Managed, managedOptionsOf } from '../../decorators/managed.ts';
import { Supervised } from '../../decorators/supervised.ts';
import type { ManagedOptions } from '../../src/spec.ts';

describe('@Managed', () => {
  it('says nothing for a class without it, and leaves no trace on the class', () => {
    class Plain {}
    expect(managedOptionsOf(Plain)).toEqual({});
    @Managed({ optional: true })
    class Decorated {}
    expect(managedOptionsOf(Decorated)).toEqual({ optional: true });
    expect(Object.keys(Decorated)).toEqual([]);
    expect(managedOptionsOf(Plain)).toEqual({});
  });

  it('is inherited but for the name, and the nearest class decides', () => {
    @Managed({ name: 'base', startTimeout: '1s', optional: true })
    class Base {}
    class Between extends Base {}
    @Managed({ startTimeout: '2s' })
    class Sub extends Between {}
    @Managed({ name: 'sub' })
    class Named extends Sub {}
    expect(managedOptionsOf(Between)).toEqual({ startTimeout: '1s', optional: true });
    expect(managedOptionsOf(Sub)).toEqual({ startTimeout: '2s', optional: true });
    expect(managedOptionsOf(Named)).toEqual({ name: 'sub', startTimeout: '2s', optional: true });
    expect(managedOptionsOf(Base)).toEqual({ name: 'base', startTimeout: '1s', optional: true });
  });

  it('false holds for subclasses, until one says otherwise and takes nothing from above it', () => {
    @Managed({ optional: true })
    class Base {}
    @Managed(false)
    class Left extends Base {}
    class Still extends Left {}
    @Managed({ background: true })
    class Again extends Still {}
    expect(managedOptionsOf(Left)).toBe(false);
    expect(managedOptionsOf(Still)).toBe(false);
    expect(managedOptionsOf(Again)).toEqual({ background: true });
  });

  it('written twice on one class is decided by the one on top', () => {
    @Managed({ name: 'top' })
    @Managed({ name: 'below', optional: true })
    class Twice {}
    expect(managedOptionsOf(Twice)).toEqual({ name: 'top' });
  });

  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a flag', true, 'true'],
    ['a name', 'Db', "'Db'"],
    ['a list', [], 'a list'],
  ])('refuses %s instead of options, with what to write', (_, value, got) => {
    expect(() => Managed(value as ManagedOptions)).toThrow(TypeError);
    expect(() => Managed(value as ManagedOptions)).toThrow(
      `@Managed expects options like { name: 'db', startTimeout: '10s' }, or false; got ${got}`,
    );
  });
});

describe('@DependsOn', () => {
  class Db {}

  it('is added to what the bases declare', () => {
    @DependsOn(Db, 'queue')
    class Base {}
    @DependsOn(Symbol.iterator)
    class Sub extends Base {}
    class Plain extends Base {}
    expect(declaredDependenciesOf(Sub)).toEqual([Symbol.iterator, Db, 'queue']);
    expect(declaredDependenciesOf(Plain)).toEqual([Db, 'queue']);
    expect(declaredDependenciesOf(Db)).toEqual([]);
  });

  it('written twice on one class counts twice', () => {
    @DependsOn('a')
    @DependsOn('b')
    class Twice {}
    expect(new Set(declaredDependenciesOf(Twice))).toEqual(new Set(['a', 'b']));
  });

  it('takes a lazy identifier, and refuses what can be none with its place', () => {
    const lazy = { unwrap: () => Db };
    @DependsOn(lazy)
    class Lazy {}
    expect(declaredDependenciesOf(Lazy)).toEqual([lazy]);
    for (const wrong of [undefined, null, 7, {}]) {
      expect(() => DependsOn('fine', wrong as never)).toThrow(
        /@DependsOn expects identifiers.*as argument 1\..*new LazyServiceIdentifier\(\(\) => TheClass\)/,
      );
    }
  });
});

describe.each([
  ['@Managed', Managed({})],
  ['@DependsOn', DependsOn('db')],
  ['@Supervised', Supervised()],
])('%s on anything but a class', (name, decorator) => {
  const misused = decorator as unknown as (...args: unknown[]) => void;

  it.each<[string, unknown[]]>([
    ['a method', [{}, 'start', {}]],
    ['a field', [{}, 'field']],
    ['a static method', [class {}, 'start', { value() {} }]],
    ['a parameter', [class {}, undefined, 0]],
    ['a TC39 method', [() => {}, { kind: 'method', name: 'start', metadata: {} }]],
    ['a TC39 field', [undefined, { kind: 'field', name: 'field', metadata: {} }]],
    ['nothing', [undefined]],
  ])('is a TypeError: %s', (_, args) => {
    expect(() => misused(...args)).toThrow(TypeError);
    expect(() => misused(...args)).toThrow(`${name} decorates classes`);
  });
});
