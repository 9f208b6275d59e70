import { openSync } from 'node:fs';
import type { LoggerOptions } from 'pino';
import { messageOf, OptionError } from '../errors.ts';
import type { Logger, LogLevel, LogMethod } from '../log.ts';
import type { WrittenStream } from '../redirect/stream-writes.ts';
import { guardedLogger } from '../redirect/within-log.ts';
import type { DirectOutput } from './direct-output.ts';
import { ErrorFields } from './error-fields.ts';
import { LineWriter, lossText, tell } from './line-writer.ts';
import { besideOwn } from './own-names.ts';
import { prettyLine } from './pretty-line.ts';
import { ERASE, StatusLine } from './status-line.ts';
import type { LogSettings } from './worker-settings.ts';

/** How long a logger that was given may take to write what it has. */
const FLUSH_LIMIT = 2_000;

const STDOUT = 1;

/** Where a Worker's lines go. */
export interface LogOutput {
  readonly logger: Logger;
  /** The same, for the Worker's own lines: it never throws. */
  readonly own: Logger;
  readonly direct?: DirectOutput;
  /** Where a person looks on. */
  readonly status?: StatusLine | undefined;
  /** Writes what is not yet written, as far as that can be done at once. */
  flushNow(): void;
  /** Fulfils when everything is written; lines that come later are dropped. */
  close(): Promise<void>;
}

/**
 * A logger of somebody else, who decides where its lines go.
 *
 * @param isGuarded whether what it writes with may be redirected to itself
 */
export function givenOutput(logger: Logger & { readonly flush?: unknown }, isGuarded: boolean): LogOutput {
  const flush = (done: () => void): void => {
    const { flush: write } = logger;
    if (typeof write !== 'function') {
      done();
      return;
    }
    // pino's calls a function when it is done, others may give a promise or nothing. Whatever fails has ended, too.
    const isTold = write.length > 0;
    try {
      const returned: unknown = Reflect.apply(write, logger, [done]);
      Promise.resolve(returned).then(isTold ? undefined : done, done);
    } catch {
      done();
    }
  };
  const given = isGuarded ? guardedLogger(logger) : logger;
  return {
    logger: given,
    own: steady(given),
    flushNow: () => flush(() => {}),
    close: () =>
      new Promise((resolve) => {
        const limit = setTimeout(resolve, FLUSH_LIMIT);
        flush(() => {
          clearTimeout(limit);
          resolve();
        });
      }),
  };
}

/** What a logger fails to write is lost, which is told once, and nothing else follows from it. */
function steady(logger: Logger): Logger {
  let isTold = false;
  const method =
    (level: LogLevel): LogMethod =>
    (...line: unknown[]) => {
      try {
        Reflect.apply(logger[level], logger, line);
      } catch (error) {
        if (!isTold) tell(`lines of the log are lost, since the logger failed: ${messageOf(error)}`);
        isTold = true;
      }
    };
  return { debug: method('debug'), info: method('info'), warn: method('warn'), error: method('error') };
}

/**
 * pino, which writes each line at once: whatever ends the process, what was logged is there. It is loaded on first use.
 *
 * @throws OptionError when the file cannot be written
 */
export async function pinoOutput({ level, format, file }: LogSettings & { kind: 'pino' }): Promise<LogOutput> {
  const fd = file === undefined ? STDOUT : opened(file);
  const { pino } = await import('pino');
  const destination = new LineWriter(fd, file, (loss) => logger.warn({ err: loss.error }, lossText(loss)));
  let isClosed = false;
  const isTerminal = file === undefined && process.stdout.isTTY === true;
  const isPretty = format === 'pretty' || (format === 'auto' && isTerminal);
  const hasColour = isTerminal && !process.env.NO_COLOR;
  const columns = (): number => process.stdout.columns || 80;
  const status = isTerminal && isPretty ? new StatusLine((text) => destination.write(text), columns) : undefined;
  const giveBack = status === undefined ? () => {} : belowTheProgram(status);
  const write = (line: string): void => {
    if (isClosed) return;
    const text = isPretty ? prettyOr(line, hasColour) : line;
    destination.write(status?.above(text) ?? text);
  };
  const errors = new ErrorFields(pino.stdSerializers.err, isPretty);
  const options: LoggerOptions = {
    level,
    name: 'Worker',
    serializers: { err: (error) => errors.of(error) },
    formatters: { log: (fields) => errors.within(besideOwn(fields)) },
  };
  const logger = pino(options, { write });
  return {
    logger,
    own: logger,
    direct: { fd, isPretty, lead: status === undefined ? '' : ERASE },
    status,
    flushNow: () => {},
    async close() {
      isClosed = true;
      giveBack();
      destination.close();
    },
  };
}

/** A line that a person cannot be shown is written as it is: whoever logs is not to fail by it. */
function prettyOr(line: string, hasColour: boolean): string {
  try {
    return prettyLine(JSON.parse(line), hasColour);
  } catch {
    return line;
  }
}

/** Has what the program itself writes to the terminal go above the status line. @returns the undo */
function belowTheProgram(status: StatusLine): () => void {
  const terminals = [process.stdout, process.stderr].filter(({ isTTY }) => isTTY);
  const undos = terminals.map((stream) => status.stayBelow(stream as WrittenStream));
  return () => {
    for (const undo of undos) undo();
  };
}

function opened(file: string): number {
  try {
    return openSync(file, 'a');
  } catch (error) {
    throw new OptionError(
      `logFile ${file} cannot be written: ${messageOf(error)}; choose another path, or leave it out for standard output`,
      { file },
    );
  }
}
