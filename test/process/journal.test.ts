import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import type { WorkerOptions } from '../../container/index.ts';
import { readJournal } from '../../src/journal/journal-file.ts';
import { replayed } from '../../src/journal/replay.ts';
import { bundle, bundled } from '../support/bundle.ts';
import { killPrograms, Program } from '../support/program.ts';

vi.setConfig({ testTimeout: 60_000 });

const fixture = await bundle('test/process/fixtures/worker.ts');
const folder = mkdtempSync(join(tmpdir(), 'inversify-lifecycle-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(killPrograms);

const within = (options: WorkerOptions) => ({ OPTIONS: JSON.stringify({ logFormat: 'pretty', ...options }) });

function start(scenario: string, journal: string): Program {
  return new Program(bundled(fixture, scenario), within({ journal }));
}

/** How the last run of a journal left the application and its services. */
function leftBy(file: string): Record<string, string> {
  const run = readJournal(file).runs.at(-1);
  if (run === undefined) throw new Error('no run');
  const { state, services } = replayed(run.header, run.events);
  return { state, ...Object.fromEntries(services.map((service) => [service.name, service.state])) };
}

describe('the journal of a program', () => {
  it('is whole when it stops in order', async () => {
    const file = join(folder, 'ordered.journal');
    const program = start('running', file);
    await program.prints('Started 2 services');
    program.kill('SIGTERM');
    expect(await program.ended, program.stderr).toEqual({ code: 0, signal: null });
    expect(readJournal(file).notes).toEqual([]);
    expect(leftBy(file)).toEqual({ state: 'stopped', Base: 'stopped', Jobs: 'stopped' });
  });

  it('tells of all that had happened when it is killed; the next process adds its own run', async () => {
    const file = join(folder, 'killed.journal');
    const program = start('running', file);
    await program.prints('Started 2 services');
    program.kill('SIGKILL');
    expect(await program.ended).toEqual({ code: null, signal: 'SIGKILL' });
    expect(leftBy(file)).toEqual({ state: 'running', Base: 'running', Jobs: 'running' });
    // As a system does that goes down.
    appendFileSync(file, '{"id":9999,"at":17');
    const second = start('crashing', file);
    expect(await second.ended).toEqual({ code: 1, signal: null });
    const { runs, notes } = readJournal(file);
    expect(runs).toHaveLength(2);
    expect(notes).toEqual([expect.stringMatching(/^line \d+ is cut/)]);
    expect(leftBy(file)).toMatchObject({ state: 'crashed', Base: 'stopped' });
  });

  it('is whole too when the third signal ends it, and when its start fails', async () => {
    const file = join(folder, 'third.journal');
    const program = start('hanging', file);
    await program.prints('Started');
    program.kill('SIGINT');
    await program.prints('hanging');
    program.kill('SIGTERM');
    await program.prints('again');
    program.kill('SIGTERM');
    await program.prints('hanging');
    program.kill('SIGHUP');
    await program.ended;
    expect(leftBy(file)).toMatchObject({ state: expect.stringMatching(/stop/), Base: expect.any(String) });
    const failing = start('failing', file);
    expect(await failing.ended).toEqual({ code: 1, signal: null });
    expect(leftBy(file)).toMatchObject({ Base: 'stopped', Failing: 'crashed' });
  });

  it('that cannot be written ends it with 2 before anything starts', async () => {
    const files = [join(folder, 'missing/app.journal'), folder, ...(existsSync('/dev/full') ? ['/dev/full'] : [])];
    for (const file of files) {
      const program = start('running', file);
      expect(await program.ended, file).toEqual({ code: 2, signal: null });
      expect(program.stderr).toContain(`the journal ${file} cannot be written: `);
      expect(program.stdout).not.toContain('Starting');
    }
  });

  it.skipIf(!existsSync('/bin/bash'))(
    'that cannot be written any more is warned of once, and the program goes on',
    async () => {
      const file = join(folder, 'full.journal');
      const command = ['/bin/bash', '-c', 'ulimit -f 8; exec "$@"', 'bash', ...bundled(fixture, 'running')];
      const program = new Program(command, within({ journal: file }));
      await program.prints('ends here, since it cannot be written: EFBIG');
      program.kill('SIGTERM');
      expect(await program.ended, program.stderr).toEqual({ code: 0, signal: null });
      expect(program.stdout.match(/ends here/g)).toHaveLength(1);
      expect(program.stdout).toContain('-Stopped!');
      expect(readFileSync(file)).toHaveLength(8_192);
      expect(readJournal(file).notes).toEqual([expect.stringMatching(/is cut/)]);
    },
  );
});
