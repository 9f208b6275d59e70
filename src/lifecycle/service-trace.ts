import { guardedChannel } from '../tracing/channel.ts';
import { Trace, type TraceFacts } from '../tracing/trace.ts';
import type { StopReason } from './stop-reason.ts';
import type { Unit } from './unit.ts';

/** What the start and the stop of a service or component both tell. */
interface ServiceTraceFacts extends TraceFacts {
  /** The labels of what it needs. */
  readonly dependencies: readonly string[];
}

/**
 * What is told on the tracing channel `inversify-lifecycle:service.start`: from creation to `onStart`, as long as dependents
 * wait. `onStarted` comes later, in the same stores.
 */
export interface ServiceStartTrace extends ServiceTraceFacts {
  /**
   * There when it is over. A start that a stop has overtaken is aborted; one whose object turned out to be another service's has
   * merged with that.
   */
  outcome?: 'done' | 'failed' | 'aborted' | 'merged';
}

/** What is told on the tracing channel `inversify-lifecycle:service.stop`. An `error` for each step that fails; the stop goes on. */
export interface ServiceStopTrace extends ServiceTraceFacts {
  readonly reason: StopReason;
  /** There when it is over. */
  outcome?: 'done' | 'failed';
}

const STARTS = guardedChannel('inversify-lifecycle:service.start');
const STOPS = guardedChannel('inversify-lifecycle:service.stop');

/** A start begins. Undefined where nobody looks on. */
export function traceStart(unit: Unit): Trace<ServiceStartTrace> | undefined {
  if (!STARTS.hasSubscribers) return undefined;
  return new Trace<ServiceStartTrace>(STARTS, factsOf(unit), unit.host.events);
}

/** A stop begins. Undefined where nobody looks on. */
export function traceStop(unit: Unit, reason: StopReason): Trace<ServiceStopTrace> | undefined {
  if (!STOPS.hasSubscribers) return undefined;
  return new Trace<ServiceStopTrace>(STOPS, { ...factsOf(unit), reason }, unit.host.events);
}

function factsOf(unit: Unit): ServiceTraceFacts {
  const dependencies = [...unit.dependencies].map(({ label }) => label);
  return { lifecycle: unit.host, service: unit.label, event: unit.lastEvent, dependencies };
}
