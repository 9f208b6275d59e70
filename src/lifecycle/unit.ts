import type { StateEvent, StepName } from '../events/service-events.ts';
import type { Logger } from '../log.ts';
import type { RefTarget } from '../refs.ts';
import type { ServiceSpec } from '../spec.ts';
import type { Supervisor } from '../supervision/supervisor.ts';
import type { TaskOwner } from '../tasks/owner.ts';
import { Task } from '../tasks/task.ts';
import { ownTask } from '../tasks/task-spec.ts';
import { Absence } from './absence.ts';
import { Flags } from './flags.ts';
import type { Host, NodeKey } from './host.ts';
import type { Life } from './life.ts';
import { checkMove, type State, type StateName } from './state.ts';

/** What a node brings along: all that is known before its object exists. */
export interface UnitNode extends RefTarget {
  readonly key: NodeKey;
  readonly spec: ServiceSpec | undefined;
  readonly built: boolean;
}

/** A step of the user's code that has begun. */
export interface StepInHand {
  readonly name: StepName;
  /** When, on the clock's `now()`. */
  readonly began: number;
}

/** What a start and a stop have in common. */
interface UnderWay {
  /** The step that it waits for at this moment; it may wait for something else. */
  readonly inHand: StepInHand | undefined;
  /** Labels of those that wait for the unit. */
  awaitedBy(): readonly string[];
}

/** A start of one unit. */
export interface StartUnderWay extends UnderWay {
  readonly life: Life;
  /** The hook that had not settled at its deadline and was left behind. */
  readonly leftBehind: Error | undefined;
  /** Fulfils when nothing of it is under way any more. */
  readonly finished: Promise<void>;
  /** Leaves it less time than it had. */
  shrink(latest: number): void;
}

/** The restart that a unit waits for, or had last. */
export interface RestartAttempt {
  /** How many its supervisor has tried in the present span of time, this one included. */
  readonly count: number;
  /** How many are allowed. */
  readonly max: number;
  /** When it is due, on the clock's `now()`. */
  readonly due: number;
  readonly by: Supervisor;
}

/** A stop of one unit. */
export interface StopUnderWay extends UnderWay {
  readonly unit: Unit;
  /** On the clock's `now()`. */
  readonly beganAt: number;
  /** When it was down; before that, when it began. */
  readonly endedAt: number;
  /** Fulfils when the unit is down; undefined where nothing had to be awaited. */
  readonly finished: Promise<void> | undefined;
  readonly errors: Error[];
  /** Leaves it less time than it had. */
  shrink(latest: number): void;
}

/** Written out, since a text put together for each move would be as many texts. */
const KINDS: Readonly<Record<StateName, `service:${StateName}`>> = {
  idle: 'service:idle',
  starting: 'service:starting',
  running: 'service:running',
  stopping: 'service:stopping',
  stopped: 'service:stopped',
  crashed: 'service:crashed',
  restarting: 'service:restarting',
};

const IDLE: State = { at: 'idle' };

const NONE: readonly never[] = [];

/* Most have none. */
const NO_CHILDREN: ReadonlySet<Unit> = new Set();

/**
 * One instance that lives: a service, or a component that only orders services. It is a vertex of the running graph, which
 * gains and loses vertices and edges while it runs.
 */
