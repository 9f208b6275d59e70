import { describe, expect, it } from 'vitest';
import { type RefTarget, resolveRef } from '../src/refs.ts';

class Db {}
class Api {}

function target(label: string, rest: Partial<RefTarget> = {}): RefTarget {
  return { label, identifiers: [], implementation: undefined, instance: undefined, ...rest };
}

describe('a ref', () => {
  const token = Symbol('Db');
  const instance = new Db();
  const db = target('Db', { identifiers: [token], implementation: Db, instance });
  const api = target('Api', { identifiers: [Api], implementation: Api });
  const none = target('None', { instance: undefined });
  const all = [db, api, none];

  it.each([
    ['an identifier', token, db],
    ['an instance', instance, db],
    ['a class', Db, db],
    ['a class that is the identifier', Api, api],
    ['a label', 'Api', api],
  ])('may be %s', (_, ref, expected) => {
    expect(resolveRef(ref, all, 'get()')).toBe(expected);
  });

  it('prefers the identifier to the label', () => {
    const odd = target('Other', { identifiers: ['Api'] });
    expect(resolveRef('Api', [...all, odd], 'get()')).toBe(odd);
  });

  it('that names nothing throws with what was probably meant, or what there is', () => {
    const unknown = (ref: never, text: string) =>
      expect(() => resolveRef(ref, all, 'restart()')).toThrow(
        expect.objectContaining({ code: 'LIFECYCLE_UNKNOWN_REF', message: expect.stringContaining(text) }),
      );
    unknown('Apu' as never, 'Did you mean Api?');
    unknown('Something' as never, 'Known: Db, Api, None.');
    unknown(new Api() as never, 'got an instance of Api');
    unknown(undefined as never, 'got undefined');
    unknown(Object.create(null) as never, 'got an instance of Object');
    unknown(Symbol('x') as never, 'got Symbol(x)');
    expect(() => resolveRef('x', [], 'get()')).toThrow(/nothing is bound/i);
  });

  it('that names several throws with all of them', () => {
    const twins = [target('Db', { implementation: Db }), target('Db#2', { implementation: Db })];
    expect(() => resolveRef(Db, twins, 'get()')).toThrow(
      expect.objectContaining({
        code: 'LIFECYCLE_AMBIGUOUS_REF',
        message: "get() got Db, which names 2 bindings: Db, Db#2. Name one by its label, e.g. 'Db'.",
        data: { ref: Db, candidates: ['Db', 'Db#2'] },
      }),
    );
  });
});
