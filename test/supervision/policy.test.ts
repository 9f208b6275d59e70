import { describe, expect, it } from 'vitest';
import { lifecycleSettings } from '../../src/lifecycle/options.ts';
import { optionalPolicy, policyOf, supervisedOf, supervisionOf } from '../../src/supervision/policy.ts';
import { silent } from '../support/hand-made.ts';

const refused = (text: string) =>
  expect.objectContaining({ code: 'LIFECYCLE_INVALID_OPTION', message: expect.stringContaining(text) });

const BACKOFF = { initial: 100, factor: 2, max: 30_000, jitter: 1, resetAfter: 60_000 };
const INTENSITY = { max: 3, within: 60_000 };

describe('the defaults', () => {
  it('of the root: the application stops with the first crash', () => {
    expect(supervisionOf(undefined)).toMatchObject({ root: { strategy: 'escalate' } });
    expect(supervisionOf({})).toMatchObject({ root: { strategy: 'escalate' } });
    // Who only names groups has said nothing about the rest.
    expect(supervisionOf({ groups: { io: {} } })).toMatchObject({ root: { strategy: 'escalate' } });
  });

  it('of a root that says anything: restForGraph, 3 restarts in 60 s, back-off from 100 ms to 30 s', () => {
    const root = { strategy: 'restForGraph', intensity: INTENSITY, backoff: BACKOFF };
    expect(supervisionOf({ restart: {} }).root).toEqual(root);
    expect(supervisionOf('restForGraph').root).toEqual(root);
    expect(supervisionOf({ backoff: false }).root).toEqual({ ...root, backoff: undefined });
    expect(supervisionOf({ restart: { max: undefined } as never }).root).toEqual(root);
  });

  it('of a group: oneForAll, below the root', () => {
    const { groups } = supervisionOf({ groups: { io: {} } });
    const policy = { strategy: 'oneForAll', intensity: INTENSITY, backoff: BACKOFF };
    expect(groups).toEqual(new Map([['io', { policy, parent: undefined }]]));
  });

  it('of @Supervised: transient, with a supervisor of its own', () => {
    expect(supervisedOf({})).toEqual({
      type: 'transient',
      significant: false,
      group: undefined,
      policy: { strategy: 'restForGraph', intensity: INTENSITY, backoff: BACKOFF },
    });
    expect(supervisedOf({ group: 'io' })).toEqual({
      type: 'transient',
      significant: false,
      group: 'io',
      policy: undefined,
    });
  });

  it('of what is optional: alone, for ever', () => {
    const intensity = { max: Infinity, within: 60_000 };
    expect(optionalPolicy()).toEqual({ strategy: 'oneForOne', intensity, backoff: BACKOFF });
  });
});

describe('what is said', () => {
  it('is what counts', () => {
    const said = { strategy: 'oneForOne', restart: { max: 0, within: '5m' }, backoff: { initial: '1m' } } as const;
    expect(supervisedOf({ ...said, type: 'permanent' })).toMatchObject({
      type: 'permanent',
      policy: {
        strategy: 'oneForOne',
        intensity: { max: 0, within: 300_000 },
        // The longest wait is never shorter than the first one.
        backoff: { initial: 60_000, max: 60_000 },
      },
    });
    expect(supervisedOf({ type: 'temporary', significant: true })).toMatchObject({ significant: true });
  });

  it('may be at the limits', () => {
    const said = { restart: { max: Infinity }, backoff: { initial: 50, factor: 1, max: 50, jitter: 0, resetAfter: 0 } };
    const { intensity, backoff } = policyOf(said, 'oneForOne', 'test');
    expect([intensity.max, backoff]).toEqual([Infinity, said.backoff]);
    expect(policyOf({ backoff: { jitter: 1 } }, 'oneForOne', 'test').backoff?.jitter).toBe(1);
  });

  it('of groups may be in any order', () => {
    const groups = { inner: { parent: 'outer' }, outer: { parent: 'outermost' }, outermost: {} };
    expect([...supervisionOf({ groups }).groups].map(([name, { parent }]) => [name, parent])).toEqual([
      ['inner', 'outer'],
      ['outer', 'outermost'],
      ['outermost', undefined],
    ]);
  });
});

