import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle, bundled } from '../support/bundle.ts';
import { ROOT } from '../support/program.ts';

const folder = mkdtempSync(join(tmpdir(), 'toolchains-'));
symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
afterAll(() => rmSync(folder, { recursive: true }));

const PROGRAM = `import 'reflect-metadata';
function injectable(_: Function) {}
class Db {}
@injectable class Api { constructor(readonly db: Db) {} }
console.log(Reflect.getMetadata('design:paramtypes', Api).map(({ name }) => name));
`;

/** What a command prints. */
function output([file = '', ...args]: readonly string[], cwd = folder): SpawnSyncReturns<string> {
  return spawnSync(file, args, { cwd, encoding: 'utf8' });
}

it('what a tsconfig has to have is said where there is none, or none of it', { timeout: 60_000 }, async () => {
  const program = mkdtempSync(join(folder, 'bare-'));
  writeFileSync(join(program, 'app.cts'), '');
  const command = bundled(await bundle('src/cli/main.ts'), 'check', 'app.cts');
  const none = output(command, program);
  expect(none).toMatchObject({ status: 1, stderr: expect.stringContaining('it has no tsconfig.json') });
  expect(none.stderr).toContain('{ "compilerOptions": { "target": "ES2022", "module": "NodeNext",');
  writeFileSync(join(program, 'tsconfig.json'), '{}');
  const empty = output(command, program);
  expect(empty.stderr).toMatch(/tsconfig\.json has none; write "target": "ES2022" and "module": "NodeNext" there\n/);
});

describe('the tsconfig of the documentation', { timeout: 60_000 }, () => {
  beforeAll(() => {
    const page = readFileSync(join(ROOT, 'docs/existing-app.md'), 'utf8');
    const [, settings = ''] = /```json\n(\{\n {2}"compilerOptions"[\s\S]*?)```/.exec(page) ?? [];
    const files = { 'tsconfig.json': settings, 'package.json': '{ "type": "module" }', 'main.ts': PROGRAM };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  });

  it('is one that ts-node takes', () => {
    const loader = ['--no-warnings', '--loader', 'ts-node/esm/transpile-only'];
    const { stdout, stderr } = output([process.execPath, ...loader, 'main.ts']);
    expect(stdout, stderr).toBe("[ 'Db' ]\n");
  });

  it.each(['app.ts', 'app.cts'])('is taken for a program in src/, wherever the command is run: %s', async (name) => {
    const cli = await bundle('src/cli/main.ts');
    const fixture = pathToFileURL(await bundle('test/process/fixtures/cli/program.ts')).href;
    mkdirSync(join(folder, 'src'), { recursive: true });
    const file = join(folder, 'src', name);
    const text = `if (Object.keys(process.env).some((name) => name.startsWith('TS_NODE_'))) throw new Error('it is seen');
export const container = import('${fixture}').then((module) => module.container);`;
    writeFileSync(file, text);
    const fine = { stdout: '2 services, 0 errors, 0 warnings\n', stderr: '' };
    expect(output(bundled(cli, 'check', `src/${name}`))).toMatchObject(fine);
    expect(output(bundled(cli, 'check', file), tmpdir())).toMatchObject(fine);
  });
});
