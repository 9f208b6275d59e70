import { childLogger, type Logger, type LogLevel } from '../log.ts';

/** The loggers of one service. */
interface Family {
  /** What they were made with; made anew when that has changed. */
  readonly root: Logger;
  readonly depth: number;
  readonly own: Logger;
  readonly tasks: Map<string, Logger>;
}

/** Whose lines are written. */
export interface Writer {
  readonly label: string;
}

/** The application's logger, and one child of it for each service and each task. */
export class Loggers<W extends Writer & object> {
  readonly #depthOf: (writer: W) => number;
  #families = new WeakMap<W, Family>();
  #root: Logger;
  #routine: LogLevel = 'debug';

  /** @param depthOf how deep in the tree of services one is */
  constructor(root: Logger, depthOf: (writer: W) => number) {
    this.#root = root;
    this.#depthOf = depthOf;
  }

  get root(): Logger {
    return this.#root;
  }

  /** The level of the lines that tell of what is as it should be: starts and stops. */
  get routine(): LogLevel {
    return this.#routine;
  }

  /** Has lines go there from now on. @returns the undo */
  use(root: Logger, routine: LogLevel): () => void {
    const before = { root: this.#root, routine: this.#routine };
    this.#root = root;
    this.#routine = routine;
    return () => {
      this.#root = before.root;
      this.#routine = before.routine;
    };
  }

  /** Has all of them be made anew: children of a logger may have copied what has changed in it, such as the level. */
  renew(): void {
    this.#families = new WeakMap();
  }

  of(writer: W): Logger {
    return this.#familyOf(writer).own;
  }

  ofTask(writer: W, task: string): Logger {
    const { root, depth, tasks } = this.#familyOf(writer);
    const known = tasks.get(task) ?? childLogger(root, { service: writer.label, depth, task });
    tasks.set(task, known);
    return known;
  }

  #familyOf(writer: W): Family {
    const depth = this.#depthOf(writer);
    const known = this.#families.get(writer);
    if (known !== undefined && known.root === this.#root && known.depth === depth) return known;
    const root = this.#root;
    const family = { root, depth, own: childLogger(root, { service: writer.label, depth }), tasks: new Map() };
    this.#families.set(writer, family);
    return family;
  }
}
