import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import type * as Prometheus from 'prom-client';
import type { LifecycleEvent } from '../events/lifecycle-event.ts';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import type { ServiceSnapshot } from '../lifecycle/snapshot.ts';
import { MOVES } from '../lifecycle/state.ts';
import type { TaskSnapshot } from '../tasks/handle.ts';

type Client = typeof Prometheus;

const STATES = Object.keys(MOVES);

/** In seconds. */
const LIFE_BUCKETS = [0.001, 0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60];
const RUN_BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30, 60, 300];

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
 * The metrics of a lifecycle, in a registry of their own. Counters are read from snapshots when somebody asks; only how long
 * things take is noted as it happens.
 */
export function measure(lifecycle: Lifecycle, client: Client): { registry: Prometheus.Registry; close: () => void } {
  const registry = new client.Registry();
  const registers = [registry];
  client.collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string, labelNames: string[], collect: (to: Prometheus.Gauge) => void): void => {
    new client.Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        collect(this as Prometheus.Gauge);
      },
    });
  };
  const counter = (
    name: string,
    help: string,
    labelNames: string[],
    collect: (to: Prometheus.Counter) => void,
  ): void => {
    new client.Counter({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        collect(this as Prometheus.Counter);
      },
    });
  };
  const tasks = (): TaskSnapshot[] => [...lifecycle.tasks].map((task) => task.snapshot());

  for (const probe of ['live', 'ready', 'started'] as const) {
    gauge(`lifecycle_${probe}`, `Whether the application is ${probe}`, [], (to) =>
      to.set(lifecycle.health()[probe] ? 1 : 0),
    );
  }
  gauge('lifecycle_service_state', '1 for the state that a service is in', ['service', 'state'], (to) => {
    for (const { name: service, state } of lifecycle.services) {
      for (const each of STATES) to.set({ service, state: each }, each === state ? 1 : 0);
    }
  });
  for (const [name, help, read] of OF_SERVICES) {
    counter(`lifecycle_service_${name}_total`, help, ['service'], (to) => {
      for (const service of lifecycle.services) to.inc({ service: service.name }, read(service));
    });
  }
  for (const [name, help, read] of OF_TASKS) {
    counter(`lifecycle_task_${name}_total`, help, ['task', 'kind'], (to) => {
      for (const task of tasks()) to.inc({ task: task.name, kind: task.kind }, read(task));
    });
  }
  let utilization: EventLoopUtilization = performance.eventLoopUtilization();
  gauge('lifecycle_event_loop_utilization', 'Share of the time since it was last asked for', [], (to) => {
    const now = performance.eventLoopUtilization();
    to.set(performance.eventLoopUtilization(now, utilization).utilization);
    utilization = now;
  });
  const forget = noteDurations(lifecycle, client, registers);
  return {
    registry,
    close: () => {
      forget();
      registry.clear();
    },
  };
}

function noteDurations(lifecycle: Lifecycle, client: Client, registers: Prometheus.Registry[]): () => void {
  const histogram = (name: string, help: string, label: string, buckets: number[]) =>
    new client.Histogram({ name, help, labelNames: [label], buckets, registers });
  const starts = histogram('lifecycle_service_start_seconds', 'How long starts took', 'service', LIFE_BUCKETS);
  const stops = histogram('lifecycle_service_stop_seconds', 'How long stops took', 'service', LIFE_BUCKETS);
  const runs = histogram('lifecycle_task_run_seconds', 'How long runs took', 'task', RUN_BUCKETS);
  const lateness = histogram(
    'lifecycle_task_lateness_seconds',
    'How much later than due runs began',
    'task',
    RUN_BUCKETS,
  );
  const began = new Map<string, number>();
  const since = (service: string, at: number): number => (at - (began.get(service) ?? at)) / 1_000;
  return lifecycle.events.on(
    (event) => {
      if (event.kind === 'service:starting' || event.kind === 'service:stopping') began.set(event.service, event.at);
      else if (event.kind === 'service:running')
        starts.observe({ service: event.service }, since(event.service, event.at));
      else if (event.kind === 'service:stopped')
        stops.observe({ service: event.service }, since(event.service, event.at));
      else if (event.kind === 'task:began') lateness.observe({ task: taskOf(event) }, event.lateness / 1_000);
      else if (event.kind === 'task:ended') runs.observe({ task: taskOf(event) }, event.duration / 1_000);
    },
    (kind) => NOTED.has(kind),
  );
}

const NOTED: ReadonlySet<string> = new Set([
  'service:starting',
  'service:running',
  'service:stopping',
  'service:stopped',
  'task:began',
  'task:ended',
]);

function taskOf({ service, task }: Extract<LifecycleEvent, { task: string }>): string {
  return `${service}.${task}`;
}