describe('what makes no sense', () => {
  it.each<[unknown, string]>([
    [{ strategy: 'oneForone' }, "@Supervised.strategy: there is no strategy 'oneForone'. Did you mean oneForOne?"],
    [{ strategy: 'restart' }, "there is no strategy 'restart'. Known: restForGraph, oneForOne, oneForAll, giveUp"],
    [{ strategy: 1 }, 'there is no strategy 1. Known: restForGraph, oneForOne, oneForAll'],
    [{ strategy: null }, 'there is no strategy null'],
    [{ type: 'temporal' }, "@Supervised.type: there is no type 'temporal'. Did you mean temporary?"],
    [{ type: 'always' }, "there is no type 'always'. Known: permanent, transient, temporary."],
    [{ significant: 'yes' }, "@Supervised.significant must be true or false, got 'yes'"],
    [{ significant: true, type: 'permanent' }, 'a permanent service is always started again'],
    [{ group: '' }, "@Supervised.group must be the name of a group, like 'io', got ''"],
    [{ group: 7 }, 'got 7'],
    [{ group: 'io', strategy: 'oneForOne' }, "@Supervised: strategy is the group's to say"],
    [{ group: 'io', restart: {}, backoff: false }, "restart and backoff are the group's to say"],
    [{ group: 'io', restart: {} }, 'write them in supervision: { groups: { io: { ... } } }'],
    [{ restart: { max: -1 } }, '@Supervised.restart.max must be a whole number of 0 or more, or Infinity; got -1'],
    [{ restart: { max: 1.5 } }, 'got 1.5'],
    [{ restart: { max: '3' } }, 'got 3'],
    [{ restart: { max: null } }, 'got null'],
    [{ restart: { within: '1 minute' } }, '@Supervised.restart.within must be a duration'],
    [{ restart: { over: 1 } }, "@Supervised.restart: there is no option 'over'; known are max, within"],
    [{ restart: 3 }, '@Supervised.restart: expected an object of options, got 3'],
    [{ backoff: true }, '@Supervised.backoff: expected an object of options, got true'],
    [{ backoff: { initial: '2s', max: '1s' } }, '@Supervised.backoff.max (1000 ms) must not be less'],
    [{ backoff: { initial: 'soon' } }, '@Supervised.backoff.initial must be a duration'],
    [{ backoff: { max: 'long' } }, '@Supervised.backoff.max must be a duration'],
    [{ backoff: { resetAfter: -1 } }, '@Supervised.backoff.resetAfter must be a duration'],
    [{ backoff: { factor: Infinity } }, 'factor must be a number of 1 or more, got Infinity'],
    [{ backoff: { jitter: -0.5 } }, 'jitter must be a share from 0 (none) to 1 (all), got -0.5'],
    [{ restart: { withn: '1s' } }, "there is no option 'withn'; did you mean within?"],
    [{ backoff: { factor: 0.5 } }, '@Supervised.backoff.factor must be a number of 1 or more, got 0.5'],
    [{ backoff: { jitter: 2 } }, '@Supervised.backoff.jitter must be a share from 0 (none) to 1 (all), got 2'],
    [{ startegy: 'oneForOne' }, "@Supervised: there is no option 'startegy'; did you mean strategy?"],
    [{ parent: 'io' }, "@Supervised: there is no option 'parent'"],
  ])('of @Supervised: %o', (options, text) => {
    expect(() => supervisedOf(options as never)).toThrow(refused(text));
  });

  it.each<[unknown, string]>([
    ['restForgraph', "supervision.strategy: there is no strategy 'restForgraph'. Did you mean restForGraph?"],
    [null, 'supervision: expected an object of options, got null'],
    [[], 'supervision: expected an object of options, got ['],
    [{ group: {} }, "supervision: there is no option 'group'; did you mean groups?"],
    [{ groups: null }, 'supervision.groups: expected an object of options, got null'],
    [{ groups: ['io'] }, 'supervision.groups: expected an object of options, got ['],
    [{ groups: { io: 'oneForAll' } }, "supervision.groups.io: expected an object of options, got 'oneForAll'"],
    [{ groups: { io: { strategy: 'all' } } }, "supervision.groups.io.strategy: there is no strategy 'all'"],
    [{ groups: { io: { type: 'permanent' } } }, "supervision.groups.io: there is no option 'type'"],
    [{ groups: { io: { parent: 3 } } }, "supervision.groups.io.parent must be the name of a group, like 'io', got 3"],
    [
      { groups: { io: { parent: 'otuer' }, outer: {} } },
      "supervision.groups.io.parent: there is no group 'otuer'. Did you mean outer?",
    ],
    [{ groups: { root: {} } }, "'root' is the name of the root; give the group another one"],
    [{ groups: { io: { parent: 'io' } } }, 'a group cannot be part of itself: io -> io'],
    [{ groups: { a: { parent: 'b' }, b: { parent: 'a' } } }, 'a group cannot be part of itself: a -> b -> a'],
    // The one that is looked at first is on no cycle, and leads to one.
    [
      { groups: { a: { parent: 'b' }, b: { parent: 'c' }, c: { parent: 'b' } } },
      'a group cannot be part of itself: b -> c -> b',
    ],
  ])('of the root and the groups: %o', (options, text) => {
    expect(() => supervisionOf(options as never)).toThrow(refused(text));
    expect(() => lifecycleSettings({ logger: silent, supervision: options as never })).toThrow(refused(text));
  });
});
