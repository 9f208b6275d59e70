#!/usr/bin/env node
/** The program `inversify-lifecycle`. */

import { inspect } from 'node:util';
import { CommanderError } from 'commander';
import { LifecycleError } from '../errors.ts';
import { EXIT } from '../worker/exit-code.ts';
import { commandLine } from './command-line.ts';

process.setSourceMapsEnabled(true);

try {
  await commandLine().parseAsync();
} catch (error) {
  process.exitCode = told(error);
}

/**
 * @returns the exit code
 * @throws an error that nobody but Node can show in full
 */
function told(error: unknown): number {
  // It has been said, and maybe was no error at all: `--help`.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (!(error instanceof LifecycleError)) throw error;
  console.error(error.message);
  if (error.code !== 'LIFECYCLE_MODULE') return EXIT.usage;
  if (isWithoutPlace(error.cause)) {
    // A module that listens would hide it, and the exit code with it.
    process.removeAllListeners('uncaughtException');
    throw error.cause;
  }
  // It is the program's own error: where it came from is what helps, unless all is said.
  if (error.cause !== undefined && !error.message.trimEnd().endsWith(inspect(error.cause).trim()))
    console.error(error.cause);
  return EXIT.failed;
}

/** A module that cannot be read: Node shows the file, the line and a caret, and only where nobody catches the error. */
function isWithoutPlace(error: unknown): boolean {
  if (!(error instanceof SyntaxError)) return false;
  const [first = '', second = ''] = error.stack?.split('\n') ?? [];
  return first.startsWith('SyntaxError') && second.includes('(node:internal/modules/');
}
