import { OptionError } from '../errors.ts';
import { childLogger, type Inheriting, type Logger, type LogLevel, type LogThreshold, reaches } from '../log.ts';

const CROWD = 16;

/** The loggers of one service. */
interface Family {
  readonly own: Logger;
  readonly tasks: Map<string, Logger>;
}

/** All loggers that a service was ever given: who has one keeps it, wherever the service has moved to since. */
interface Clan {
  /** What they were made with; made anew when that has changed. */
  readonly root: Logger;
  readonly byDepth: Map<number, Family>;
}

/** Whose lines are written. */
export interface Writer {
  readonly label: string;
}

/** Where lines go, and how many of them. */
interface Place {
  readonly root: Logger;
  /** The level of the lines that tell of what is as it should be: starts and stops. */
  readonly routine: LogLevel;
  /** The level that the root came with. */
  readonly given: string | undefined;
}

/** The application's logger, and one child of it for each service and each task. */
export class Loggers<W extends Writer & object> {
  readonly #writers: () => Iterable<W>;
  readonly #depthOf: (writer: W) => number;
  readonly #clans = new WeakMap<W, Clan>();
  /** Of services that do not have the root's, by their labels. */
  readonly #levels = new Map<string, LogThreshold>();
  /** Those that log where this one does; held weakly, since a container may have many children, each for a short time. */
  readonly #heirs = new Set<WeakRef<Loggers<W>>>();
  /** At how many heirs those that are gone are looked for. */
  #crowd = CROWD;
  /** Of an heir: those that it logs where they do. */
  #place: Place | Loggers<W>;

  /**
   * @param writers all services
   * @param depthOf how deep in the tree of services one is
   */
  constructor(root: Logger, writers: () => Iterable<W>, depthOf: (writer: W) => number) {
    this.#place = { root, routine: 'debug', given: levelOf(root) };
    this.#writers = writers;
    this.#depthOf = depthOf;
  }

  get root(): Logger {
    return this.#place.root;
  }

  /** Has lines go where those of another go, as long as they are not told to go elsewhere. */
  inherit(from: Loggers<W>): void {
    this.#place = from;
    from.#heirs.add(new WeakRef(this));
    if (from.#heirs.size < from.#crowd) return;
    // Looked through seldom enough not to be felt where a container has many children.
    from.#crowd = Math.max(CROWD, from.#livingHeirs().length * 2);
  }

  /** The level of the lines that tell of what is as it should be: starts and stops. */
  get routine(): LogLevel {
    return this.#place instanceof Loggers ? 'debug' : this.#place.routine;
  }

  /** Has lines go there from now on. @returns the undo */
  use(root: Logger, routine: LogLevel): () => void {
    const before = this.#place;
    this.#place = { root, routine, given: levelOf(root) };
    return () => {
      this.#place = before;
    };
  }

  of(writer: W): Logger {
    return this.#familyOf(writer).own;
  }

  ofTask(writer: W, task: string): Logger {
    const { tasks } = this.#familyOf(writer);
    const known = tasks.get(task) ?? this.#child({ service: writer.label, depth: this.#depthOf(writer), task });
    tasks.set(task, known);
    return known;
  }

  /** Whether somebody's lines of a level go anywhere. */
  isWanted(level: LogLevel): boolean {
    if (this.root.isLevelEnabled?.(level) ?? true) return true;
    for (const threshold of this.#levels.values()) if (reaches(level, threshold)) return true;
    return false;
  }

  /** @param label whose; default: the root's */
  level(label?: string): string | undefined {
    return (label === undefined ? undefined : this.#levels.get(label)) ?? levelOf(this.root);
  }

  /** The level that a service has of its own; undefined where it has the root's. */
  ownLevel(label: string): LogThreshold | undefined {
    return this.#levels.get(label);
  }

  /**
   * @param level undefined: the one that is inherited, or for the root the one that it came with
   * @param label whose; default: the root's
   * @throws OptionError where it cannot be set
   */
  setLevel(level: LogThreshold | undefined, label?: string): void {
    const { root } = this;
    if (level !== undefined) checkSettable(root, label !== undefined);
    if (label === undefined) this.#setRootLevel(level);
    else if (level === undefined) this.#levels.delete(label);
    else this.#levels.set(label, level);
    for (const writer of this.#writers()) if (writer.label === label) this.#apply(writer);
  }

  #setRootLevel(level: LogThreshold | undefined): void {
    if (this.#place instanceof Loggers) {
      this.#place.#setRootLevel(level);
      return;
    }
    const { root, given } = this.#place;
    setLevelOf(root, level ?? given);
    this.#applyToAll();
  }

  #applyToAll(): void {
    for (const writer of this.#writers()) this.#apply(writer);
    for (const heir of this.#livingHeirs()) heir.#applyToAll();
  }

  #livingHeirs(): Loggers<W>[] {
    const living: Loggers<W>[] = [];
    for (const reference of this.#heirs) {
      const heir = reference.deref();
      if (heir === undefined) this.#heirs.delete(reference);
      else living.push(heir);
    }
    return living;
  }

  #apply(writer: W): void {
    const clan = this.#clans.get(writer);
    if (clan === undefined || clan.root !== this.root) return;
    const level = this.#levels.get(writer.label);
    for (const { own, tasks } of clan.byDepth.values()) {
      for (const logger of [own, ...tasks.values()]) {
        if (level === undefined) inheritLevel(logger, this.root);
        else setLevelOf(logger, level);
      }
    }
  }

  #familyOf(writer: W): Family {
    const { root } = this;
    const depth = this.#depthOf(writer);
    const known = this.#clans.get(writer);
    const clan = known?.root === root ? known : { root, byDepth: new Map<number, Family>() };
    if (clan !== known) this.#clans.set(writer, clan);
    const family = clan.byDepth.get(depth) ?? { own: this.#child({ service: writer.label, depth }), tasks: new Map() };
    clan.byDepth.set(depth, family);
    return family;
  }

  #child(fields: { readonly service: string; readonly depth: number; readonly task?: string }): Logger {
    const child = childLogger(this.root, fields);
    const level = this.#levels.get(fields.service);
    if (level !== undefined) setLevelOf(child, level);
    return child;
  }
}

/** That of bunyan is a function. */
function levelOf({ level }: Logger): string | undefined {
  return typeof level === 'string' ? level : undefined;
}

/** A child that does not follow its root by itself, as pino's, is given the level that the root has. */
function inheritLevel(logger: Logger & Partial<Inheriting>, root: Logger): void {
  if (logger.inheritLevel === undefined) setLevelOf(logger, levelOf(root));
  else logger.inheritLevel();
}

/** One that has no level follows the one that it writes to. */
function setLevelOf(logger: Logger, level: string | undefined): void {
  if (level !== undefined && typeof logger.level === 'string' && logger.level !== level) logger.level = level;
}

/** @throws OptionError */
function checkSettable(root: Logger, isOfOne: boolean): void {
  const needed = isOfOne ? ['level', 'child'] : ['level'];
  const hasLevel = typeof root.level === 'string';
  const lacking = needed.find((name) => (name === 'level' ? !hasLevel : typeof root.child !== 'function'));
  if (lacking === undefined) return;
  throw new OptionError(
    `the level can be set of a logger that has pino's level${isOfOne ? ' and child()' : ''}, got one without ${lacking}; give pino() or consoleLogger('info'), or set it where that logger takes it from`,
    { lacking },
  );
}
