import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import type { ServiceSnapshot } from '../lifecycle/snapshot.ts';
import type { StateName } from '../lifecycle/state.ts';
import type { TaskSnapshot } from '../tasks/handle.ts';
import { type Written, written } from './written.ts';

/** A task, as far as events tell of it: when it is due next is known to the live one only. */
export type TaskTally = Written<Omit<TaskSnapshot, 'state' | 'nextRun'>>;

/** A service, as far as events tell of it. */
export type ServiceRecord = Written<Omit<ServiceSnapshot, 'tasks'>> & { readonly tasks: readonly TaskTally[] };

/** A lifecycle, as far as events tell of it. */
export interface LifecycleRecord {
  readonly state: StateName;
  /** In the order in which they joined. */
  readonly services: readonly ServiceRecord[];
}

/** The record of a live one; what is replayed from its journal equals it. */
export function recordOf({ state, services }: Pick<Lifecycle, 'state' | 'services'>): LifecycleRecord {
  return { state, services: services.map(serviceRecord) };
}

function serviceRecord({ tasks, ...service }: ServiceSnapshot): ServiceRecord {
  return { ...written(service), tasks: tasks.map(({ state: _, nextRun: __, ...tally }) => written(tally)) };
}