export class Unit implements RefTarget, TaskOwner {
  readonly host: Host<Unit>;
  readonly key: NodeKey;
  readonly label: string;
  readonly implementation: unknown;
  readonly built: boolean;
  /** Units that have to run before this one starts. */
  readonly dependencies = new Set<Unit>();
  /** Units that have to be down before this one stops. */
  readonly dependents = new Set<Unit>();
  /** The service that has adopted this one, which lives within a life of that. */
  parent: Unit | undefined;
  /** What it has adopted in its present life. */
  children: ReadonlySet<Unit> = NO_CHILDREN;
  identifiers: readonly unknown[];
  /** Undefined for a component. */
  spec: ServiceSpec | undefined;
  instance: unknown;
  /** Whether `instance` is there; it may be there and be undefined. */
  created = false;
  /** Whether `onFirstStart` has been called on this instance. */
  firstStarted = false;
  /** Whether it has been running. */
  hasRun = false;
  /** Set once the instance was disposed of; it cannot start again. */
  disposed = false;
  restarts = 0;
  /** How long its code has blocked the event loop, in milliseconds, as far as anybody has watched. */
  blocked = 0;
  /** Whether it is to come up as soon as what it needs runs. */
  waits = false;
  /** How many stops of a part it is in that are not over: until then it does not begin. */
  leaving = 0;
  /** Set from a crash until it runs again. */
  attempt: RestartAttempt | undefined;
  /** Set while it is restarted alone, and the others stay up. */
  #absence: Absence<Unit> | undefined;
  /** The unit that this one's object turned out to live in; this one is no vertex any more. */
  mergedInto: Unit | undefined;
  /** The present start-to-stop, or the last one while its leftovers are being cleaned up. */
  life: Life | undefined;
  /** When its last start began, in milliseconds since the epoch. */
  startedAt: number | undefined;
  /** The start under way. */
  start: StartUnderWay | undefined;
  /** The stop under way. */
  stop: StopUnderWay | undefined;
  /** The event of the last move: the cause of what happens next. */
  lastEvent: number | undefined;
  #state: State = IDLE;
  #tasks: readonly Task[] = NONE;
  /** Most never have any. */
  #flags: Flags | undefined;

  constructor(host: Host<Unit>, node: UnitNode) {
    this.host = host;
    this.key = node.key;
    this.label = node.label;
    this.identifiers = node.identifiers;
    this.implementation = node.implementation;
    this.spec = node.spec;
    this.built = node.built;
  }

  get state(): State {
    return this.#state;
  }

