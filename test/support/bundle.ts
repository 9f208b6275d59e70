import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { ROOT } from './program.ts';

/** Within the repository, where what it imports is found. */
const FOLDER = join(ROOT, 'node_modules/.cache/inversify-lifecycle-tests');

const SOURCES = {
  'inversify-lifecycle': join(ROOT, 'container/index.ts'),
  'inversify-lifecycle/testing': join(ROOT, 'container/testing/index.ts'),
  'inversify-lifecycle/http': join(ROOT, 'container/http/index.ts'),
};

interface BundleOptions {
  /** The program itself, where there is no such file. */
  readonly text?: string;
  /** What the package's name means to the program. */
  readonly entry?: string;
}

/**
 * A program of the repository and the package's sources in one JavaScript file, so that a test that starts it many times
 * compiles it once; its map leads to the sources.
 *
 * @returns the file
 */
export async function bundle(program: string, { text, entry }: BundleOptions = {}): Promise<string> {
  const path = resolve(ROOT, program);
  const built = await rolldown({
    cwd: ROOT,
    input: path,
    // An alias would come after the paths of tsconfig.json.
    plugins: [
      {
        name: 'given',
        resolveId(id) {
          if (id === 'inversify-lifecycle') return entry ?? SOURCES['inversify-lifecycle'];
          return id === path ? id : null;
        },
        load: (id) => (id === path ? (text ?? null) : null),
      },
    ],
    platform: 'node',
    resolve: { alias: SOURCES },
    transform: { target: 'es2022' },
    // package.json speaks of the built files.
    treeshake: { moduleSideEffects: () => true },
    // The compiler's own helpers are bundled.
    external: (id) => !/^([./]|@oxc-project\/)/.test(id) && !(id in SOURCES),
  });
  const { output } = await built.generate({ dir: FOLDER, sourcemap: 'inline', codeSplitting: false });
  await built.close();
  const { code } = output[0];
  const file = join(
    FOLDER,
    `${basename(program, '.ts')}-${createHash('sha256').update(code).digest('hex').slice(0, 16)}.mjs`,
  );
  if (!existsSync(file)) {
    mkdirSync(FOLDER, { recursive: true });
    // In one step: another test may be about to run it.
    writeFileSync(`${file}.${process.pid}`, code);
    renameSync(`${file}.${process.pid}`, file);
  }
  return file;
}

/** The command that runs what was bundled. */
export function bundled(file: string, ...args: readonly string[]): string[] {
  return [process.execPath, '--enable-source-maps', file, ...args];
}
