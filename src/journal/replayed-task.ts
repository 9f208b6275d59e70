import type { OwnTask } from '../events/task-events.ts';
import type { TaskTally } from './record.ts';
import type { WrittenEvent } from './written.ts';

/** One task while its events are replayed. */
export class ReplayedTask {
  /** Within its service. */
  readonly name: string;
  #tally: TaskTally;
  /** The number of the last run that has begun. */
  #lastRun: number;

  /** @param known what it was like when the journal was begun, or what is known of one that has done nothing yet */
  constructor(service: string, known: OwnTask | TaskTally) {
    this.#tally = 'task' in known ? nothingDone(service, known) : known;
    this.name = this.#tally.name.slice(service.length + 1);
    this.#lastRun = this.#tally.runs;
  }

  get tally(): TaskTally {
    return this.#tally;
  }

  take(event: Extract<WrittenEvent, { task: string }>): void {
    const { failures, restarts, overlaps, missed, lastRun } = this.#tally;
    switch (event.kind) {
      case 'task:began': {
        const { run, lateness, at } = event;
        this.#lastRun = run;
        this.#set({ runs: run, lateness, lastRun: { startedAt: at, duration: undefined, error: undefined } });
        return;
      }
      case 'task:ended':
        if (event.run === this.#lastRun && lastRun) this.#set({ lastRun: { ...lastRun, duration: event.duration } });
        return;
      case 'task:failed':
        this.#set({ failures: failures + 1 });
        if (event.run === this.#lastRun && lastRun) this.#set({ lastRun: { ...lastRun, error: event.error } });
        return;
      case 'task:restarting':
        this.#set({ restarts: restarts + 1 });
        return;
      case 'task:overlap':
        this.#set({ overlaps: overlaps + 1 });
        return;
      case 'task:missed':
        this.#set({ missed: missed + event.count });
        return;
      case 'task:paused':
      case 'task:resumed':
      case 'task:abandoned':
        return;
      default:
        event satisfies never;
    }
  }

  #set(changes: Partial<TaskTally>): void {
    this.#tally = { ...this.#tally, ...changes };
  }
}

function nothingDone(service: string, { task, taskKind }: OwnTask): TaskTally {
  return {
    name: `${service}.${task}`,
    service,
    kind: taskKind,
    runs: 0,
    failures: 0,
    restarts: 0,
    overlaps: 0,
    missed: 0,
    lateness: undefined,
    lastRun: undefined,
  };
}
