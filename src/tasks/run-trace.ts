import { guardedChannel } from '../tracing/channel.ts';
import { Trace, type TraceFacts } from '../tracing/trace.ts';
import type { RunOutcome, TaskKind } from './handle.ts';
import type { RecordedRun, TaskRecord } from './task-record.ts';

/** What is told on the tracing channel `inversify-lifecycle:task.run`. */
export interface TaskRunTrace extends TraceFacts {
  /** The name of the task within its service. */
  readonly task: string;
  readonly kind: TaskKind;
  readonly run: number;
  /** Milliseconds. */
  readonly lateness: number;
  /** There when it is over. */
  outcome?: RunOutcome;
  /** What the run gave; there when it is over and has not failed. */
  result?: unknown;
}

const RUNS = guardedChannel('inversify-lifecycle:task.run');

/** A run begins. Undefined where nobody looks on. */
export function traceRun({ owner, name, kind }: TaskRecord, run: RecordedRun): Trace<TaskRunTrace> | undefined {
  if (!RUNS.hasSubscribers) return undefined;
  const { host, label } = owner;
  const { event, run: number, lateness } = run;
  const facts = { lifecycle: host, service: label, event, task: name, kind, run: number, lateness };
  return new Trace<TaskRunTrace>(RUNS, facts, host.events);
}
