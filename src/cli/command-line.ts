import { writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { messageOf, OptionError } from '../errors.ts';
import type { DrawingOptions } from '../graph/drawing.ts';
import { formatOfFile, GRAPH_FORMATS, graphFormat, graphText } from '../graph/format.ts';
import type { Graph } from '../graph/graph.ts';
import { packageRoot } from '../package-root.ts';
import { EXIT } from '../worker/exit-code.ts';
import type { Runnable } from '../worker/runnable.ts';
import { Worker } from '../worker/worker.ts';
import type { WorkerOptions } from '../worker/worker-options.ts';
import { checkText } from './check-text.ts';
import type { JournalFlags } from './journal-command.ts';
import { inOwnWords, merged, type OptionSource } from './option-sources.ts';
import { loadProgram } from './program-module.ts';
import { placeOf } from './program-place.ts';
import {
  addRunOptions,
  afterDashes,
  givenFlags,
  misspeltVariables,
  optionsOfEnvironment,
  optionsOfFlags,
  swallowedBy,
} from './run-options.ts';

const NAME = 'inversify-lifecycle';

const MODULE = 'a file such as ./app.ts or dist/app.js, or ./app.ts:container for an export of it';

const EXPORTS = `
The module exports a container with a lifecycle, a service, or a function that returns one of these: as its default, as
\`container\` or \`app\`, as its only export, or by the name that is given. One that calls Worker.run itself will do too.`;

/** The command `inversify-lifecycle`, to be parsed. It throws CommanderError for what it was called wrongly with. */
export function commandLine(): Command {
  const program = new Command(NAME)
    .description('Runs, checks and draws programs made of services.')
    .version(packageRoot().version)
    .exitOverride()
    .showHelpAfterError('(--help tells more)');
  addRun(program);
  addGraph(program);
  addCheck(program);
  addAttach(program);
  addJournal(program);
  return program;
}

function addRun(program: Command): void {
  const run = program.command('run');
  addRunOptions(
    run
      .configureOutput({
        outputError(text, write) {
          const hint = hintFor(text, run);
          write(hint === '' ? text : `${text.trimEnd()}: ${hint}\n`);
        },
      })
      .summary('run a program to its end')
      .description(
        `Starts the services of a program in order, waits, and stops them in reverse when a signal comes.\n${EXPORTS}`,
      )
      .argument('<module>', MODULE)
      .argument('[arguments...]', "the program's own, after --"),
  ).action(async (module: string, programArguments: string[], _flags: unknown, command: Command) => {
    const flags = givenFlags(command);
    const sources = [optionsOfFlags(flags), optionsOfEnvironment(process.env, flags)];
    for (const line of misspeltVariables(process.env)) console.error(line);
    const place = placeOf(module, process.cwd());
    process.argv.splice(1, process.argv.length, place.file, ...programArguments);
    const { runnable, own } = await loadProgram(place);
    const worker = workerOf(runnable, merged(own?.options ?? {}, sources), sources);
    const code = await (own?.refs === undefined ? worker.run() : worker.runUntilComplete(...own.refs));
    own?.ended(code);
  });
}

/** What to write in place of what commander does not understand, or an empty text. */
function hintFor(text: string, run: Command): string {
  if (text.includes('missing required argument')) return swallowedBy(run);
  return text.includes('unknown option') && !text.includes('Did you mean') ? afterDashes(run.args) : '';
}

function addGraph(program: Command): void {
  program
    .command('graph')
    .summary('draw what needs what, and start nothing')
    .description(`Draws the graph of a program; nothing of it is made or started.\n${EXPORTS}`)
    .argument('<module>', MODULE)
    .option('-o, --output <file>', `a file that it is written to; its name says how: ${GRAPH_FORMATS.join(', ')}`)
    .option('-f, --format <format>', `how it is printed: ${GRAPH_FORMATS.join(', ')} (default: text)`)
    .addOption(new Option('-d, --direction <direction>', 'where dependencies lie').choices(['TB', 'LR']).default('TB'))
    .option('--via', 'write on each edge where the dependency comes from')
    .action(async (module: string, flags: GraphFlags) => {
      await drawGraph(await graphAt(module), flags);
      leave(EXIT.ok);
    });
}

function addCheck(program: Command): void {
  program
    .command('check')
    .summary('tell all errors and warnings of the graph, and start nothing')
    .description(
      `Tells every error and warning of the graph of a program, and ends with 1 if there is an error.\n${EXPORTS}`,
    )
    .argument('<module>', MODULE)
    .option('--strict', 'warnings are errors')
    .action(async (module: string, { strict = false }: { strict?: boolean }) => {
      const graph = await graphAt(module);
      await print(checkText(graph));
      leave(graph.errors.length + (strict ? graph.warnings.length : 0) > 0 ? EXIT.failed : EXIT.ok);
    });
}

function addAttach(program: Command): void {
  program
    .command('attach')
    .summary('look into a program that runs, and command it')
    .description(
      'Shows a program that runs with the option control, live on a terminal; or has it do one command, and prints the answer.\nWithout a target, lists what can be attached to.',
    )
    .argument('[target]', 'a process id, the name that was given to the program, or the path of its socket')
    .argument('[command...]', 'such as restart Db, trigger Db.poll, stop, graph mmd; help lists them all')
    .action(async (target: string | undefined, words: string[]) => {
      const { attach } = await import('../attach/attach.ts');
      process.exitCode = await attach(target, words);
    });
}

function addJournal(program: Command): void {
  program
    .command('journal')
    .summary('tell what a journal knows: starts, restarts, failures, and how everything was')
    .description('Reads a journal that `run --journal <file>` has written, and prints a summary of its last run.')
    .argument('<file>', 'the journal')
    .option('--chrome <file>', 'write a trace that opens in Perfetto and chrome://tracing')
    .option('--gantt <file>', 'write a Mermaid Gantt chart of starts and stops')
    .option('--snapshot', 'print how everything was at the end, as JSON')
    .option('--run <number>', 'another run than the last one; the first one is 1')
    .action(async (file: string, flags: JournalFlags) => {
      // What draws and replays journals no other command needs.
      const { journalText } = await import('./journal-command.ts');
      await print(journalText(file, flags));
    });
}

interface GraphFlags extends DrawingOptions {
  readonly output?: string;
  readonly format?: string;
}

async function graphAt(module: string): Promise<Graph> {
  const { runnable } = await loadProgram(placeOf(module, process.cwd()));
  return runnable.lifecycle.graph();
}

/** It speaks of flags and variables, as far as these are at fault, also once it runs. @throws OptionError */
function workerOf(runnable: Runnable, options: WorkerOptions, sources: readonly OptionSource[]): Worker {
  try {
    const worker = new Worker(runnable, options);
    worker.wording = (error) => (error instanceof OptionError ? inOwnWords(error, sources) : error.message);
    return worker;
  } catch (error) {
    throw error instanceof OptionError ? new OptionError(inOwnWords(error, sources), error.data) : error;
  }
}

/** What a module has opened while it was loaded is not to hold a command that starts nothing. */
function leave(code: number): void {
  process.exit(code);
}

async function drawGraph(graph: Graph, { output, format, ...options }: GraphFlags): Promise<void> {
  const kind =
    format !== undefined ? graphFormat(format, '--format') : output !== undefined ? formatOfFile(output) : 'text';
  const text = await graphText(graph, kind, options);
  if (output === undefined) return print(text);
  try {
    writeFileSync(output, text);
  } catch (error) {
    throw new OptionError(`${output} cannot be written: ${messageOf(error)}`, { file: output });
  }
}

/** Fulfils when it is written: the process may be ended right after. */
function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.once('error', (error: NodeJS.ErrnoException) => {
      // Whoever has read enough, such as head, has closed it.
      if (error.code === 'EPIPE') resolve();
      else reject(new OptionError(`standard output cannot be written: ${error.message}`));
    });
    process.stdout.write(text, (error) => {
      if (!error) resolve();
    });
  });
}
