import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { bundle, bundled } from '../support/bundle.ts';
import { killPrograms, Program, ROOT } from '../support/program.ts';

const GUARDED = fileURLToPath(new URL('../support/guarded-package.ts', import.meta.url));
const MISUSE = 'test/process/fixtures/misuse.ts';

const { normalise } = (await import(`${ROOT}scripts/example-output.mjs`)) as { normalise(text: string): string };

/** How an example ends: see scripts/examples.mjs. */
interface Plan {
  readonly after?: string;
  readonly signal?: NodeJS.Signals;
  readonly exitCode?: number;
}

const examples = readdirSync(`${ROOT}examples`)
  .filter((name) => /^\d\d-/.test(name))
  .map((name) => `examples/${name}`);

function planOf(example: string): Plan {
  const file = `${ROOT}${example}/example.json`;
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}

afterEach(killPrograms);

describe('under the guard', { timeout: 60_000 }, () => {
  it('a program ends where it uses a service before its start, and goes on without the guard', async () => {
    const guarded = new Program(bundled(await bundle(MISUSE, { entry: GUARDED })));
    const free = new Program(bundled(await bundle(MISUSE)));
    expect((await guarded.ended).code).toBe(1);
    expect(guarded.stderr).toContain('code outside any service called Cache.get while Cache is idle');
    expect((await free.ended).code).toBe(0);
    expect(free.stdout).toBe('used\n');
  });

  it.each(examples)('%s does what it does without', async (example) => {
    const { after, signal = 'SIGINT', exitCode = 0 } = planOf(example);
    const program = new Program(bundled(await bundle(`${example}/main.ts`, { entry: GUARDED })), {
      PORT: '0',
      GRAPH: `${ROOT}${example}/graph.svg`,
    });
    if (after !== undefined) {
      await program.prints(after);
      program.kill(signal);
    }
    const { code } = await program.ended;
    expect(normalise(program.stdout)).toBe(normalise(readFileSync(`${ROOT}${example}/expected.txt`, 'utf8')));
    expect(program.stderr).not.toContain('GuardError');
    expect(code).toBe(exitCode);
  });
});
