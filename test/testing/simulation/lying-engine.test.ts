import { describe, expect, it, vi } from 'vitest';
import { sleep } from '../../../src/clock.ts';
import { Lifecycle } from '../../../src/lifecycle/lifecycle.ts';
import type { StopOptions } from '../../../src/lifecycle/options.ts';
import type { StartReport, StopReport } from '../../../src/lifecycle/report.ts';
import { Simulator, type Subject } from '../../../src/testing/simulation/simulation.ts';
import { SimulationError } from '../../../src/testing/simulation/verdict.ts';
import { HandMade, service, silent } from '../../support/hand-made.ts';
import { rejection } from '../../support/recorded.ts';

vi.setConfig({ testTimeout: 60_000 });

const nodes = () => ({
  Db: service({ onStart() {}, onStop: ({ sleep }) => sleep(10) }),
  Api: service({ onStart() {}, onStop() {}, onShutdown() {} }, { needs: ['Db'] }),
  Job: service({ onStart() {} }),
});

/** What a simulation without faults finds wrong with an engine. */
async function foundIn(
  Engine: typeof Lifecycle,
  tamper: (lifecycle: Lifecycle) => void = () => {},
): Promise<SimulationError['data']> {
  const make = async (): Promise<Subject> => {
    const lifecycle = new Engine(new HandMade(nodes()), { logger: silent });
    tamper(lifecycle);
    return { lifecycle, calls: () => 1, check: undefined };
  };
  const settings = {
    seeds: Array.from({ length: 20 }, (_, index) => index * 3),
    rates: undefined,
    actions: [],
    only: undefined,
    budget: undefined,
    ambient: false,
    omit: [],
    shrink: true,
  };
  const error = await rejection(new Simulator(make, settings).run());
  if (!(error instanceof SimulationError)) throw error;
  return error.data;
}

describe('a simulation finds out an engine', () => {
  it('whose stop never settles', async () => {
    class Engine extends Lifecycle {
      override async stopAll(options?: StopOptions): Promise<StopReport> {
        await super.stopAll(options);
        return new Promise(() => {});
      }
    }
    expect(await foundIn(Engine)).toMatchObject({ invariant: 'settles' });
  });

  it('whose start never settles', async () => {
    class Engine extends Lifecycle {
      override startAll(): Promise<StartReport> {
        return new Promise(() => {});
      }
    }
    expect(await foundIn(Engine)).toMatchObject({ invariant: 'settles' });
  });

  it('whose stop takes longer than its budget', async () => {
    class Engine extends Lifecycle {
      override async stopAll(options?: StopOptions): Promise<StopReport> {
        const report = await super.stopAll(options);
        await sleep(this.clock, 25_000);
        return report;
      }
    }
    expect(await foundIn(Engine)).toMatchObject({ invariant: 'budget' });
  });

  it('that leaves services up', async () => {
    class Engine extends Lifecycle {
      override async stopAll(): Promise<StopReport> {
        return undefined as never;
      }
    }
    expect(await foundIn(Engine)).toMatchObject({ invariant: 'once', service: 'Db' });
  });

  it('that does not wait for what a service needs', async () => {
    // Told of the edge when it is too late.
    const unorder = (lifecycle: Lifecycle): void => {
      lifecycle.on((event) => {
        if (event.kind !== 'service:starting' || event.service !== 'Job') return;
        const [job, db] = ['Job', 'Db'].map((label) =>
          [...lifecycle.runningGraph.units].find((unit) => unit.label === label),
        );
        if (db !== undefined) job?.dependencies.add(db);
      });
    };
    expect(await foundIn(Lifecycle, unorder)).toMatchObject({ invariant: 'order', service: 'Job' });
  });

  it('that calls a hook twice', async () => {
    const twice = (lifecycle: Lifecycle): void => {
      lifecycle.on((event) => {
        if (event.kind !== 'service:running' || event.service !== 'Db') return;
        const unit = [...lifecycle.runningGraph.units].find(({ label }) => label === 'Db');
        if (unit !== undefined) lifecycle.door?.({ unit, step: 'onStart', active: true }, () => {});
      });
    };
    expect(await foundIn(Lifecycle, twice)).toMatchObject({ invariant: 'hooks', service: 'Db' });
  });
});
