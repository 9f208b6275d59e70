import { type FastifyInstance, fastify } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { addProbes } from '../../src/http/probes.ts';
import type { ServiceContext } from '../../src/lifecycle/context.ts';
import type { Lifecycle } from '../../src/lifecycle/lifecycle.ts';
import { MOVES, type StateName } from '../../src/lifecycle/state.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { handMade, service } from '../support/hand-made.ts';

type Probes = readonly [live: number, ready: number, startup: number];

const clocks: { lifecycle: Lifecycle; clock: ManualClock }[] = [];
afterEach(async () => {
  for (const { lifecycle, clock } of clocks.splice(0)) {
    const stopping = lifecycle.stopAll().catch(() => {});
    await clock.advance('1h');
    await stopping;
  }
});

function serverOf(lifecycle: Lifecycle) {
  const server = fastify();
  addProbes(server, lifecycle);
  return server;
}

async function probesOf(server: FastifyInstance): Promise<Probes> {
  const code = async (path: string): Promise<number> => (await server.inject(path)).statusCode;
  return [await code('/live'), await code('/ready'), await code('/startup')];
}

/** What the three should be, said anew from the words of the documentation. */
function expected(lifecycle: Lifecycle, optional: ReadonlySet<string>): Probes {
  const { state, services, stopRequested } = lifecycle;
  const isUp = services.every((each) => each.state === 'running' || optional.has(each.name));
  const code = (isFine: boolean): number => (isFine ? 200 : 503);
  return [code(state !== 'crashed'), code(state === 'running' && isUp && !stopRequested), code(state === 'running')];
}

interface Behaviour {
  /** The start that fails, counted from 1. */
  readonly failsAt?: number;
  readonly crashes?: boolean;
  readonly optional?: boolean;
  readonly giveUp?: boolean;
}

/** `Api` needs `Db`: each step of each takes 10 ms, and what crashes does so after a minute. */
function application({ failsAt, crashes = false, optional = false, giveUp = false }: Behaviour) {
  const clock = new ManualClock();
  let starts = 0;
  const db = service(
    {
      async onStart({ sleep, spawn }: ServiceContext) {
        await sleep(10);
        if (++starts === failsAt) throw new Error('no connection');
        if (crashes && starts === 1) {
          spawn(async () => {
            await sleep('1m');
            throw new Error('lost');
          });
        }
      },
      onStop: ({ sleep }) => sleep(10),
    },
    { optional, supervised: giveUp ? { strategy: 'giveUpAll' } : { restart: { max: 3, within: '1h' } } },
  );
  const api = service({ onStart: ({ sleep }) => sleep(10), onStop: ({ sleep }) => sleep(10) }, { needs: ['Db'] });
  const lifecycle = handMade({ Api: api, Db: db }, { clock });
  clocks.push({ lifecycle, clock });
  return { clock, lifecycle };
}

const STORIES: Readonly<Record<string, Behaviour>> = {
  'a life without trouble': {},
  'a start that fails': { failsAt: 1 },
  'a crash that is mended': { crashes: true },
  'a crash, and a restart that fails first': { crashes: true, failsAt: 2 },
  'a crash for good': { crashes: true, giveUp: true },
  'an optional service that crashes': { crashes: true, optional: true },
};

const reached = { application: new Set<StateName>(), services: new Set<StateName>() };

describe('the three probes', () => {
  it.each(Object.entries(STORIES))('are right at every moment of %s', async (_, behaviour) => {
    const { clock, lifecycle } = application(behaviour);
    const optional = new Set(behaviour.optional === true ? ['Db'] : []);
    const server = serverOf(lifecycle);
    let seen = '';
    const look = async (): Promise<void> => {
      const now = `${lifecycle.state}, ${lifecycle.stopRequested}, ${statesOf(lifecycle)}`;
      if (now === seen) return;
      seen = now;
      reached.application.add(lifecycle.state);
      for (const { state } of lifecycle.services) reached.services.add(state);
      expect(await probesOf(server), now).toEqual(expected(lifecycle, optional));
    };
    const pass = async (time: number, step: number): Promise<void> => {
      for (let at = 0; at < time; at += step) {
        await look();
        await clock.advance(step);
      }
      await look();
    };
    await look();
    const starting = lifecycle.startAll().catch(() => {});
    lifecycle.done.catch(() => {});
    await pass(40, 5);
    await starting;
    await pass(60_000, 20_000);
    await pass(3_000, 5);
    if (lifecycle.state === 'running') {
      lifecycle.requestStop('maintenance', { delay: 100 });
      await pass(200, 5);
      expect(lifecycle.state).toBe('stopped');
    }
  });

  it('have been asked in every state that can be reached', () => {
    const all = (from: StateName, found = new Set<StateName>([from])): Set<StateName> => {
      for (const to of MOVES[from]) if (!found.has(to)) all(to, found.add(to));
      return found;
    };
    expect([...reached.services].sort()).toEqual([...all('idle')].sort());
    // The application as a whole is never restarting: its services are.
    expect([...reached.application].sort()).toEqual(['crashed', 'idle', 'running', 'starting', 'stopped', 'stopping']);
  });
});

describe('what a probe says', () => {
  it('is how far the start is, and who is awaited', async () => {
    const { clock, lifecycle } = application({});
    const starting = lifecycle.startAll();
    await clock.advance(15);
    const { body, headers } = await serverOf(lifecycle).inject('/startup');
    expect(JSON.parse(body)).toEqual({ ok: false, reasons: ['starting 1/2: Api 5 ms'] });
    expect(headers['cache-control']).toBe('no-store');
    await clock.advance(5);
    await starting;
  });

  it('is the way to what is down, and which optional services are', async () => {
    const { clock, lifecycle } = application({ crashes: true });
    const starting = lifecycle.startAll();
    await clock.advance(20);
    await starting;
    await clock.advance(60_015);
    const { reasons } = JSON.parse((await serverOf(lifecycle).inject('/ready')).body);
    expect(reasons).toEqual([expect.stringMatching(/^Api <- Db (stopping|restarting|starting)/)]);
  });

  it.each([
    ['/ready?text', {}],
    ['/ready', { accept: 'text/plain' }],
  ])('is lines for a terminal: %s %o', async (url, headers) => {
    const { lifecycle } = application({});
    const { body, headers: told, statusCode } = await serverOf(lifecycle).inject({ url, headers });
    expect(statusCode).toBe(503);
    expect(told['content-type']).toBe('text/plain; charset=utf-8');
    expect(body).toBe('no\nthe application is idle\n');
  });
});

function statesOf(lifecycle: Lifecycle): string {
  return lifecycle.services.map(({ name, state }) => `${name} ${state}`).join(', ');
}
