import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { ROOT } from '../support/program.ts';

const folder = mkdtempSync(join(tmpdir(), 'toolchains-'));
afterAll(() => rmSync(folder, { recursive: true }));

const PROGRAM = `import 'reflect-metadata';
function injectable(_: Function) {}
class Db {}
@injectable class Api { constructor(readonly db: Db) {} }
console.log(Reflect.getMetadata('design:paramtypes', Api).map(({ name }) => name));
`;

it('the tsconfig of the documentation is one that ts-node takes', { timeout: 60_000 }, () => {
  const page = readFileSync(join(ROOT, 'docs/existing-app.md'), 'utf8');
  const [, settings = ''] = /```json\n(\{\n {2}"compilerOptions"[\s\S]*?)```/.exec(page) ?? [];
  const files = { 'tsconfig.json': settings, 'package.json': '{ "type": "module" }', 'main.ts': PROGRAM };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
  const args = ['--no-warnings', '--loader', 'ts-node/esm/transpile-only', 'main.ts'];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  expect(stdout, stderr).toBe("[ 'Db' ]\n");
});
