import type { LifecycleEvent } from '../events/lifecycle-event.ts';
import type { StateEvent } from '../events/service-events.ts';
import type { RunBeganEvent, RunEndedEvent } from '../events/task-events.ts';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import { MOVES } from '../lifecycle/state.ts';
import type { MetricSet } from './metric-set.ts';

/** In seconds. */
const LIFE_BUCKETS = [0.001, 0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60];
const RUN_BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30, 60, 300];

/** The kinds of events that tell of a new state. */
const MOVED: ReadonlySet<string> = new Set(Object.keys(MOVES).map((state) => `service:${state}`));

/** How long starts, stops and runs take, and how late runs begin, noted as it happens. @returns the undo */
export function noteDurations(metrics: MetricSet, lifecycle: Lifecycle): () => void {
  const starts = metrics.histogram('lifecycle_service_start_seconds', 'How long starts took', 'service', LIFE_BUCKETS);
  const stops = metrics.histogram('lifecycle_service_stop_seconds', 'How long stops took', 'service', LIFE_BUCKETS);
  const runs = metrics.histogram('lifecycle_task_run_seconds', 'How long runs took', 'task', RUN_BUCKETS);
  const lateness = metrics.histogram(
    'lifecycle_task_lateness_seconds',
    'How much later than due runs began',
    'task',
    RUN_BUCKETS,
  );
  const began = new Map<string, number>();
  const moved = ({ kind, from, service, at }: StateEvent): void => {
    const since = began.get(service);
    began.delete(service);
    if (since !== undefined) {
      // The time of events is the wall clock's, which may be set back.
      const seconds = Math.max(0, at - since) / 1_000;
      if (from === 'stopping') stops.observe({ service }, seconds);
      else if (kind === 'service:running') starts.observe({ service }, seconds);
    }
    if (kind === 'service:starting' || kind === 'service:stopping') began.set(service, at);
  };
  return lifecycle.events.on(
    (event) => {
      if (event.kind === 'task:began') lateness.observe({ task: nameOf(event) }, event.lateness / 1_000);
      else if (event.kind === 'task:ended') runs.observe({ task: nameOf(event) }, event.duration / 1_000);
      else if (isMove(event)) moved(event);
    },
    (kind) => kind === 'task:began' || kind === 'task:ended' || MOVED.has(kind),
  );
}

function isMove(event: LifecycleEvent): event is StateEvent {
  return MOVED.has(event.kind);
}

function nameOf({ service, task }: RunBeganEvent | RunEndedEvent): string {
  return `${service}.${task}`;
}
