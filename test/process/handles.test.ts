import { afterEach, describe, expect, it } from 'vitest';
import { bundle, bundled } from '../support/bundle.ts';
import { type Ended, killPrograms, Program } from '../support/program.ts';

const fixture = await bundle('test/process/fixtures/handles.ts');

afterEach(killPrograms);

/** Runs one scenario as a process, to its end. */
async function run(scenario: string): Promise<Ended & { readonly stdout: string; readonly stderr: string }> {
  const program = new Program(bundled(fixture, scenario));
  const { code, signal } = await program.ended;
  return { code, signal, stdout: program.stdout, stderr: program.stderr };
}

describe('a process', { timeout: 90_000 }, () => {
  it.each([
    ['start and stop', []],
    ['two lives', []],
    ['tasks', []],
    ['a disposal', []],
    ['a child container', []],
    ['a done that nobody reads', []],
    ['a failed start', [/Failing\.onStart failed: no port/]],
    ['a hanging start', [/HangingStart\.onStart had not settled after [12]\d\d(\.\d)? ms/]],
    ['an aborted start', [/The start was aborted by a stop/]],
    ['a hanging stop', [/HangingStop\.onStop had not settled/]],
    ['a crash that is handled', [/Crashing crashed: .*connection lost/]],
  ])('ends by itself after %s, with nothing of the package alive', async (scenario, says) => {
    const { code, signal, stdout, stderr } = await run(scenario);
    for (const text of says) expect(stdout).toMatch(text);
    expect(stdout, stderr).toContain('handles: []');
    expect({ code, signal }).toEqual({ code: 0, signal: null });
    expect(stdout).toContain('exit: 0');
    expect(stderr).not.toMatch(/unhandled|Unhandled/);
  });

  it('whose service crashes and whose done nobody reads ends with that error, and not with 0', async () => {
    const { code, signal, stdout, stderr } = await run('a crash that nobody handles');
    expect(stderr).toMatch(/CrashError: Crashing crashed: .*connection lost/);
    expect(stderr).toContain('LIFECYCLE_CRASHED');
    expect({ code, signal }).toEqual({ code: 1, signal: null });
    expect(stdout).toContain('exit: 1');
  });
});
