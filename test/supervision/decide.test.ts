import { describe, expect, it } from 'vitest';
import { type Action, type Child, decide } from '../../src/supervision/decide.ts';
import { MaxRestartsExceeded } from '../../src/supervision/max-restarts.ts';
import {
  type SupervisedOptions,
  type SupervisionOptions,
  supervisedOf,
  supervisionOf,
} from '../../src/supervision/policy.ts';
import { Supervisors } from '../../src/supervision/supervisors.ts';

interface Player extends Child {
  readonly spec:
    | { readonly supervised: ReturnType<typeof supervisedOf> | undefined; readonly optional: boolean }
    | undefined;
  readonly parent: object | undefined;
}

type Said = SupervisedOptions & { readonly optional?: boolean };

const lost = new Error('lost');

/** A supervision tree over children that say this of themselves, and decisions of it. */
function tree(root: SupervisionOptions | undefined, said: Readonly<Record<string, Said | undefined>>) {
  const supervisors = new Supervisors<Player>(supervisionOf(root));
  const children = new Map(
    Object.entries(said).map(([label, own]): [string, Player] => {
      if (own === undefined) return [label, { label, spec: undefined, parent: undefined }];
      const { optional = false, ...options } = own;
      const supervised = Object.keys(options).length > 0 ? supervisedOf(options) : undefined;
      return [label, { label, spec: { supervised, optional }, parent: undefined }];
    }),
  );
  return (label: string, now = 0): Action<Player> =>
    decide(children.get(label) as Player, lost, {
      now,
      date: now,
      random: () => 0,
      supervisorOf: (child) => supervisors.of(child),
      membersOf: (supervisor) => supervisors.membersOf(supervisor, children.values()),
    });
}

/** `restart a+b with dependents by io`. */
function text(action: Action<Player>): string {
  if (action.kind === 'stop the app') return 'stop';
  const labels = action.units.map(({ label }) => label).join('+');
  if (action.kind === 'give up') return `give up ${labels}`;
  return `${action.kind} ${labels} ${action.withDependents ? 'with dependents' : 'alone'} by ${action.by.name}`;
}

