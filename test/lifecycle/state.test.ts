import { describe, expect, it } from 'vitest';
import { checkMove, MOVES, type State, type StateName } from '../../src/lifecycle/state.ts';
import { Unit } from '../../src/lifecycle/unit.ts';
import { handMade, service } from '../support/hand-made.ts';

const STATES = Object.keys(MOVES) as StateName[];
const pairs = STATES.flatMap((from) => STATES.map((to) => [from, to] as const));

/** The moves as DESIGN and the comments of the states tell them, written down a second time. */
const ALLOWED = new Set([
  'idle starting',
  'starting running',
  'starting stopping',
  'starting crashed',
  'running stopping',
  'running crashed',
  'stopping stopped',
  'stopping crashed',
  'stopping restarting',
  'stopped starting',
  'crashed stopping',
  'crashed starting',
  'crashed restarting',
  'restarting starting',
  'restarting stopped',
]);

const allowedFrom = (from: StateName): string =>
  [...ALLOWED].flatMap((move) => (move.startsWith(`${from} `) ? move.slice(from.length + 1) : [])).join(', ');

const error = new Error('boom');
const SAMPLES: Readonly<Record<StateName, State>> = {
  idle: { at: 'idle' },
  starting: { at: 'starting', since: 0 },
  running: { at: 'running', since: 0, startDuration: 0 },
  stopping: { at: 'stopping', since: 0, reason: { kind: 'unbound' } },
  stopped: { at: 'stopped', since: 0 },
  crashed: { at: 'crashed', since: 0, error },
  restarting: { at: 'restarting', since: 0 },
};

describe.each(pairs)('from %s to %s', (from, to) => {
  if (ALLOWED.has(`${from} ${to}`)) {
    it('is allowed', () => expect(() => checkMove('Db', from, to)).not.toThrow());
  } else {
    it('throws, naming both', () => {
      expect(() => checkMove('Db', from, to)).toThrow(
        expect.objectContaining({
          code: 'LIFECYCLE_ILLEGAL_MOVE',
          message: `Db cannot go from ${from} to ${to}; from ${from} it can go to ${allowedFrom(from)}`,
          data: { who: 'Db', from, to },
        }),
      );
    });
  }
});

describe('a unit', () => {
  const unitIn = (...way: StateName[]): Unit => {
    const host = handMade({ Db: service({}) });
    const node = {
      key: 1,
      label: 'Db',
      identifiers: [],
      implementation: undefined,
      instance: undefined,
      spec: undefined,
      built: true,
    };
    const unit = new Unit(host, node);
    for (const at of way) unit.move(SAMPLES[at]);
    return unit;
  };

  it('moves along the table, and tells each move as an event caused by the one before', () => {
    const unit = unitIn(
      'starting',
      'running',
      'crashed',
      'stopping',
      'restarting',
      'starting',
      'running',
      'stopping',
      'stopped',
    );
    expect(unit.state).toEqual(SAMPLES.stopped);
    const events: unknown[] = [];
    (unit.host as ReturnType<typeof handMade>).on((event) => events.push(event));
    const { lastEvent } = unit;
    unit.move(SAMPLES.starting);
    unit.move(SAMPLES.crashed);
    expect(events).toMatchObject([
      { kind: 'service:starting', service: 'Db', from: 'stopped', parent: lastEvent },
      { kind: 'service:crashed', service: 'Db', from: 'starting', error, parent: (lastEvent ?? 0) + 1 },
    ]);
  });

  it('stays what it is, without an event, when a move is refused', () => {
    const unit = unitIn('starting');
    const events: unknown[] = [];
    (unit.host as ReturnType<typeof handMade>).on((event) => events.push(event));
    expect(() => unit.move(SAMPLES.stopped)).toThrow('Db cannot go from starting to stopped');
    expect(unit.state).toEqual(SAMPLES.starting);
    expect(events).toEqual([]);
  });
});
