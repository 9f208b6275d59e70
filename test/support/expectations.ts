import { expect } from 'vitest';
import type { LifecycleEvent } from '../../src/events/lifecycle-event.ts';
import type { Lifecycle } from '../../src/lifecycle/lifecycle.ts';
import { replay } from './replay.ts';
import type { ServiceDouble } from './service-double.ts';

/** What the doubles found fault with. */
export function faultsOf(doubles: readonly ServiceDouble[]): string[] {
  return doubles.flatMap(({ faults }) => faults);
}

/** In each life: at most one of each hook, in order, and `onShutdown` in any case; `onStop` where the start succeeded. */
export function expectWholeLives(doubles: readonly ServiceDouble[]): void {
  for (const { name, lives, up } of doubles) {
    expect(up, `${name} is left up`).toBe(false);
    for (const life of lives) {
      expect(['onStart,onShutdown', 'onStart,onStop,onShutdown', 'onStart,onStarted,onStop,onShutdown']).toContain(
        life.join(),
      );
    }
  }
}

/** No service is up, or on its way. */
export function expectAllDown(lifecycle: Lifecycle): void {
  for (const { name, state } of lifecycle.services) expect(['idle', 'stopped', 'crashed'], name).toContain(state);
}

/** The events, and nothing else, tell how the services are; each comes after the one that caused it. */
export function expectEventsToTell(lifecycle: Lifecycle, events: readonly LifecycleEvent[]): void {
  const seen = new Set<number>();
  for (const { id, parent } of events) {
    if (parent !== undefined) expect(seen).toContain(parent);
    seen.add(id);
  }
  const told = replay(events);
  for (const { name, state, dependencies } of lifecycle.services) {
    expect(told.get(name)).toEqual({ state, dependencies: new Set(dependencies) });
  }
}
