import { writeFileSync } from 'node:fs';
import { messageOf, OptionError } from '../errors.ts';
import { chromeTraceText } from '../journal/chrome-trace.ts';
import { gantt } from '../journal/gantt.ts';
import { type Journal, type JournalRun, readJournal } from '../journal/journal-file.ts';
import { journalSummary } from '../journal/journal-summary.ts';
import { replayed } from '../journal/replay.ts';

/** What `journal` can be given. */
export interface JournalFlags {
  readonly chrome?: string;
  readonly gantt?: string;
  readonly snapshot?: boolean;
  /** As it was written. */
  readonly run?: string;
}

/**
 * Reads a journal, and writes the files that are asked for.
 *
 * @returns what is to be printed; notes go to standard error, as does what was written where a snapshot is printed
 * @throws OptionError, and LifecycleError with code LIFECYCLE_JOURNAL
 */
export function journalText(file: string, flags: JournalFlags): string {
  const journal = readJournal(file);
  for (const note of journal.notes) console.error(`${file}: ${note}`);
  const run = chosen(journal, flags.run);
  const written: string[] = [];
  if (flags.chrome !== undefined) written.push(save(flags.chrome, 'a trace', chromeTraceText(run)));
  if (flags.gantt !== undefined) written.push(save(flags.gantt, 'a Gantt chart', [gantt(run.events)]));
  if (flags.snapshot === true) {
    for (const line of written) console.error(line);
    return `${JSON.stringify(replayed(run.header, run.events), undefined, 2)}\n`;
  }
  if (written.length > 0) return written.map((line) => `${line}\n`).join('');
  const { length } = journal.runs;
  const which = length === 1 ? '' : `Run ${journal.runs.indexOf(run) + 1} of ${length}\n\n`;
  return which + journalSummary(run);
}

/** The last one, unless another is asked for. */
function chosen({ file, runs }: Journal, number: string | undefined): JournalRun {
  const run = number === undefined ? runs.at(-1) : /^[1-9]\d*$/.test(number) ? runs[Number(number) - 1] : undefined;
  if (run !== undefined) return run;
  throw new OptionError(
    `--run must be a number from 1 to ${runs.length}, as many runs as ${file} has, got '${number}'`,
  );
}

/** Piece by piece, since it may be long. @returns what was written, in words */
function save(file: string, what: string, pieces: Iterable<string>): string {
  try {
    writeFileSync(file, '');
    for (const text of batches(pieces)) writeFileSync(file, text, { flag: 'a' });
    return `${file} is written: ${what} of the run`;
  } catch (error) {
    throw new OptionError(`${file} cannot be written: ${messageOf(error)}`, { file });
  }
}

const BATCH = 65_536;

function* batches(pieces: Iterable<string>): Generator<string> {
  let text = '';
  for (const piece of pieces) {
    text += piece;
    if (text.length < BATCH) continue;
    yield text;
    text = '';
  }
  yield text;
}
