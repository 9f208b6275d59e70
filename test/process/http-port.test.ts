import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { WorkerOptions } from '../../container/index.ts';
import { bundle, bundled } from '../support/bundle.ts';
import { killPrograms, Program } from '../support/program.ts';

vi.setConfig({ testTimeout: 60_000 });

const fixture = await bundle('test/process/fixtures/http-port.ts');
afterEach(killPrograms);

function start(options: WorkerOptions, ...args: readonly string[]): Program {
  return new Program(bundled(fixture, ...args), { OPTIONS: JSON.stringify({ logFormat: 'pretty', ...options }) });
}

async function addressOf(program: Program): Promise<string> {
  await program.prints('pictures are at');
  return /http:\S+/.exec(program.stdout)?.[0] ?? '';
}

async function ask(address: string, path: string): Promise<{ status: number; reasons: readonly string[] }> {
  const response = await fetch(`${address}${path}`);
  const { reasons } = JSON.parse(await response.text());
  return { status: response.status, reasons };
}

describe('the port of a program', () => {
  it('says how far the start is, and that it is not to be waited for once it is to be stopped', async () => {
    const program = start({ http: 0 }, 'slow');
    const address = await addressOf(program);
    await program.prints('[^-App]: Starting...');
    const { status, reasons } = await ask(address, '/startup');
    expect(status).toBe(503);
    expect(reasons).toEqual([expect.stringMatching(/^starting 1\/2: App /)]);
    expect((await ask(address, '/live')).status).toBe(200);
    program.kill('SIGTERM');
    expect(await program.ended, program.stdout + program.stderr).toEqual({ code: 0, signal: null });
  });

  it('is unready at once when SIGTERM comes, lives through the delay, and is closed in the end', async () => {
    const program = start({ http: 0, preStopDelay: '1s' });
    const address = await addressOf(program);
    await program.prints('Started 2 services');
    expect((await ask(address, '/ready')).status).toBe(200);
    program.kill('SIGTERM');
    await program.prints('Stopping on signal received...');
    expect(await ask(address, '/ready')).toEqual({ status: 503, reasons: ['a stop was requested'] });
    expect((await ask(address, '/live')).status).toBe(200);
    expect(program.stdout).not.toContain('[^-App]: Stopping...');
    expect(await program.ended, program.stdout + program.stderr).toEqual({ code: 0, signal: null });
    await expect(fetch(address)).rejects.toThrow();
  });

  it('holds the end for no connection that is kept alive', async () => {
    const program = start({ http: 0, exitTimeout: '10s' });
    const address = await addressOf(program);
    await program.prints('Started 2 services');
    const agent = new Agent({ keepAlive: true });
    const [response] = (await once(request(`${address}/ready`, { agent }).end(), 'response')) as [IncomingMessage];
    response.resume();
    await once(response, 'end');
    const stopped = Date.now();
    program.kill('SIGTERM');
    expect((await program.ended).code).toBe(0);
    // Fastify's timeout of such a connection is 5 s.
    expect(Date.now() - stopped).toBeLessThan(3_000);
    agent.destroy();
  });

  it('ends with 2 where its port is taken, and has started nothing', async () => {
    const first = start({ http: 0 });
    const { port } = new URL(await addressOf(first));
    const second = start({ http: Number(port) });
    expect((await second.ended).code).toBe(2);
    expect(second.stderr).toContain(`http: cannot listen on 127.0.0.1:${port}`);
    expect(second.stdout).not.toContain('Starting');
  });

  it('loads nothing where nobody asks', async () => {
    const loaded = async (options: WorkerOptions): Promise<string | undefined> => {
      const program = start(options);
      await program.prints('Started 2 services');
      program.kill('SIGTERM');
      expect((await program.ended).code).toBe(0);
      return /loaded: (.*)/.exec(program.stdout)?.[1];
    };
    expect(await loaded({})).toBe('');
    expect(await loaded({ http: 0, traces: true })).toBe('@opentelemetry/api,fastify,prom-client');
  });
});
