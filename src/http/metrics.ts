import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import type * as Prometheus from 'prom-client';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import type { ServiceSnapshot } from '../lifecycle/snapshot.ts';
import { MOVES } from '../lifecycle/state.ts';
import { checkNames } from '../option-check.ts';
import { optionalPeer } from '../optional-peer.ts';
import type { TaskSnapshot } from '../tasks/handle.ts';
import { noteDurations } from './durations.ts';
import { MetricSet } from './metric-set.ts';
import { processMetrics } from './process-metrics.ts';
import { type SpawnedCounts, SpawnedWork } from './spawned-work.ts';

export interface LifecycleMetricsOptions {
  /**
   * Where they go, such as prom-client's own `register`. Default: a registry of their own, which also has prom-client's metrics
   * of the process.
   */
  readonly registry?: Prometheus.Registry;
}

/** The metrics of a lifecycle, for prom-client. */
export interface LifecycleMetrics {
  readonly registry: Prometheus.Registry;
  /** Takes them out of the registry again, and notes nothing any more. */
  close(): void;
}

const STATES = Object.keys(MOVES);

/** Counters of a service that its snapshot has. */
const OF_SERVICES = [
  ['restarts', 'How often it was brought up again', ({ restarts }: ServiceSnapshot) => restarts],
  ['blocked_seconds', 'How long it has blocked the event loop', ({ blocked }: ServiceSnapshot) => blocked / 1_000],
] as const;

/** Counters of a task that its snapshot has. */
const OF_TASKS = [
  ['runs', 'Runs that have begun', ({ runs }: TaskSnapshot) => runs],
  ['failures', 'Runs that failed', ({ failures }: TaskSnapshot) => failures],
  ['restarts', 'Runs after a failure, by themselves', ({ restarts }: TaskSnapshot) => restarts],
  ['overlaps', 'Due times that found the run before still at it', ({ overlaps }: TaskSnapshot) => overlaps],
  ['missed', 'Due times that passed while the loop could not see to them', ({ missed }: TaskSnapshot) => missed],
] as const;

/**
 * The metrics of a lifecycle, for applications that have prom-client. Counters are read from snapshots when somebody asks; how
 * long things take, and what was spawned, is noted as it happens.
 *
 * @throws OptionError
 * @throws LifecycleError with code LIFECYCLE_MISSING_PEER without prom-client
 */
export async function lifecycleMetrics(
  lifecycle: Lifecycle,
  options: LifecycleMetricsOptions = {},
): Promise<LifecycleMetrics> {
  checkNames(options, ['registry'], 'lifecycleMetrics()');
  const client = await optionalPeer('prom-client', '/metrics', () => import('prom-client'));
  const registry = options.registry ?? client.Registry.merge([processMetrics(client)]);
  const spawned = new SpawnedWork();
  const metrics = new MetricSet(client, registry);
  addHealth(metrics, lifecycle);
  addServices(metrics, lifecycle);
  addTasks(metrics, lifecycle, spawned);
  addUtilization(metrics);
  const forget = noteDurations(metrics, lifecycle, spawned);
  return {
    registry,
    close() {
      forget();
      metrics.remove();
    },
  };
}

function addHealth(metrics: MetricSet, lifecycle: Lifecycle): void {
  for (const probe of ['live', 'ready', 'started'] as const) {
    metrics.gauge(`lifecycle_${probe}`, `Whether the application is ${probe}`, [], (to) =>
      to.set(lifecycle.health()[probe] ? 1 : 0),
    );
  }
}

function addServices(metrics: MetricSet, lifecycle: Lifecycle): void {
  metrics.gauge('lifecycle_service_state', '1 for the state that a service is in', ['service', 'state'], (to) => {
    for (const { name: service, state } of lifecycle.services) {
      for (const each of STATES) to.set({ service, state: each }, each === state ? 1 : 0);
    }
  });
  for (const [name, help, read] of OF_SERVICES) {
    metrics.counter(`lifecycle_service_${name}_total`, help, ['service'], (to) => {
      for (const service of lifecycle.services) to.inc({ service: service.name }, read(service));
    });
  }
}

function addTasks(metrics: MetricSet, lifecycle: Lifecycle, spawned: SpawnedWork): void {
  for (const [name, help, read] of OF_TASKS) {
    metrics.counter(`lifecycle_task_${name}_total`, help, ['task', 'kind'], (to) => {
      for (const handle of lifecycle.tasks) {
        const task = handle.snapshot();
        if (task.kind !== 'spawned') to.inc({ task: task.name, kind: task.kind }, read(task));
      }
      for (const [task, counts] of spawned.counts) {
        const count = counts[name as keyof SpawnedCounts];
        if (count !== undefined) to.inc({ task, kind: 'spawned' }, count);
      }
    });
  }
}

function addUtilization(metrics: MetricSet): void {
  let before: EventLoopUtilization = performance.eventLoopUtilization();
  metrics.gauge('lifecycle_event_loop_utilization', 'Share of the time since it was last asked for', [], (to) => {
    const now = performance.eventLoopUtilization();
    to.set(performance.eventLoopUtilization(now, before).utilization);
    before = now;
  });
}
