import type { Newable } from 'inversify';
import { describe, expect, it, vi } from 'vitest';
import { simulate } from '../../../container/testing/simulate.ts';
import { SimulationError } from '../../../src/testing/simulation/verdict.ts';
import { rejection } from '../../support/recorded.ts';
import * as bugs from './bugs.ts';
import { appOf } from './surroundings.ts';
import * as twins from './twins.ts';

vi.setConfig({ testTimeout: 120_000 });

type Name = keyof typeof bugs;

/** What each does wrong, in which way that is found, and who is named. */
const PLANTED: readonly (readonly [what: string, names: readonly Name[], ways: readonly string[], blamed: Name])[] = [
  ['says that it runs before it listens', ['Server', 'Client'], ['healthy'], 'Client'],
  ['does not wait for its last words', ['Journal'], ['alive', 'handled'], 'Journal'],
  ['never clears its interval', ['Metrics'], ['alive'], 'Metrics'],
  ['goes on after its stop', ['Refresher'], ['alive', 'handled'], 'Refresher'],
  ['cannot start twice', ['Registrar'], ['healthy'], 'Registrar'],
  ['hangs in its stop after an aborted start', ['Consumer'], ['io', 'ends'], 'Consumer'],
  ['does not look at its signal', ['Poller'], ['ends'], 'Poller'],
  ['lets go of a promise that may reject', ['Warmer'], ['alive', 'handled'], 'Warmer'],
  ['listens once more with each start', ['Subscriber'], ['alive'], 'Subscriber'],
  ['listens once more with each turn', ['Watcher'], ['alive'], 'Watcher'],
  ['has a socket before it is sure to have a stop', ['Pool'], ['alive'], 'Pool'],
];

const from = (all: Readonly<Record<Name, Newable<unknown>>>, names: readonly Name[]) =>
  appOf(...names.map((name) => all[name]));

describe('a service that', () => {
  it.each(PLANTED)('%s is found within 1,000 seeds', async (_, names, ways, blamed) => {
    const error = await rejection(simulate(from(bugs, names), { seeds: 1_000 }));
    if (!(error instanceof SimulationError)) throw error;
    const { invariant, service } = error.data;
    expect(ways).toContain(invariant);
    expect(service).toBe(blamed);
  });

  it.each(PLANTED)('%s: its twin, which does not, is left in peace', async (_, names) => {
    const { seeds, lives } = await simulate(from(twins, names), { seeds: 1_000 });
    expect(seeds).toBe(1_000);
    expect(lives).toBeGreaterThan(1_000);
  });
});
