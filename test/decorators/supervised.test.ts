import { describe, expect, it } from 'vitest';
import { Managed, managedOptionsOf } from '../../decorators/managed.ts';
import { Supervised, supervisedOptionsOf } from '../../decorators/supervised.ts';
import type { SupervisedOptions } from '../../src/supervision/policy.ts';

describe('@Supervised', () => {
  it('says nothing for a class without it, and leaves no trace on the class', () => {
    class Plain {}
    @Supervised({ strategy: 'oneForOne' })
    class Decorated {}
    expect(supervisedOptionsOf(Plain)).toBeUndefined();
    expect(supervisedOptionsOf(Decorated)).toEqual({ strategy: 'oneForOne' });
    expect(Object.keys(Decorated)).toEqual([]);
  });

  it('with nothing in it asks for the defaults', () => {
    @Supervised()
    class Decorated {}
    expect(supervisedOptionsOf(Decorated)).toEqual({});
  });

  it('is inherited; the nearest class decides, and takes nothing from above it', () => {
    @Supervised({ strategy: 'giveUp', type: 'permanent' })
    class Base {}
    class Between extends Base {}
    @Supervised({ restart: { max: 5 } })
    class Sub extends Between {}
    expect(supervisedOptionsOf(Between)).toEqual({ strategy: 'giveUp', type: 'permanent' });
    expect(supervisedOptionsOf(Sub)).toEqual({ restart: { max: 5 } });
    expect(supervisedOptionsOf(Base)).toEqual({ strategy: 'giveUp', type: 'permanent' });
  });

  it('written twice on one class is decided by the one on top', () => {
    @Supervised({ type: 'temporary' })
    @Supervised({ strategy: 'oneForAll', type: 'permanent' })
    class Twice {}
    expect(supervisedOptionsOf(Twice)).toEqual({ type: 'temporary' });
  });

  it('and @Managed leave each other alone, in any order', () => {
    @Supervised({ group: 'io' })
    @Managed({ optional: true })
    class One {}
    @Managed({ optional: true })
    @Supervised({ group: 'io' })
    class Other {}
    for (const Class of [One, Other]) {
      expect(supervisedOptionsOf(Class)).toEqual({ group: 'io' });
      expect(managedOptionsOf(Class)).toEqual({ optional: true });
    }
  });

  it.each<[string, unknown]>([
    ['null', null],
    ['true', true],
    ["'oneForOne'", 'oneForOne'],
    ['a list', []],
  ])('refuses %s instead of options, with what to write', (got, value) => {
    expect(() => Supervised(value as SupervisedOptions)).toThrow(TypeError);
    expect(() => Supervised(value as SupervisedOptions)).toThrow(
      `@Supervised expects options like { restart: { max: 5 } }, got ${got}`,
    );
  });
});
