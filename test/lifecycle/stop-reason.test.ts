import { expect, it } from 'vitest';
import { reasonText, type StopReason } from '../../src/lifecycle/stop-reason.ts';

const error = new Error('lost');

it.each<[StopReason, string]>([
  [{ kind: 'requested', detail: 'SIGTERM' }, 'SIGTERM'],
  [{ kind: 'requested', detail: error }, 'lost'],
  // What is no text says nothing to a reader.
  [{ kind: 'requested', detail: { code: 7 } }, ''],
  [{ kind: 'requested', detail: undefined }, ''],
  [{ kind: 'signal', detail: error }, 'lost'],
  [{ kind: 'start failed', error }, 'lost'],
  [{ kind: 'crash', service: 'Db', error }, 'Db crashed: lost'],
  [{ kind: 'restart', service: 'Db' }, 'restart of Db'],
  [{ kind: 'ended', service: 'Db' }, 'Db has done its work'],
  [{ kind: 'released', service: 'Pool' }, 'Pool has released it'],
  [{ kind: 'unbound' }, 'its binding was taken away'],
])('%o reads "%s"', (reason, text) => expect(reasonText(reason)).toBe(text));
