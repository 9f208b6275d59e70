import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { bundle, bundled } from '../support/bundle.ts';
import { killPrograms, Program, ROOT } from '../support/program.ts';

// Inside the repository, where it finds its packages.
const folder = mkdtempSync(join(ROOT, 'test/process/http-drain-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(killPrograms);

/** The program of the page, as it stands there. */
async function recipe(): Promise<string> {
  const [, code = ''] = /^```ts\n(.*?)^```$/ms.exec(readFileSync(join(ROOT, 'docs/http-server.md'), 'utf8')) ?? [];
  const file = join(folder, 'recipe.ts');
  writeFileSync(file, code);
  return bundle(file);
}

type Answer = 'answered' | 'refused' | 'failed';

/** One request: a connection that was never accepted is no failure of the server. */
function get(port: string, agent: Agent): Promise<Answer> {
  return new Promise((resolve) => {
    const sent = request({ port, host: '127.0.0.1', agent }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      response.on('end', () => resolve(text === 'hello\n' ? 'answered' : 'failed'));
      response.on('error', () => resolve('failed'));
    });
    sent.on('error', (error: NodeJS.ErrnoException) => {
      // One that was waiting to be accepted is reset when the server stops to listen.
      const wasNeverTaken = error.code === 'ECONNREFUSED' || (error.code === 'ECONNRESET' && !sent.reusedSocket);
      resolve(wasNeverTaken ? 'refused' : 'failed');
    });
    sent.end();
  });
}

describe('the HTTP server of the recipe', () => {
  it('fails no request that it has accepted, when it is stopped under load', async () => {
    const program = new Program(bundled(await recipe()), {
      PORT: '0',
      NODE_OPTIONS: '--import ./test/process/fixtures/http-counts.mjs',
    });
    await program.prints('Serving on port');
    const port = /Serving on port (\d+)/.exec(program.stdout)?.[1] ?? '';
    const agent = new Agent({ keepAlive: true });
    const counts: Record<Answer, number> = { answered: 0, refused: 0, failed: 0 };
    let enough = (): void => {};
    const isBusy = new Promise<void>((resolve) => {
      enough = resolve;
    });
    const client = async (): Promise<void> => {
      while (counts.refused === 0) {
        counts[await get(port, agent)]++;
        if (counts.answered === 500) enough();
      }
    };
    const clients = Promise.all(Array.from({ length: 40 }, client));
    await isBusy;
    program.kill('SIGTERM');
    const draining = counts.answered;
    expect(await program.ended, program.stdout + program.stderr).toEqual({ code: 0, signal: null });
    await clients;
    agent.destroy();
    expect(counts.failed).toBe(0);
    expect(program.stdout).toContain(`taken: ${counts.answered}, answered: ${counts.answered}\n`);
    // It went on for two seconds, and then took no more.
    expect(counts.answered).toBeGreaterThan(draining + 500);
    expect(counts.refused).toBeGreaterThan(0);
  }, 60_000);
});
