import { describe, expect, it } from 'vitest';
import {
  type SupervisedOptions,
  type SupervisionOptions,
  supervisedOf,
  supervisionOf,
} from '../../src/supervision/policy.ts';
import { type Supervisable, Supervisors } from '../../src/supervision/supervisors.ts';

function treeOf(options: SupervisionOptions = {}): Supervisors<Supervisable> {
  return new Supervisors(supervisionOf(options));
}

function child(label: string, options?: SupervisedOptions, parent?: object): Supervisable {
  return { label, spec: { supervised: options && supervisedOf(options), optional: false }, parent };
}

const groups = { outer: {}, inner: { parent: 'outer' }, other: {} } as const;
const crash = { date: 0, error: new Error('lost'), service: 'Db' };

describe('who decides on a service', () => {
  it('is a supervisor of its own, and above it the root, if the service says how it is restarted', () => {
    const tree = treeOf();
    const own = tree.of(child('Db', { strategy: 'oneForOne' }));
    expect([own?.name, own?.parent]).toEqual(['Db', tree.root]);
  });

  it('is its own and then nobody, if another service has adopted it', () => {
    const tree = treeOf({ groups });
    const pool = {};
    expect(tree.of(child('Connection', undefined, pool))).toBeUndefined();
    expect(tree.of(child('Connection', { strategy: 'oneForOne' }, pool))?.parent).toBeUndefined();
    expect(tree.of(child('Connection', { group: 'inner' }, pool))?.name).toBe('inner');
    expect(tree.of(child('Connection', { group: 'iner' }, pool))).toBeUndefined();
  });

  it('is the root, of a component', () => {
    const tree = treeOf();
    expect(tree.of({ label: 'pool', spec: undefined, parent: undefined })).toBe(tree.root);
  });

  it('is whom it was moved to, until it is moved back', () => {
    const tree = treeOf({ groups });
    const db = child('Db', { group: 'inner' });
    tree.move(db, tree.find('other'));
    expect(tree.of(db)?.name).toBe('other');
    tree.move(db, undefined);
    expect(tree.of(db)?.name).toBe('inner');
  });
});

describe('the members of a supervisor', () => {
  it('are those of the ones below it too, and none that a service decides on', () => {
    const tree = treeOf({ groups });
    const [a, b, c, d] = [
      child('a', { group: 'inner' }),
      child('b', { group: 'outer' }),
      child('c'),
      child('d', {}, {}),
    ];
    const adopted = child('e', undefined, {});
    expect(tree.membersOf(tree.find('outer'), [a, b, c, d, adopted])).toEqual([a, b]);
    expect(tree.membersOf(tree.root, [a, b, c, d, adopted])).toEqual([a, b, c]);
  });
});

describe('a restart by a supervisor', () => {
  it('has those below it begin anew, and neither itself, nor those above, nor those beside it', () => {
    const tree = treeOf({ groups });
    const mine = child('Db', { strategy: 'oneForOne' });
    const all = [child('a', { group: 'inner' }), child('b', { group: 'other' }), mine, child('c', undefined, {})];
    const count = (name: string): unknown => {
      const it = name === 'Db' ? tree.of(mine) : tree.find(name);
      return it?.count(crash, 0, 0);
    };
    const names = ['inner', 'outer', 'other', 'Db', 'root'];
    for (const name of names) count(name);
    tree.forgetBelow(tree.find('outer'), all);
    const counts = names.map((name) => count(name));
    expect(counts.map((attempt) => (attempt as { count?: number }).count)).toEqual([1, 2, 2, 2, 2]);
  });
});

describe('a new life of the application', () => {
  it('has all supervisors begin anew, those of single services too', () => {
    const tree = treeOf({ groups });
    const db = child('Db', { strategy: 'oneForOne' });
    const all = (): unknown[] => [...tree.named, tree.of(db)].map((each) => each?.count(crash, 0, 0));
    const [anew, again] = [{ count: 1 }, { count: 2 }].map((each) => Array(5).fill(expect.objectContaining(each)));
    expect(all()).toEqual(anew);
    expect(all()).toEqual(again);
    tree.forget();
    expect(all()).toEqual(anew);
  });
});

describe('a supervisor made at run time', () => {
  it('is below the root, and is found by its name', () => {
    const tree = treeOf({ groups: { io: {} } });
    const made = tree.create('connections', { restart: { max: 7 }, backoff: false });
    expect(tree.find('connections')).toBe(made);
    expect(made.parent).toBe(tree.root);
    expect(made.policy).toMatchObject({ strategy: 'restForGraph', intensity: { max: 7 }, backoff: undefined });
    expect(tree.named.map(({ name }) => name)).toEqual(['root', 'io', 'connections']);
  });

  it.each<[unknown, object, string]>([
    ['', {}, "supervise() expects a name, like supervise('connections'), got "],
    [7, {}, "supervise() expects a name, like supervise('connections'), got 7"],
    ['io', {}, "supervise('io'): there is a supervisor of that name already"],
    ['net', { restrat: {} }, "supervise('net'): there is no option 'restrat'; did you mean restart?"],
    ['net', { strategy: 'all' }, "supervise('net').strategy: there is no strategy 'all'"],
  ])('is refused: %o %o', (name, options, text) => {
    const tree = treeOf({ groups: { io: {} } });
    expect(() => tree.create(name as string, options)).toThrow(text);
  });

  it('that there is not is told of with those that there are', () => {
    const tree = treeOf({ groups: { io: {} } });
    expect(() => tree.find('oi')).toThrow("supervisor('oi'): there is no supervisor of that name. Did you mean io?");
    expect(() => tree.find('connections')).toThrow(/Known: root, io\.$/);
  });
});
