/** TypeScript in a program that is run: with the loader that the process has, or with ts-node. */

import { existsSync, realpathSync } from 'node:fs';
import { createRequire, register } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LifecycleError, messageOf } from '../errors.ts';

/** What came after it is no library that a program can call. */
const LAST_TYPESCRIPT = 6;

/** TypeScript 6 wants a rootDir where there is an outDir; the outDir is ts-node's, and nothing is written into it. */
const NO_ROOT_DIR = '5011';

/** The least that a program with Inversify needs. */
const SETTINGS =
  '{ "compilerOptions": { "target": "ES2022", "module": "NodeNext", "experimentalDecorators": true, "emitDecoratorMetadata": true } }';

/** A module for the thread of the loaders, whose environment is its own. */
const GIVE_VARIABLES =
  'data:text/javascript,export const initialize = (variables) => { Object.assign(process.env, variables); };';

/** Loaders that a process may have been started with; they know what to do with TypeScript. */
const LOADERS = /\b(ts-node|tsx|swc|oxc|jiti|tsimp)\b/;

export function isTypeScript(file: string): boolean {
  return /\.[cm]?ts$/.test(file);
}

/**
 * Has Node run TypeScript: nothing is checked, only compiled, with the `tsconfig.json` of the program.
 *
 * @param file the program; ts-node is looked for from there on
 * @throws LifecycleError with code LIFECYCLE_MISSING_PEER where there is no ts-node
 */
export function prepareTypeScript(file: string): void {
  if (LOADERS.test(`${process.execArgv.join(' ')} ${process.env.NODE_OPTIONS ?? ''}`)) return;
  const home = pathToFileURL(file).href;
  const require = createRequire(home);
  if (!isInstalled(require)) {
    const message = `${file} is TypeScript, which needs the package ts-node, which is not installed; write npm install --save-dev ts-node typescript@${LAST_TYPESCRIPT}, or compile it and run the JavaScript`;
    throw new LifecycleError('LIFECYCLE_MISSING_PEER', message, { package: 'ts-node' });
  }
  const variables = variablesFor(file);
  // Modules of both kinds: the one hook is asked for what is imported, the other for what is required.
  try {
    having(variables, () => keepingStacks(() => require('ts-node/register/transpile-only')));
  } catch (error) {
    throw unfit(file, error, require);
  }
  silently(() => {
    register(GIVE_VARIABLES, { data: variables });
    register('ts-node/esm/transpile-only', home);
  });
}

type Variables = Readonly<Record<string, string>>;

/** What ts-node is told, which reads it while it is loaded. */
function variablesFor(file: string): Variables {
  const ignored = [process.env.TS_NODE_IGNORE_DIAGNOSTICS, NO_ROOT_DIR].filter(Boolean);
  const project = process.env.TS_NODE_PROJECT || settingsOf(file);
  return {
    TS_NODE_IGNORE_DIAGNOSTICS: ignored.join(','),
    ...(project !== undefined && { TS_NODE_PROJECT: project }),
  };
}

/** The tsconfig.json of a program: the nearest one above it, or else above the folder that the command is run in. */
function settingsOf(file: string): string | undefined {
  return settingsAbove(dirname(realpathSync(file))) ?? settingsAbove(process.cwd());
}

function settingsAbove(folder: string): string | undefined {
  const settings = join(folder, 'tsconfig.json');
  if (existsSync(settings)) return settings;
  const parent = dirname(folder);
  return parent === folder ? undefined : settingsAbove(parent);
}

/** The program, and what it starts, is to see none of it. */
function having(variables: Variables, call: () => void): void {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  try {
    call();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

/**
 * What is to be said of TypeScript that cannot be loaded: what was thrown, or what has to be written where that is about
 * options that nobody has written.
 */
export function typeScriptFault(file: string, error: unknown): string {
  const message = messageOf(error);
  const settings = variablesFor(file).TS_NODE_PROJECT;
  if (settings === undefined && /\berror TS51(07|09)\b/.test(message))
    return `it has no tsconfig.json, and what ts-node takes in its place TypeScript refuses; write a tsconfig.json with ${SETTINGS}`;
  if (settings !== undefined && message.includes("'target=ES5'"))
    return `TypeScript refuses the target ES5, which is ts-node's where ${settings} has none; write "target": "ES2022" and "module": "NodeNext" there`;
  return message;
}

/** ts-node maps the stacks of modules that are required, and of no others: Node itself maps them all, and shows more. */
function keepingStacks(call: () => void): void {
  const { prepareStackTrace } = Error;
  const { emit } = process;
  call();
  // What it puts in the way of errors that nobody catches.
  process.emit = emit;
  if (prepareStackTrace === undefined) Reflect.deleteProperty(Error, 'prepareStackTrace');
  else Error.prepareStackTrace = prepareStackTrace;
}

/** ts-node is there and does not come up: it does not like the settings, or the compiler. */
function unfit(file: string, error: unknown, load: NodeJS.Require): LifecycleError {
  const { version } = load('typescript/package.json') as { version: string };
  const isTooNew = Number.parseInt(version, 10) > LAST_TYPESCRIPT;
  const why = isTooNew
    ? `it knows TypeScript up to ${LAST_TYPESCRIPT}, and found ${version}: write npm install --save-dev typescript@${LAST_TYPESCRIPT}, or compile the program and run the JavaScript`
    : `${messageOf(error).trim()}; has its tsconfig.json a fault?`;
  const message = `${file} is TypeScript, and ts-node cannot be set up: ${why}`;
  return new LifecycleError('LIFECYCLE_MISSING_PEER', message, { package: 'ts-node' }, { cause: error });
}

function isInstalled(require: NodeJS.Require): boolean {
  try {
    require.resolve('ts-node/esm/transpile-only');
    return true;
  } catch {
    return false;
  }
}

/** How Node is to be told is ts-node's choice, not the user's: its deprecation is nothing that they could mend. */
function silently(call: () => void): void {
  const before = process.noDeprecation ?? false;
  process.noDeprecation = true;
  call();
  process.noDeprecation = before;
}