  /** Its tasks, over all its lives. */
  get tasks(): readonly Task[] {
    const specs = this.spec?.tasks ?? NONE;
    if (specs.length !== this.#tasks.length) this.#tasks = specs.map((spec) => new Task(this, spec));
    return this.#tasks;
  }

  /** What it is at, in its own words. */
  get flags(): readonly string[] {
    return this.#flags?.names ?? NONE;
  }

  /** Holds a flag while the work goes on, and gives what that gives. */
  hold<T>(flag: string, work: () => T): T {
    this.#flags ??= new Flags((kind, flag) => {
      this.host.events.emit({ kind, service: this.label, flag }, this.lastEvent);
    });
    return this.#flags.hold(flag, work);
  }

  /** Whether there is anything of a life to bring down. */
  get up(): boolean {
    const { at } = this.#state;
    if (this.mergedInto !== undefined) return false;
    return at === 'starting' || at === 'running' || at === 'stopping' || this.life !== undefined;
  }

  /** Whether it is up, or is to come up again. */
  get inService(): boolean {
    return this.up || this.#state.at === 'restarting';
  }

  /** Whether there is anything to stop: it is in service, or is to come up for the first time. */
  get wanted(): boolean {
    return this.inService || this.waits;
  }

  /** The only writer of the state. */
  move(next: State, cause?: number): void {
    const from = this.#state.at;
    checkMove(this.label, from, next.at);
    this.#state = next;
    const { events, clock } = this.host;
    const at = clock.date();
    if (next.at === 'starting') {
      this.startedAt = at;
      this.#endWait();
    }
    if (next.at === 'running') this.hasRun = true;
    if (next.at === 'restarting') this.restarts++;
    const kind = KINDS[next.at];
    if (!events.wants(kind)) this.lastEvent = events.pass();
    else {
      this.lastEvent = events.emit({ at, kind, service: this.label, from, ...factsOf(next) }, cause ?? this.lastEvent);
    }
    if (next.at === 'starting' || next.at === 'stopping') return;
    for (const dependent of this.dependents) if (dependent.waits) dependent.host.recovery.look(dependent);
    if (this.attempt !== undefined && from !== 'running' && next.at !== 'restarting') this.#isBack(next.at);
  }

  /** It is to come up again, after a wait. */
  retry(attempt: RestartAttempt): void {
    this.attempt = attempt;
    attempt.by.waits.begin(this, this.host.clock.now(), attempt.due);
  }

  /** Whatever is left of its wait, it need not wait any longer. */
  hurry(): void {
    if (this.attempt === undefined) return;
    this.#endWait();
    this.attempt = { ...this.attempt, due: this.host.clock.now() };
  }

  #endWait(): void {
    this.attempt?.by.waits.end(this, this.host.clock.now());
  }

  /** It goes down alone, for a while. */
  missed(): void {
    if (this.#absence !== undefined) return;
    this.#absence = new Absence<Unit>(this);
    this.#absence.begin();
  }

  /** Up again, or down for good: nobody waits for it any more. */
  #isBack(at: StateName): void {
    if (at === 'crashed' && this.life !== undefined) return;
    this.#endWait();
    this.attempt = undefined;
    const absence = this.#absence;
    this.#absence = undefined;
    absence?.end(at === 'running');
  }

  /** See `renew` of `instance.ts`, which calls it. */
  renew(instance: object | undefined, spec: ServiceSpec | undefined): void {
    this.instance = instance;
    this.created = instance !== undefined;
    this.spec = spec;
    this.firstStarted = false;
    this.hasRun = false;
    this.disposed = false;
    this.#tasks = NONE;
    this.tellTasks();
  }

  /** Its object has told what it is: a service, with these tasks, which have done nothing yet. */
  tellTasks(): void {
    if (this.spec === undefined) return;
    const facts = { service: this.label, tasks: this.spec.tasks.map(ownTask) };
    this.host.events.emit({ kind: 'service:inspected', ...facts }, this.lastEvent);
  }

  /** One of its tasks has come to its end by itself. */
  workEnded(): void {
    const { supervised, tasks = NONE } = this.spec ?? {};
    if (supervised === undefined || this.#state.at !== 'running') return;
    const isAtWork = tasks.some(({ kind }) => kind !== 'background') || this.life?.busy === true;
    if (!isAtWork && this.tasks.every(({ state }) => state === 'done' || state === 'disabled'))
      this.host.crashes.ended(this);
  }

  /** It failed by its own doing, outside a start or stop hook. */
  crash(thrown: unknown, cause?: number): void {
    this.host.crashes.report(this, thrown, cause);
  }

  logOf(task: string): Logger {
    return this.host.loggers.ofTask(this, task);
  }

  /**
   * It lives within this one's present life from now on, and stops before this one does. What needs it needs this one, and
   * what it needs this one needs.
   */
  adopt(child: Unit): void {
    child.parent = this;
    this.children = new Set([...this.children, child]);
    for (const user of child.dependents) if (!user.isWithin(this)) user.link(this);
    for (const dependency of child.dependencies) if (!dependency.isWithin(this)) this.#linkAll(dependency);
    this.host.events.emit({ kind: 'service:adopted', service: child.label, by: this.label }, this.lastEvent);
  }

  /** The child is down, and on its own again. */
  release(child: Unit): void {
    if (child.parent !== this) return;
    child.parent = undefined;
    this.children = new Set([...this.children].filter((each) => each !== child));
    this.host.events.emit({ kind: 'service:released', service: child.label, by: this.label }, child.lastEvent);
  }

  /** Whether it is that one, or lives within it. */
  isWithin(other: Unit): boolean {
    for (let at: Unit | undefined = this; at !== undefined; at = at.parent) if (at === other) return true;
    return false;
  }

  /** With those that this one lives within. */
  #linkAll(dependency: Unit): void {
    for (let at: Unit | undefined = this; at !== undefined && !dependency.isWithin(at); at = at.parent)
      at.link(dependency);
  }

  link(dependency: Unit): void {
    if (dependency === this || this.dependencies.has(dependency)) return;
    // What needs a child needs the one that it lives within.
    if (dependency.parent !== undefined && !this.isWithin(dependency.parent)) this.link(dependency.parent);
    this.dependencies.add(dependency);
    dependency.dependents.add(this);
    this.host.events.emit({ kind: 'service:linked', service: this.label, dependency: dependency.label });
  }

  unlink(dependency: Unit): void {
    if (!this.dependencies.delete(dependency)) return;
    dependency.dependents.delete(this);
    this.host.events.emit({ kind: 'service:unlinked', service: this.label, dependency: dependency.label });
  }
}

/** What the event of a move tells besides. */
function factsOf(state: State): Pick<StateEvent, 'error' | 'isAbsent' | 'startDuration'> {
  if (state.at === 'running') return { startDuration: state.startDuration };
  if (state.at !== 'crashed') return {};
  return { error: state.error, ...(state.isAbsent ? { isAbsent: true } : {}) };
}
