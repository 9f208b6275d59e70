import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle, bundled } from '../support/bundle.ts';
import { ROOT } from '../support/program.ts';

const folder = mkdtempSync(join(tmpdir(), 'toolchains-'));
afterAll(() => rmSync(folder, { recursive: true }));

const PROGRAM = `import 'reflect-metadata';
function injectable(_: Function) {}
class Db {}
@injectable class Api { constructor(readonly db: Db) {} }
console.log(Reflect.getMetadata('design:paramtypes', Api).map(({ name }) => name));
`;

/** What a program prints, run in the folder. */
function output(file: string, ...args: readonly string[]): { stdout: string; stderr: string } {
  return spawnSync(file, args, { cwd: folder, encoding: 'utf8' });
}

describe('the tsconfig of the documentation', { timeout: 60_000 }, () => {
  beforeAll(() => {
    const page = readFileSync(join(ROOT, 'docs/existing-app.md'), 'utf8');
    const [, settings = ''] = /```json\n(\{\n {2}"compilerOptions"[\s\S]*?)```/.exec(page) ?? [];
    const files = { 'tsconfig.json': settings, 'package.json': '{ "type": "module" }', 'main.ts': PROGRAM };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
  });

  it('is one that ts-node takes', () => {
    const { stdout, stderr } = output(
      process.execPath,
      '--no-warnings',
      '--loader',
      'ts-node/esm/transpile-only',
      'main.ts',
    );
    expect(stdout, stderr).toBe("[ 'Db' ]\n");
  });

  it.each(['app.ts', 'app.cts'])(
    'is one that the command takes for a program in a folder of its own: %s',
    async (name) => {
      const [file = '', ...args] = bundled(await bundle('src/cli/main.ts'), 'check', `src/${name}`);
      const fixture = pathToFileURL(await bundle('test/process/fixtures/cli/program.ts')).href;
      mkdirSync(join(folder, 'src'), { recursive: true });
      const text = `export const container = import('${fixture}').then((module) => module.container);`;
      writeFileSync(join(folder, 'src', name), text);
      expect(output(file, ...args)).toMatchObject({ stdout: '2 services, 0 errors, 0 warnings\n', stderr: '' });
    },
  );
});
