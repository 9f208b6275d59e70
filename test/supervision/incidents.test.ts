import { describe, expect, it } from 'vitest';
import type { Unit } from '../../src/lifecycle/unit.ts';
import { type Incident, IncidentQueue } from '../../src/supervision/incidents.ts';
import { quiescence } from '../../src/testing/manual-clock.ts';

const incident = (message: string): Incident => ({ unit: {} as Unit, error: new Error(message) });

describe('the incident queue', () => {
  it('takes incidents in their order, after whoever reports them, and none waits for what another one leads to', async () => {
    const log: string[] = [];
    const open: (() => void)[] = [];
    const queue = new IncidentQueue(({ error }) => {
      log.push(error.message);
      return new Promise<void>((resolve) => open.push(resolve));
    });
    expect(queue.busy).toBeUndefined();
    queue.push(incident('a'));
    queue.push(incident('b'));
    expect(log).toEqual([]);
    await quiescence();
    expect(log).toEqual(['a', 'b']);
    open.pop()?.();
    await quiescence();
    const { busy } = queue;
    expect(busy).toBeDefined();
    open.pop()?.();
    await busy;
    await quiescence();
    expect(queue.busy).toBeUndefined();
  });
});
