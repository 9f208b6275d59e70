import type { OwnTask } from '../events/task-events.ts';
import type { StateName } from '../lifecycle/state.ts';
import type { ServiceRecord } from './record.ts';
import { ReplayedTask } from './replayed-task.ts';
import type { WrittenEvent } from './written.ts';

type StateChange = Extract<WrittenEvent, { kind: `service:${StateName}` }>;

/** One service or component while its events are replayed. */
export class ReplayedService {
  readonly name: string;
  readonly dependencies: Set<string>;
  readonly dependents: Set<string>;
  readonly children: Set<string>;
  /** Not known of a component. */
  isService = false;
  #state: StateName = 'idle';
  #startedAt: number | undefined;
  #startDuration: number | undefined;
  #restarts = 0;
  #blocked = 0;
  #crash: ServiceRecord['crashReason'];
  #parent: string | undefined;
  readonly #flags: Set<string>;
  readonly #tasks = new Map<string, ReplayedTask>();
  /** What is spawned and goes on, by the event of its beginning. */
  readonly #spawned = new Map<number, ReplayedTask>();

  /** @param record what it was like when the journal was begun */
  constructor(name: string, record?: ServiceRecord) {
    this.name = name;
    this.dependencies = new Set(record?.dependencies);
    this.dependents = new Set(record?.dependents);
    this.children = new Set(record?.children);
    this.#flags = new Set(record?.flags);
    if (record === undefined) return;
    this.isService = true;
    this.#state = record.state;
    this.#startedAt = record.startedAt;
    this.#startDuration = record.startDuration;
    this.#restarts = record.restarts;
    this.#blocked = record.blocked;
    this.#crash = record.crashReason;
    this.#parent = record.parent;
    for (const [index, tally] of record.tasks.entries()) {
      const task = new ReplayedTask(name, tally);
      // Which event it began with the record does not say.
      if (tally.kind === 'spawned') this.#spawned.set(-1 - index, task);
      else this.#tasks.set(task.name, task);
    }
  }

  get record(): ServiceRecord {
    return {
      name: this.name,
      state: this.#state,
      startedAt: this.#startedAt,
      startDuration: this.#startDuration,
      restarts: this.#restarts,
      blocked: this.#blocked,
      crashReason: this.#crash,
      flags: [...this.#flags],
      dependencies: [...this.dependencies],
      dependents: [...this.dependents],
      parent: this.#parent,
      children: [...this.children],
      tasks: [...this.#tasks.values(), ...this.#spawned.values()].map((task) => task.tally),
    };
  }

  /** It is a service, with tasks that have done nothing yet. */
  isOne(tasks: readonly OwnTask[]): void {
    this.isService = true;
    this.#tasks.clear();
    for (const { task, taskKind } of tasks) this.#tasks.set(task, new ReplayedTask(this.name, { task, taskKind }));
  }

  /** @param parent the one that has adopted it */
  liveWithin(parent: string | undefined): void {
    this.#parent = parent;
  }

  take(event: WrittenEvent): void {
    if ('from' in event && event.kind.startsWith('service:')) this.#move(event as StateChange);
    else if (event.kind === 'loop:blocked') this.#blocked += event.duration;
    else if ('task' in event) this.#takeOfTask(event);
    else if (event.kind === 'service:inspected') this.isOne(event.tasks);
    else if (event.kind === 'flag:set') this.#flags.add(event.flag);
    else if (event.kind === 'flag:cleared') this.#flags.delete(event.flag);
  }

  #move({ kind, from, at, error, startDuration }: StateChange): void {
    const state = kind.slice('service:'.length) as StateName;
    if (state === 'starting') this.#startedAt = at;
    else if (state !== 'running') this.#startedAt = undefined;
    if (state === 'restarting') this.#restarts++;
    this.#startDuration = state === 'running' ? startDuration : undefined;
    // While a crash is cleaned up it is still why.
    if (state === 'crashed') this.#crash = error;
    else if (state !== 'stopping' || from !== 'crashed') this.#crash = undefined;
    const isDown = state === 'stopped' || state === 'restarting' || (state === 'crashed' && from === 'stopping');
    if (isDown || state === 'starting') this.#spawned.clear();
    this.#state = state;
  }

  #takeOfTask(event: Extract<WrittenEvent, { task: string }>): void {
    if (event.kind === 'task:began' && event.taskKind === 'spawned') {
      const { id, task, taskKind } = event;
      this.#spawned.set(id, new ReplayedTask(this.name, { task, taskKind }));
    }
    const begun = event.kind === 'task:began' ? event.id : event.parent;
    const spawned = begun === undefined ? undefined : this.#spawned.get(begun);
    (spawned ?? this.#tasks.get(event.task) ?? this.#spawnedBefore(event.task)?.[1])?.take(event);
    if (event.kind !== 'task:ended') return;
    const key = spawned === undefined && !this.#tasks.has(event.task) ? this.#spawnedBefore(event.task)?.[0] : begun;
    if (key !== undefined) this.#spawned.delete(key);
  }

  /** The first one of that name that was spawned before the journal was begun. */
  #spawnedBefore(name: string): [number, ReplayedTask] | undefined {
    return [...this.#spawned].find(([begun, task]) => begun < 0 && task.name === name);
  }
}
