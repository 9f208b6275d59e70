import { describe, expect, it } from 'vitest';
import type { Entry } from '../../../src/current.ts';
import { Life } from '../../../src/lifecycle/life.ts';
import type { State, StateName } from '../../../src/lifecycle/state.ts';
import { Unit } from '../../../src/lifecycle/unit.ts';
import { HOOK_NAMES, serviceSpec } from '../../../src/spec.ts';
import { HookOrder } from '../../../src/testing/simulation/hook-order.ts';
import { handMade } from '../../support/hand-made.ts';

type Call = readonly [state: StateName, step: Entry['step']];

/** A service with all hooks, whose states and calls are whatever a test says. */
function told(...calls: readonly Call[]) {
  const spec = serviceSpec(new Set(HOOK_NAMES), {});
  const node = {
    key: 1,
    label: 'Db',
    identifiers: [],
    implementation: undefined,
    instance: undefined,
    spec,
    built: true,
  };
  const unit = new Unit(handMade({}), node);
  const order = new HookOrder();
  const life = new Life();
  unit.life = life;
  const faults = calls.map(([at, step]) => {
    if (unit.state.at !== at) unit.move({ at, since: 0, startDuration: 0, reason: { kind: 'unbound' } } as State);
    return order.called({ unit, step, active: true })?.detail;
  });
  return { order, life, faults: faults.filter((fault) => fault !== undefined) };
}

const START: readonly Call[] = [
  ['starting', 'create'],
  ['starting', 'onFirstStart'],
  ['starting', 'onStart'],
  ['running', 'onStarted'],
];

describe('the order of hooks', () => {
  it('is right in a whole life, with tasks at any time and disposers up to the end', () => {
    const stop: readonly Call[] = [
      ['running', 'task'],
      ['stopping', 'task'],
      ['stopping', 'onStop'],
      ['stopping', 'disposer'],
      ['stopping', 'disposer'],
      ['stopping', 'dispose'],
      ['stopping', 'onShutdown'],
      ['stopping', 'disposer'],
    ];
    expect(told(...START, ...stop).faults).toEqual([]);
  });

  it.each<[string, readonly Call[]]>([
    [
      'Db.onStart is called after Db.onStart, in one life',
      [
        ['starting', 'onStart'],
        ['starting', 'onStart'],
      ],
    ],
    [
      'Db.onFirstStart is called after Db.onStart, in one life',
      [
        ['starting', 'onStart'],
        ['starting', 'onFirstStart'],
      ],
    ],
    [
      'Db.onStart is called while Db is running',
      [
        ['starting', 'create'],
        ['running', 'onStart'],
      ],
    ],
    ['Db.onStarted is called while Db is starting', [['starting', 'onStarted']]],
    ['Db.onStop is called while Db is running', [...START, ['running', 'onStop']]],
    ['Db.onStop is called after Db.onStop, in one life', [...START, ['stopping', 'onStop'], ['stopping', 'onStop']]],
    [
      'Db.onStop is called after Db.onShutdown, in one life',
      [...START, ['stopping', 'onShutdown'], ['stopping', 'onStop']],
    ],
    [
      'Db.disposer is called after Db.dispose, in one life',
      [...START, ['stopping', 'dispose'], ['stopping', 'disposer']],
    ],
    ['Db.task is called while Db is stopped', [...START, ['stopping', 'onStop'], ['stopped', 'task']]],
  ])('is wrong where %s', (detail, calls) => {
    expect(told(...calls).faults).toEqual([detail]);
  });

  it('wants what was started to be stopped', () => {
    const started = told(...START);
    started.life.begun = true;
    started.life.complete = true;
    expect(started.order.down()).toMatchObject({
      invariant: 'once',
      service: 'Db',
      detail: 'Db was started and is down, and its onStop was not called',
    });
    const failed = told(['starting', 'onStart']);
    failed.life.begun = true;
    expect(failed.order.down()?.detail).toContain('its onShutdown was not called');
    const whole = told(...START, ['stopping', 'onStop'], ['stopping', 'onShutdown']);
    whole.life.begun = true;
    whole.life.complete = true;
    expect([whole.order.down(), told(['starting', 'create']).order.down()]).toEqual([undefined, undefined]);
  });

  it('knows nothing of what is no unit', () => {
    expect(new HookOrder().called({ unit: { label: 'x' }, step: 'onStop', active: true })).toBeUndefined();
  });
});
