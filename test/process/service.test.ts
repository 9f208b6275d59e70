import { afterEach, describe, expect, it } from 'vitest';
import { bundle, bundled } from '../support/bundle.ts';
import { killPrograms, Program } from '../support/program.ts';

const fixture = await bundle('test/process/fixtures/service.ts');

afterEach(killPrograms);

describe('a program that is one service, without a container', { timeout: 60_000 }, () => {
  it('is run by a Worker, tasks and flags included, and stops on a signal with nothing left', async () => {
    const program = new Program(bundled(fixture));
    await program.prints('[^-beacon.flash]: flash while it holds flashing');
    program.kill('SIGTERM');
    expect(await program.ended, program.stderr).toEqual({ code: 0, signal: null });
    expect(program.stdout).toMatch(/\[\^Worker\]: Stopping on signal received/);
    expect(program.stdout).toMatch(/\[\^-beacon\]: -Stopped!/);
    expect(program.stdout).toMatch(/<beacon: stopped>\nexit: 0, handles: \[\]\n$/);
    expect(program.stderr).toBe('');
  });
});
