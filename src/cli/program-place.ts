import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { suggestion } from '../did-you-mean.ts';
import { messageOf, OptionError } from '../errors.ts';

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
 * @throws OptionError for one that does not exist, and for a URL that leads to no file
 */
export function placeOf(text: string, folder: string): ProgramPlace {
  const [, module = text, exportName] = FORM.exec(text) ?? [];
  const path = module.startsWith('file:') ? pathOfUrl(module) : resolve(folder, module);
  const file = fileAt(path) ?? installed(module, folder);
  if (file === undefined) throw noModule(text, path);
  return { file, exportName };
}

function pathOfUrl(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    const hint = 'write it with three slashes, such as file:///srv/app.js, or give a path such as ./app.ts';
    throw new OptionError(`'${url}' is no URL of a file: ${messageOf(error)}; ${hint}`, { module: url });
  }
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

const USAGE = 'Give a file such as ./app.ts, or ./app.ts:container for its export.';

function noModule(text: string, path: string): OptionError {
  const found = isFolder(path)
    ? `which is a folder without an index. ${suggestion('', modulesIn(path), USAGE)}`
    : `and there is no such module. ${suggestion(basename(path), modulesIn(dirname(path)), USAGE)}`;
  return new OptionError(`'${text}' leads to ${path}, ${found}`, { module: text });
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

/** Those that can be run: declarations are none. */
function modulesIn(folder: string): string[] {
  if (!isFolder(folder)) return [];
  return readdirSync(folder).filter((name) => /^[^.].*(?<!\.d)\.[cm]?[jt]s$/.test(name));
}
