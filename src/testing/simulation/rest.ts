import { labelOf } from '../at-work.ts';
import { timerText } from '../own-time.ts';
import type { Subscriptions } from '../subscriptions.ts';
import type { SimulatedWorld } from './simulated-world.ts';
import type { Violation } from './verdict.ts';

/** What is still alive of an application that is down, the first that is found. */
export function leftAlive(world: SimulatedWorld, subscriptions: Subscriptions): Violation | undefined {
  const works = [...world.atWork.all].filter(({ at }) => at === 'inside');
  // What was to come after the fault did not come.
  if (works.some(({ isHung }) => isHung)) return undefined;
  const [work] = works;
  if (work !== undefined) return alive(work.entry.unit.label, `${work.label} is still at it after the stop`);
  for (const { entry, name } of world.ioUnderWay) {
    const where = entry === undefined ? '' : `, begun in ${labelOf(entry)},`;
    return alive(entry?.unit.label, `${name}${where} is still under way after the stop`);
  }
  for (const timer of world.time.timers) {
    if (!timer.isRef) continue;
    const where = timer.owner === undefined ? '' : `, set in ${labelOf(timer.owner)},`;
    return alive(timer.owner?.unit.label, `${timerText(timer)}${where} is still set after the stop`);
  }
  for (const { name, owner } of world.resources.left) {
    const where = owner === undefined ? '' : `, opened in ${labelOf(owner)},`;
    return alive(owner?.unit.label, `${name}${where} is still open after the stop`);
  }
  for (const { service, owner, type, count } of subscriptions.hoards()) {
    return alive(
      service,
      `${owner} adds a listener for '${type}' in each life, and ${count} of them are still there after the stop`,
    );
  }
  return undefined;
}

function alive(service: string | undefined, detail: string): Violation {
  return { invariant: 'alive', service, detail };
}
