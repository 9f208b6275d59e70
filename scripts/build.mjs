// Builds dist/. tsc compiles, file by file; then the code (not the declarations) is put into as few files as there can be,
// since each file that is loaded costs a third of a millisecond and there are eighty of them.
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
const compiled = readdirSync(dist, { recursive: true }).map((name) => `${dist}/${name}`);

// The compiler rewrites './x.ts' in .js files but not in declarations.
const RELATIVE_TS = /(\b(?:from|import|module) ?\(?)(['"])(\.\.?\/[^'"\n]+)\.ts\2/g;
for (const file of compiled.filter((name) => name.endsWith('.d.ts'))) {
  writeFileSync(file, readFileSync(file, 'utf8').replace(RELATIVE_TS, '$1$2$3.js$2'));
}

/** Has the maps of the bundle lead to the sources, through those of the compiler. */
const compilersMaps = {
  name: 'compilers-maps',
  load: (file) => ({ code: readFileSync(file, 'utf8'), map: JSON.parse(readFileSync(`${file}.map`, 'utf8')) }),
};

// What the entries share is one chunk: `Lifecycle` must be one class.
const bundle = await rolldown({
  cwd: root,
  input: {
    'container/index': `${dist}/container/index.js`,
    'container/testing/index': `${dist}/container/testing/index.js`,
    'container/http/index': `${dist}/container/http/index.js`,
    cli: `${dist}/src/cli/main.js`,
  },
  external: /^[^./]/,
  platform: 'node',
  plugins: [compilersMaps],
  // What package.json says of side effects is about what is built here, not about what it is built from.
  treeshake: { moduleSideEffects: () => true },
});
const { output } = await bundle.generate({
  dir: dist,
  entryFileNames: '[name].js',
  chunkFileNames: 'chunk-[hash].js',
  sourcemap: true,
});
await bundle.close();
for (const file of compiled.filter((name) => /\.js(\.map)?$/.test(name))) rmSync(file);
for (const part of output) writeFileSync(`${dist}/${part.fileName}`, part.type === 'chunk' ? part.code : part.source);
