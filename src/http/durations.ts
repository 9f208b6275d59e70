import type { LifecycleEvent } from '../events/lifecycle-event.ts';
import type { StateEvent } from '../events/service-events.ts';
import type { RunBeganEvent, RunEndedEvent } from '../events/task-events.ts';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import { MOVES } from '../lifecycle/state.ts';
import type { MetricSet } from './metric-set.ts';
import type { SpawnedWork } from './spawned-work.ts';

/** In seconds. */
const LIFE_BUCKETS = [0.001, 0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60];
const RUN_BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30, 60, 300];

/** The kinds of events that tell of a new state. */
const MOVED: ReadonlySet<string> = new Set(Object.keys(MOVES).map((state) => `service:${state}`));

const RUNS: ReadonlySet<string> = new Set(['task:began', 'task:failed', 'task:ended']);

/**
 * How long starts, stops and runs take, and how late runs begin, noted as it happens.
 *
 * @param spawned is told of spawned work
 * @returns the undo
 */
export function noteDurations(metrics: MetricSet, lifecycle: Lifecycle, spawned: SpawnedWork): () => void {
  const starts = metrics.histogram('lifecycle_service_start_seconds', 'How long starts took', 'service', LIFE_BUCKETS);
  const stops = metrics.histogram('lifecycle_service_stop_seconds', 'How long stops took', 'service', LIFE_BUCKETS);
  const runs = metrics.histogram('lifecycle_task_run_seconds', 'How long runs took', 'task', RUN_BUCKETS);
  const lateness = metrics.histogram(
    'lifecycle_task_lateness_seconds',
    'How much later than due runs began',
    'task',
    RUN_BUCKETS,
  );
  const stopping = new Map<string, number>();
  const moved = ({ kind, from, service, startDuration }: StateEvent): void => {
    const since = stopping.get(service);
    stopping.delete(service);
    if (from === 'stopping' && since !== undefined) {
      stops.observe({ service }, (lifecycle.clock.now() - since) / 1_000);
    }
    if (kind === 'service:stopping') stopping.set(service, lifecycle.clock.now());
    if (startDuration !== undefined) starts.observe({ service }, startDuration / 1_000);
  };
  const nameOf = (event: RunBeganEvent | RunEndedEvent): string =>
    spawned.labelOf(event) ?? `${event.service}.${event.task}`;
  return lifecycle.events.on(
    (event) => {
      if (event.kind === 'task:began') {
        if (event.taskKind === 'spawned') spawned.began(event);
        lateness.observe({ task: nameOf(event) }, event.lateness / 1_000);
      } else if (event.kind === 'task:failed') {
        spawned.failed(event);
      } else if (event.kind === 'task:ended') {
        runs.observe({ task: nameOf(event) }, event.duration / 1_000);
        spawned.ended(event);
      } else if (isMove(event)) {
        moved(event);
      }
    },
    (kind) => RUNS.has(kind) || MOVED.has(kind),
  );
}

function isMove(event: LifecycleEvent): event is StateEvent {
  return MOVED.has(event.kind);
}
