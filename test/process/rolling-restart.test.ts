import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import process from 'node:process';
import { afterEach, describe, expect, it } from 'vitest';
import { Balancer, type Upstream } from '../support/balancer.ts';
import { bundle, bundled } from '../support/bundle.ts';
import { killPrograms, Program } from '../support/program.ts';

/** `npm run bench -- 1 rolling` asks for twenty under a thousand. */
const RESTARTS = Number(process.env.RESTARTS ?? 1);
const IN_FLIGHT = Number(process.env.IN_FLIGHT ?? 100);

const fixture = await bundle('test/process/fixtures/drains.ts');
afterEach(killPrograms);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function upstream(): Promise<Upstream> {
  return { port: await freePort(), probes: await freePort() };
}

async function run({ port, probes }: Upstream): Promise<Program> {
  const program = new Program(bundled(fixture), { PORT: String(port), PROBES: String(probes) });
  await program.prints('Started 1 service');
  return program;
}

describe('two processes behind a client that asks /ready', () => {
  it(
    'fail no request while each is restarted under load',
    async () => {
      const upstreams = [await upstream(), await upstream()];
      const programs = await Promise.all(upstreams.map(run));
      const balancer = new Balancer(upstreams);
      await balancer.ready(2);
      balancer.load(IN_FLIGHT);
      for (let restart = 0; restart < RESTARTS; restart++) {
        for (const [index, place] of upstreams.entries()) {
          const program = programs[index] as Program;
          program.kill('SIGTERM');
          expect(await program.ended, program.stdout + program.stderr).toEqual({ code: 0, signal: null });
          programs[index] = await run(place);
          await balancer.ready(2);
        }
      }
      await balancer.close();
      const { counts, slowestNotice } = balancer;
      console.log(
        `rolling: ${JSON.stringify({ restarts: 2 * RESTARTS, inFlight: IN_FLIGHT, ...counts, slowestNotice })}`,
      );
      expect(balancer.faults.slice(0, 5)).toEqual([]);
      expect(counts.failed).toBe(0);
      expect(counts.answered).toBeGreaterThan(IN_FLIGHT * RESTARTS * 10);
    },
    60_000 + RESTARTS * 30_000,
  );
});
