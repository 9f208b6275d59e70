import { enter } from '../current.ts';
import { OptionError, textOf } from '../errors.ts';
import { BackgroundLoop } from './background-loop.ts';
import type { TaskHandle, TaskKind, TaskSnapshot, TaskState } from './handle.ts';
import type { Loop } from './loop.ts';
import type { TaskMethod } from './options.ts';
import type { TaskLife, TaskOwner } from './owner.ts';
import { scheduleOf } from './schedule.ts';
import { ScheduledLoop } from './scheduled-loop.ts';
import type { TaskContext } from './task-context.ts';
import { notRunning, unpreparedTask } from './task-error.ts';
import { TaskRecord, type TaskStanding } from './task-record.ts';
import type { TaskSpec } from './task-spec.ts';

/** A task of a service over all its lives; while one goes on there is a loop that sees to it. */
export class Task implements TaskHandle {
  readonly #owner: TaskOwner;
  readonly #spec: TaskSpec;
  readonly #record: TaskRecord;
  #loop: Loop | undefined;
  #isEnabled = true;
  #isPaused = false;
  /** How many that its service needs are down while that stays up. */
  #holds = 0;

  constructor(owner: TaskOwner, spec: TaskSpec) {
    this.#owner = owner;
    this.#spec = spec;
    this.#record = new TaskRecord(owner, spec.kind, spec.name, (context) => call(owner.instance, spec.method, context));
  }

  get name(): string {
    return this.#record.label;
  }

  get service(): string {
    return this.#owner.label;
  }

  get kind(): TaskKind {
    return this.#record.kind;
  }

  get state(): TaskState {
    return this.#standing().state;
  }

  snapshot(): TaskSnapshot {
    return this.#record.snapshot(this.#standing());
  }

  trigger(): Promise<unknown> {
    const run = this.#trigger();
    run.catch(() => {});
    return run;
  }

  pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#record.paused(true);
    if (this.#holds === 0) this.#loop?.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#record.paused(false);
    if (this.#holds === 0) this.#loop?.resume();
  }

  /** Something that its service needs is down, or up again: by themselves, timers and crontabs do not run meanwhile. */
  hold(isDown: boolean): void {
    if (this.kind === 'background') return;
    const before = this.#holds;
    this.#holds += isDown ? 1 : -1;
    if (this.#isPaused || (before === 0) === (this.#holds === 0)) return;
    if (isDown) this.#loop?.pause();
    else this.#loop?.resume();
  }

  /**
   * Gets ready for a life that begins: asks the instance for what is computed from it.
   *
   * @throws TaskError for an answer that makes no sense, and for none
   */
  prepare(life: TaskLife): void {
    this.#loop = undefined;
    try {
      this.#loop = enter({ unit: this.#owner, step: 'task', active: true }, () => this.#loopFor(life));
    } catch (thrown) {
      throw unpreparedTask(this.name, thrown);
    }
    this.#isEnabled = this.#loop !== undefined;
    if (this.#loop === undefined) return;
    if (this.#isPaused || this.#holds > 0) this.#loop.pause();
    life.addTask(this.#loop);
  }

  /** The service runs. */
  begin(): void {
    this.#loop?.begin();
  }

  #loopFor(life: TaskLife): Loop | undefined {
    const record = this.#record;
    const spec = this.#spec;
    const self = this.#owner.instance as object;
    if (!isEnabled(spec, self)) return undefined;
    if (spec.kind === 'background') return new BackgroundLoop(record, life, spec);
    return new ScheduledLoop(record, life, spec, scheduleOf(spec, self, this.#owner.host.clock.now()));
  }

  async #trigger(): Promise<unknown> {
    const { at } = this.#owner.state;
    if (at !== 'running') throw notRunning(this.name, at);
    if (this.#loop === undefined) throw notRunning(this.name, 'running, but the task is not enabled in this life');
    return this.#loop.trigger();
  }

  #standing(): TaskStanding {
    const standing = this.#loop?.standing();
    const isLive = standing?.state === 'running' || this.#owner.state.at === 'running';
    if (!isLive) return { state: 'idle', nextRun: undefined };
    if (standing !== undefined) return standing;
    return { state: this.#isEnabled ? 'idle' : 'disabled', nextRun: undefined };
  }
}

function isEnabled({ enabled }: TaskSpec, self: object): boolean {
  if (enabled === undefined) return true;
  const answer = enabled(self);
  if (typeof answer === 'boolean') return answer;
  throw new OptionError(`enabled must give true or false, got ${textOf(answer)}`);
}

/** By its name, so that a subclass's method is the one that runs. */
function call(self: unknown, { key, get }: TaskMethod, context: TaskContext): unknown {
  const method = get === undefined ? (self as Record<PropertyKey, unknown>)[key] : get(self as object);
  return (method as (this: unknown, context: TaskContext) => unknown).call(self, context);
}
