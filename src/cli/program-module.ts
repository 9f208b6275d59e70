import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { suggestion } from '../did-you-mean.ts';
import { LifecycleError, messageOf, OptionError } from '../errors.ts';
import { EXIT } from '../worker/exit-code.ts';
import { type OwnWorker, takeWorkers } from '../worker/own-worker.ts';
import { checkRunnable, type HasRunnable, type Runnable, runnableOf } from '../worker/runnable.ts';
import type { ProgramPlace } from './program-place.ts';
import { isTypeScript, prepareTypeScript, typeScriptFault } from './typescript.ts';

/** What is taken when no export is named, in this order. */
const USUAL = ['default', 'container', 'app'] as const;

/** What there is to be run. */
export interface Program {
  readonly runnable: Runnable;
  /** The Worker that the module would have run by itself; told its exit code, the module goes on. */
  readonly own: (OwnWorker & { readonly ended: (code: number) => void }) | undefined;
}

/** How long a module that exports nothing may take until it runs a Worker, in milliseconds. */
const PATIENCE = 2_000;

/**
 * Loads a program, and starts nothing of it. Its export is a container with a lifecycle, a service, or a function that
 * returns one of these, or a promise of it. A module that would run a Worker by itself has it taken from its hands.
 *
 * @throws OptionError when the module has no such export, or it is none of these
 * @throws LifecycleError with code LIFECYCLE_MODULE when the module or its function throws; `cause` is what it threw
 * @throws LifecycleError with code LIFECYCLE_MISSING_PEER when it is TypeScript and nothing is there that can read it
 */
export async function loadProgram(place: ProgramPlace): Promise<Program> {
  const forget = tellIfItNeverComes(place.file);
  let release = (): void => {};
  const own = new Promise<Program>((resolve) => {
    release = takeWorkers(
      (worker) => new Promise((ended) => resolve({ runnable: worker.runnable, own: { ...worker, ended } })),
    );
  });
  try {
    return await Promise.race([own, exported(place, own)]);
  } finally {
    release();
    forget();
  }
}

async function exported({ file, exportName }: ProgramPlace, own: Promise<Program>): Promise<Program> {
  const exports = await importModule(file);
  if (exportName === undefined && namesOf(exports).length === 0) await Promise.race([own, sleep(PATIENCE)]);
  const name = exportName ?? usualExport(exports, file);
  if (!Object.hasOwn(exports, name)) throw noExport(name, exports, file);
  const what = `the export ${name} of ${file}`;
  return { runnable: usable(await called(exports[name], what), what), own: undefined };
}

/** Where nothing is left that could end the wait, Node ends the process and says nothing. @returns the undo */
function tellIfItNeverComes(file: string): () => void {
  const tell = (): void => {
    console.error(`${file} cannot be loaded: it, or the function that it exports, awaits what never comes`);
    process.exitCode = EXIT.failed;
  };
  // Not 'exit': that is also how a module ends that calls process.exit, or dies of an error.
  process.once('beforeExit', tell);
  return () => process.off('beforeExit', tell);
}

type Exports = Readonly<Record<string, unknown>>;

async function importModule(file: string): Promise<Exports> {
  if (isTypeScript(file)) prepareTypeScript(file);
  try {
    return exportsOf(await import(pathToFileURL(file).href));
  } catch (error) {
    const fault = isTypeScript(file) ? typeScriptFault(file, error) : messageOf(error);
    throw broken(`${file} cannot be loaded: ${fault}`, file, error);
  }
}

/** What a CommonJS module exports is the default of it, as a whole. */
function exportsOf({ default: whole, ...named }: Exports): Exports {
  if (whole === undefined) return named;
  return isPlain(whole) && Object.keys(whole).length > 0 ? { ...named, ...whole } : { ...named, default: whole };
}

function isPlain(value: unknown): value is Exports {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The usual name, or the only export that there is. */
function usualExport(exports: Exports, file: string): string {
  const names = namesOf(exports);
  const name = USUAL.find((usual) => names.includes(usual)) ?? (names.length === 1 ? names[0] : undefined);
  if (name !== undefined) return name;
  const list = names.length === 0 ? 'it exports nothing' : `it exports ${names.join(', ')}`;
  const fitting = names.find((each) => mayBeRun(exports[each]));
  const call = fitting === undefined ? 'export default container' : `${file}:${fitting}`;
  throw new OptionError(`${file} has none of the exports ${USUAL.join(', ')}, and ${list}; write ${call}`, {
    file,
    exports: names,
  });
}

/** A function may return one. */
function mayBeRun(value: unknown): boolean {
  if (typeof value === 'function') return !isClass(value);
  try {
    checkRunnable(runnableOf(value as Runnable | HasRunnable));
    return true;
  } catch {
    return false;
  }
}

function isClass(value: object): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value));
}

function namesOf(exports: Exports): string[] {
  return Object.keys(exports).filter((name) => name !== 'module.exports' && name !== '__esModule');
}

function noExport(name: string, exports: Exports, file: string): OptionError {
  const names = namesOf(exports);
  return new OptionError(`${file} has no export ${name}. ${suggestion(name, names, 'It exports nothing.')}`, {
    file,
    exports: names,
  });
}

async function called(value: unknown, what: string): Promise<unknown> {
  if (typeof value !== 'function') return value;
  if (isClass(value)) {
    const example = value.name || 'App';
    throw new OptionError(
      `${what} is a class; export an instance of it, export default new ${example}(), or a container that has it, export default new ServiceContainer().add(${example})`,
    );
  }
  try {
    return await value();
  } catch (error) {
    throw broken(`${what} threw when it was called: ${messageOf(error)}`, what, error);
  }
}

function usable(found: unknown, what: string): Runnable {
  const runnable = runnableOf(found as Runnable | HasRunnable);
  try {
    checkRunnable(runnable);
  } catch (error) {
    throw new OptionError(`${what} cannot be run: ${messageOf(error)}`);
  }
  return runnable;
}

function broken(message: string, place: string, cause: unknown): LifecycleError {
  return new LifecycleError('LIFECYCLE_MODULE', message, { place }, { cause });
}
