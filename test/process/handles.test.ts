import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FIXTURE = 'test/process/fixtures/handles.ts';
const FLAGS = ['--enable-source-maps', '--disable-warning=DEP0180', '--disable-warning=DEP0205'];

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one scenario as a process, and kills it if it does not end by itself. */
function run(scenario: string): Promise<Ended> {
  const args = [...FLAGS, '--import', './scripts/ts-node.mjs', FIXTURE, scenario];
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, { cwd: ROOT, timeout: 60_000 }, (_, stdout, stderr) => {
      resolve({ code: child.exitCode, signal: child.signalCode, stdout, stderr });
    });
  });
}

describe('a process', { timeout: 90_000 }, () => {
  it.each([
    ['start and stop', []],
    ['two lives', []],
    ['a disposal', []],
    ['a child container', []],
    ['a done that nobody reads', []],
    ['a failed start', [/Failing\.onStart failed: no port/]],
    ['a hanging start', [/HangingStart\.onStart had not settled after 20\d(\.\d)? ms/]],
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
