// Compiles the published folders into dist/.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const tsc = fileURLToPath(import.meta.resolve('typescript/bin/tsc'));

rmSync(dist, { recursive: true, force: true });
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);

// The compiler rewrites './x.ts' in .js files but not in declarations. Of the same length, so the maps stay true.
const RELATIVE_TS = /(\b(?:from|import|module) ?\(?)(['"])(\.\.?\/[^'"\n]+)\.ts\2/g;
for (const name of readdirSync(dist, { recursive: true })) {
  if (!name.endsWith('.d.ts')) continue;
  const file = `${dist}/${name}`;
  writeFileSync(file, readFileSync(file, 'utf8').replace(RELATIVE_TS, '$1$2$3.js$2'));
}
