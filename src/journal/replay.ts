import type { OwnTask } from '../events/task-events.ts';
import type { StateName } from '../lifecycle/state.ts';
import type { JournalHeader } from './journal-line.ts';
import type { LifecycleRecord } from './record.ts';
import { ReplayedService } from './replayed-service.ts';
import type { WrittenEvent } from './written.ts';

/** What a lifecycle is like after its events, told from them alone. */
export class Replay {
  #state: StateName;
  readonly #services = new Map<string, ReplayedService>();
  /** Of the same name, and on their way out: one that is bound anew may join before the old one has left. */
  readonly #leaving = new Map<string, number>();

  constructor({ state, services }: LifecycleRecord) {
    this.#state = state;
    for (const service of services) this.#services.set(service.name, new ReplayedService(service.name, service));
  }

  /** Services, and no components. */
  get record(): LifecycleRecord {
    const services = [...this.#services.values()].filter(({ isService }) => isService);
    return { state: this.#state, services: services.map((service) => service.record) };
  }

  take(event: WrittenEvent): void {
    switch (event.kind) {
      case 'app:idle':
      case 'app:starting':
      case 'app:running':
      case 'app:stopping':
      case 'app:stopped':
      case 'app:crashed':
      case 'app:restarting':
        this.#state = event.kind.slice('app:'.length) as StateName;
        return;
      case 'service:joined':
        this.#join(event.service, event.tasks);
        return;
      case 'service:left':
        this.#leave(event.service);
        return;
      case 'service:merged':
        this.#services.delete(event.service);
        return;
      case 'service:linked':
        this.#services.get(event.service)?.dependencies.add(event.dependency);
        this.#services.get(event.dependency)?.dependents.add(event.service);
        return;
      case 'service:unlinked':
        this.#services.get(event.service)?.dependencies.delete(event.dependency);
        this.#services.get(event.dependency)?.dependents.delete(event.service);
        return;
      case 'service:adopted':
        this.#services.get(event.service)?.liveWithin(event.by);
        this.#services.get(event.by)?.children.add(event.service);
        return;
      case 'service:released':
        this.#services.get(event.service)?.liveWithin(undefined);
        this.#services.get(event.by)?.children.delete(event.service);
        return;
      default:
        if ('service' in event && event.service !== undefined) this.#services.get(event.service)?.take(event);
    }
  }

  #join(name: string, tasks: readonly OwnTask[] | undefined): void {
    if (this.#services.has(name)) this.#leaving.set(name, (this.#leaving.get(name) ?? 0) + 1);
    const service = new ReplayedService(name);
    if (tasks !== undefined) service.isOne(tasks);
    this.#services.delete(name);
    this.#services.set(name, service);
  }

  #leave(name: string): void {
    const older = this.#leaving.get(name) ?? 0;
    if (older === 0) this.#services.delete(name);
    else this.#leaving.set(name, older - 1);
  }
}

/** What a run left behind: equal to the record of the live one at that moment. */
export function replayed(header: JournalHeader, events: Iterable<WrittenEvent>): LifecycleRecord {
  const replay = new Replay(header);
  for (const event of events) replay.take(event);
  return replay.record;
}
