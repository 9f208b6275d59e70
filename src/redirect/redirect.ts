import { currentEntry } from '../current.ts';
import { messageOf } from '../errors.ts';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import { Unit } from '../lifecycle/unit.ts';
import type { Logger, LogLevel } from '../log.ts';
import { TaskRun } from '../tasks/task-run.ts';
import type { Companion } from '../worker/companion.ts';
import { leaveCalls, takeCalls } from './console-calls.ts';
import { type RedirectOptions, redirectSettings } from './settings.ts';
import { takeWrites, type WrittenStream } from './stream-writes.ts';
import { withinLog } from './within-log.ts';

/**
 * What the program writes to the console and to the standard streams becomes lines of the log, each of the service or the task
 * that wrote it (Mode's `redirect_stdouts`). Other processes and native code write past it.
 *
 * @throws OptionError
 */
export function redirected(redirect: true | RedirectOptions): Companion {
  const settings = redirectSettings(redirect);
  return ({ lifecycle, log }) => {
    const writer = (): Logger => presentLog(lifecycle) ?? log;
    const failed = tellOnce();
    const take = (stream: NodeJS.WriteStream, level: LogLevel | undefined): ReturnType<typeof takeWrites>[] => {
      if (level === undefined) return [];
      const line = (logger: Logger, text: string): void => withinLog(() => logger[level](text));
      return [takeWrites(stream as WrittenStream, { writer, line, failed })];
    };
    const streams = [...take(process.stdout, settings.stdout), ...take(process.stderr, settings.stderr)];
    const line = (level: LogLevel, fields: object, text: string): void =>
      withinLog(() => writer()[level](fields, text));
    const giveBackConsole = settings.console ? takeCalls({ line, failed }) : leaveCalls();
    // Whoever ends the process by force has maybe not ended its line.
    const flush = (): void => {
      for (const stream of streams) stream.flush();
    };
    process.on('exit', flush);
    return () => {
      process.off('exit', flush);
      giveBackConsole();
      for (const stream of streams) stream.close();
    };
  };
}

/** The log of the code that asks: of the task that it is a run of, or of its service; undefined outside of both. */
function presentLog(lifecycle: Lifecycle): Logger | undefined {
  const entry = currentEntry();
  if (!(entry?.unit instanceof Unit)) return undefined;
  // A child container logs where its parent does, or has a logger of its own.
  const { loggers } = entry.unit.host;
  if (loggers.root !== lifecycle.loggers.root) return undefined;
  return entry instanceof TaskRun ? entry.log : loggers.of(entry.unit);
}

/** A log that fails would fail at the news of it. */
function tellOnce(): (error: unknown) => void {
  let isTold = false;
  return (error) => {
    if (isTold) return;
    isTold = true;
    withinLog(() => console.error(`what is written is not redirected, since the logger failed: ${messageOf(error)}`));
  };
}
