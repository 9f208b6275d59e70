import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { suggestion } from '../did-you-mean.ts';
import { OptionError } from '../errors.ts';

/** Where a program is to be found. */
export interface ProgramPlace {
  /** The file of the module, absolute. */
  readonly file: string;
  /** The export that was asked for, if any. */
  readonly exportName: string | undefined;
}

/** `./app.ts:container`; what stands before the colon is more than a drive letter. */
const FORM = /^(.{2,}):([A-Za-z_$][\w$]*)$/s;

/** What a path may leave out, in the order in which it is looked for. */
const EXTENSIONS = ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts'] as const;

/**
 * Finds the module that `<module>[:export]` means: a path, from the folder the command is run in, or else a package that is
 * installed there.
 *
 * @throws OptionError for one that does not exist
 */
export function placeOf(text: string, folder: string): ProgramPlace {
  const [, module = text, exportName] = FORM.exec(text) ?? [];
  const path = module.startsWith('file:') ? fileURLToPath(module) : resolve(folder, module);
  const file = fileAt(path) ?? installed(module, folder);
  if (file === undefined) throw noModule(text, path);
  return { file, exportName };
}

/** The file itself, one with an extension that was left out, or the one that stands for a folder. */
function fileAt(path: string): string | undefined {
  const candidates = [path, ...EXTENSIONS.map((extension) => path + extension), ...inside(path)];
  return candidates.find((candidate) => existsSync(candidate) && statSync(candidate).isFile());
}

function inside(folder: string): string[] {
  return EXTENSIONS.map((extension) => join(folder, `index${extension}`));
}

/** A package by its name, which is no path. */
function installed(name: string, folder: string): string | undefined {
  if (/^(\.|\/|file:)|\\/.test(name)) return undefined;
  try {
    return createRequire(pathToFileURL(join(folder, 'package.json'))).resolve(name);
  } catch {
    return undefined;
  }
}

function noModule(text: string, path: string): OptionError {
  const folder = dirname(path);
  const beside = existsSync(folder) ? readdirSync(folder).filter((name) => /^[^.].*\.[cm]?[jt]s$/.test(name)) : [];
  const hint = suggestion(
    basename(path),
    beside,
    'Give a file such as ./app.ts, or ./app.ts:container for its export.',
  );
  return new OptionError(`'${text}' leads to ${path}, and there is no such module. ${hint}`, { module: text });
}