describe('a decision', () => {
  const groups = { io: {}, deep: { parent: 'io', strategy: 'oneForOne' } } as const;
  it.each<[string, SupervisionOptions | undefined, Record<string, Said | undefined>, string]>([
    ['nobody said anything', undefined, { a: {}, b: {} }, 'stop'],
    ['the root restarts', { restart: {} }, { a: {}, b: {} }, 'restart a with dependents by root'],
    ['the root restarts one', { strategy: 'oneForOne' }, { a: {}, b: {} }, 'restart a alone by root'],
    ['the root restarts all', { strategy: 'oneForAll' }, { a: {}, b: {} }, 'restart a+b with dependents by root'],
    ['the root gives it up', { strategy: 'giveUp' }, { a: {}, b: {} }, 'give up a'],
    ['the root gives all up', { strategy: 'giveUpAll' }, { a: {}, b: {} }, 'give up a+b'],
    ['the root escalates', { strategy: 'escalate' }, { a: {}, b: {} }, 'stop'],
    ['a component', { restart: {} }, { a: undefined, b: {} }, 'restart a with dependents by root'],
    ['a component that is given up', { strategy: 'giveUp' }, { a: undefined, b: {} }, 'give up a'],
    ['its own', undefined, { a: { type: 'transient' }, b: {} }, 'restart a with dependents by a'],
    ['its own, alone', undefined, { a: { strategy: 'oneForOne' }, b: {} }, 'restart a alone by a'],
    ['its own has only it', undefined, { a: { strategy: 'oneForAll' }, b: {} }, 'restart a with dependents by a'],
    ['its own hands it on', { restart: {} }, { a: { strategy: 'escalate' } }, 'restart a with dependents by root'],
    ['its own gives it up', { restart: {} }, { a: { strategy: 'giveUp' } }, 'give up a'],
    ['temporary, whoever decides', { restart: {} }, { a: { type: 'temporary' } }, 'give up a'],
    ['temporary in a group', { groups }, { a: { group: 'io', type: 'temporary' }, b: { group: 'io' } }, 'give up a'],
    ['significant and temporary', { restart: {} }, { a: { type: 'temporary', significant: true } }, 'stop'],
    ['significant and given up', undefined, { a: { strategy: 'giveUp', significant: true } }, 'stop'],
    [
      'significant and restarted',
      undefined,
      { a: { strategy: 'oneForOne', significant: true } },
      'restart a alone by a',
    ],
    ['a significant one is given up with it', { strategy: 'giveUpAll' }, { a: {}, b: { significant: true } }, 'stop'],
    ['optional', undefined, { a: { optional: true } }, 'restart a alone by a'],
    ['optional, and it says how', undefined, { a: { optional: true, strategy: 'giveUp' } }, 'give up a'],
    [
      'a group',
      { groups },
      { a: { group: 'io' }, b: { group: 'io' }, c: { group: 'deep' }, d: {} },
      'restart a+b+c with dependents by io',
    ],
    [
      'a group within a group',
      { groups },
      { a: { group: 'deep' }, b: { group: 'deep' }, c: { group: 'io' } },
      'restart a alone by deep',
    ],
    [
      'a group that hands it on: what it has is one child of the next',
      { groups: { io: { strategy: 'restForGraph' }, deep: { parent: 'io', strategy: 'escalate' } } },
      { a: { group: 'deep' }, b: { group: 'deep' }, c: { group: 'io' } },
      'restart a+b with dependents by io',
    ],
    [
      'the root gives a group up',
      { strategy: 'giveUp', groups: { io: { strategy: 'escalate' } } },
      { a: { group: 'io' }, b: { group: 'io' }, c: {} },
      'give up a+b',
    ],
    ['a group that there is not', { restart: {} }, { a: { group: 'oi' } }, 'restart a with dependents by root'],
  ])('%s', (_, root, said, expected) => {
    expect(text(tree(root, said)('a'))).toBe(expected);
  });

  it('goes to the supervisor above when there were too many, which counts its own', () => {
    const decideOn = tree(
      { restart: { max: 2 }, groups: { io: { restart: { max: 1 } } } },
      { a: { group: 'io' }, b: { group: 'io' } },
    );
    const actions = [0, 1, 2, 3, 4, 5].map((now) => text(decideOn('a', now)));
    const [byGroup, byRoot] = ['restart a+b with dependents by io', 'restart a+b with dependents by root'];
    expect(actions).toEqual([byGroup, byRoot, byGroup, byRoot, byGroup, 'stop']);
  });

  it('to stop the application tells the whole story: why each level has given it up', () => {
    const decideOn = tree({ restart: { max: 0 } }, { a: { restart: { max: 1 } } });
    decideOn('a');
    const action = decideOn('a', 1) as Extract<Action<Player>, { kind: 'stop the app' }>;
    const root = action.error as MaxRestartsExceeded;
    const own = root.cause as MaxRestartsExceeded;
    expect(own).toBeInstanceOf(MaxRestartsExceeded);
    expect(own.cause).toBe(lost);
    expect(own.data.failures).toHaveLength(2);
    expect(root.message.split('\n')).toEqual([
      'root crashed once within 1 m, more often than restart.max (0):',
      '  1970-01-01T00:00:00.001Z a: a crashed 2 times within 1 m, more often than restart.max (1):',
      '    1970-01-01T00:00:00.000Z a: lost',
      '    1970-01-01T00:00:00.001Z a: lost',
    ]);
  });

  it('has the error as it is where nobody has tried anything', () => {
    expect(tree(undefined, { a: {} })('a')).toEqual({ kind: 'stop the app', error: lost });
    expect(tree({ strategy: 'escalate' }, { a: { strategy: 'escalate' } })('a')).toMatchObject({ error: lost });
  });
});
