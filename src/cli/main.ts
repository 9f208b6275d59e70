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

/** @returns the exit code */
function told(error: unknown): number {
  // It has been said, and maybe was no error at all: `--help`.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (!(error instanceof LifecycleError)) throw error;
  console.error(error.message);
  if (error.code !== 'LIFECYCLE_MODULE') return EXIT.usage;
  // It is the program's own error: where it came from is what helps, unless all is said.
  if (error.cause !== undefined && !error.message.trimEnd().endsWith(inspect(error.cause).trim()))
    console.error(error.cause);
  return EXIT.failed;
}
