import { logEvents } from '../lifecycle/event-log.ts';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import { Loggers } from '../lifecycle/loggers.ts';
import type { Unit } from '../lifecycle/unit.ts';
import { type Logger, type LogLevel, type LogMethod, writerOf } from '../log.ts';

/** What has happened, in the words of the log. */
export interface EventLine {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly level: LogLevel;
  /** The service, or the task; missing for the application. */
  readonly who?: string | undefined;
  readonly text: string;
}

/** How many lines are kept. */
const KEPT = 50;

/** The last of what has happened, in the words of the log, for as long as somebody looks at it; whatever level the log has. */
export class EventTail {
  readonly lines: EventLine[] = [];
  readonly #lifecycle: Lifecycle;
  readonly #onLine: () => void;

  /** @param onLine told of each line */
  constructor(lifecycle: Lifecycle, onLine: () => void) {
    this.#lifecycle = lifecycle;
    this.#onLine = onLine;
  }

  /** @returns what ends it */
  start(): () => void {
    const lifecycle = this.#lifecycle;
    const root = this.#logger(undefined);
    const loggers = new Loggers<Unit>(
      root,
      () => lifecycle.runningGraph.units,
      () => 0,
    );
    loggers.use(root, 'info');
    return logEvents(lifecycle.events, loggers, (label) => lifecycle.runningGraph.labelled(label));
  }

  #logger(who: string | undefined): Logger {
    const method =
      (level: LogLevel): LogMethod =>
      (fields: object | string, message?: string) =>
        this.#add({ at: this.#lifecycle.clock.date(), level, who, text: message ?? String(fields) });
    return {
      isLevelEnabled: (level) => level !== 'debug',
      debug: () => {},
      info: method('info'),
      warn: method('warn'),
      error: method('error'),
      child: (fields) => this.#logger(writerOf(fields)),
    };
  }

  #add(line: EventLine): void {
    this.lines.push(line);
    if (this.lines.length > KEPT) this.lines.shift();
    this.#onLine();
  }
}
