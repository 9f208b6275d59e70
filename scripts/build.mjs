// Builds dist/: declarations file by file, and the code in as few files as there can be, since each file that is loaded
// costs a third of a millisecond and there are seventy of them.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = `${root}dist`;
const tsc = fileURLToPath(import.meta.resolve('typescript/bin/tsc'));

rmSync(dist, { recursive: true, force: true });
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);

// The compiler rewrites './x.ts' in .js files but not in declarations.
const RELATIVE_TS = /(\b(?:from|import|module) ?\(?)(['"])(\.\.?\/[^'"\n]+)\.ts\2/g;
for (const name of readdirSync(dist, { recursive: true })) {
  if (!name.endsWith('.d.ts')) continue;
  const file = `${dist}/${name}`;
  writeFileSync(file, readFileSync(file, 'utf8').replace(RELATIVE_TS, '$1$2$3.js$2'));
}

// What both entries use is one chunk: `Lifecycle` must be one class.
const bundle = await rolldown({
  cwd: root,
  input: { 'container/index': 'container/index.ts', 'src/testing/index': 'src/testing/index.ts' },
  external: /^[^./]/,
  platform: 'node',
  tsconfig: 'tsconfig.json',
});
await bundle.write({ dir: dist, entryFileNames: '[name].js', chunkFileNames: 'chunk-[hash].js', sourcemap: true });
await bundle.close();
