import type { LifecycleEvent } from '../../src/events/lifecycle-event.ts';

export interface Replayed {
  readonly state: string;
  readonly dependencies: ReadonlySet<string>;
}

/** What the services of a lifecycle are like, told from its events alone. */
export function replay(events: readonly LifecycleEvent[]): Map<string, Replayed> {
  const all = new Map<string, { state: string; dependencies: Set<string> }>();
  for (const event of events) {
    if (!('service' in event)) continue;
    const known = all.get(event.service);
    if (event.kind === 'service:joined') all.set(event.service, { state: 'idle', dependencies: new Set() });
    else if (event.kind === 'service:left' || event.kind === 'service:merged') all.delete(event.service);
    else if (event.kind === 'service:linked') known?.dependencies.add(event.dependency);
    else if (event.kind === 'service:unlinked') known?.dependencies.delete(event.dependency);
    else if (known !== undefined && 'from' in event) known.state = event.kind.slice('service:'.length);
  }
  return all;
}
