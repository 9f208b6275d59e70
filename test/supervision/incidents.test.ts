import { describe, expect, it } from 'vitest';
import type { Unit } from '../../src/lifecycle/unit.ts';
import { type Incident, IncidentQueue, stopTheApp } from '../../src/supervision/incidents.ts';
import { quiescence } from '../../src/testing/manual-clock.ts';

const incident = (message: string): Incident => ({ unit: {} as Unit, error: new Error(message) });

describe('the incident queue', () => {
  it('takes one incident after the other, and decides when its turn comes', async () => {
    const log: string[] = [];
    const open: (() => void)[] = [];
    const decide = ({ error }: Incident) => {
      log.push(`decide ${error.message}`);
      return { kind: 'stop the app' } as const;
    };
    const act = ({ error }: Incident) => {
      log.push(`act ${error.message}`);
      return new Promise<void>((resolve) => open.push(resolve));
    };
    const queue = new IncidentQueue(decide, act);
    expect(queue.busy).toBeUndefined();
    queue.push(incident('a'));
    queue.push(incident('b'));
    await quiescence();
    expect(log).toEqual(['decide a', 'act a']);
    const { busy } = queue;
    open.shift()?.();
    await quiescence();
    expect(log).toEqual(['decide a', 'act a', 'decide b', 'act b']);
    expect(queue.busy).toBe(busy);
    open.shift()?.();
    await busy;
    await quiescence();
    expect(queue.busy).toBeUndefined();
  });

  it('stops the application unless told otherwise', () => {
    expect(stopTheApp(incident('a'))).toEqual({ kind: 'stop the app' });
  });
});
