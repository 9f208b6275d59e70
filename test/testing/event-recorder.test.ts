import { describe, expect, expectTypeOf, it } from 'vitest';
import type { StateEvent } from '../../src/events/service-events.ts';
import type { RunEndedEvent } from '../../src/events/task-events.ts';
import { EventRecorder } from '../../src/testing/event-recorder.ts';
import { handMade, service } from '../support/hand-made.ts';

describe('an event recorder', () => {
  it('gives the next event of a kind, past or to come', async () => {
    const lifecycle = handMade({ Db: service({}), Api: service({}, { needs: ['Db'] }) });
    const recorder = new EventRecorder(lifecycle);
    const api = recorder.next('service:running', 'Api');
    await lifecycle.startAll();
    expect(await api).toMatchObject({ service: 'Api', kind: 'service:running' });
    const stopped = recorder.next('service:stopped');
    await lifecycle.stopAll();
    expect(await stopped).toMatchObject({ service: 'Api' });
    expect(await recorder.next('service:stopped')).toMatchObject({ service: 'Db' });
    expect(recorder.services('service:stopped')).toEqual(['Api', 'Db']);
  });

  it('stops recording when it is disposed of', async () => {
    const lifecycle = handMade({ Db: service({}) });
    const recorder = new EventRecorder(lifecycle);
    recorder[Symbol.dispose]();
    await lifecycle.startAll();
    expect(recorder.events).toEqual([]);
  });

  it('gives no event twice, and passes over those in between', async () => {
    const lifecycle = handMade({ Db: service({}), Api: service({}, { needs: ['Db'] }) });
    const recorder = new EventRecorder(lifecycle, { timeout: 5 });
    await lifecycle.startAll();
    const both = [recorder.next('service:running'), recorder.next('service:running')];
    expect((await Promise.all(both)).map(({ service }) => service)).toEqual(['Db', 'Api']);
    await expect(recorder.next('service:running', 'Db')).rejects.toThrow(
      'next(): service:running of Db did not come in 5 ms of real time (one was given already, or passed over). Since the last event that was given: \n  app:running',
    );
    expect(recorder.services('service:running')).toEqual(['Db', 'Api']);
  });

  it('knows the type of what it gives', () => {
    const recorder = new EventRecorder(handMade({ Db: service({}) }));
    expectTypeOf(recorder.next<'service:running'>).returns.resolves.toExtend<StateEvent>();
    expectTypeOf(recorder.next<'service:running'>)
      .returns.resolves.toHaveProperty('kind')
      .toEqualTypeOf<'service:running'>();
    expectTypeOf(recorder.next<'task:ended'>).returns.resolves.toEqualTypeOf<
      RunEndedEvent & { readonly kind: 'task:ended' }
    >();
  });

  it('says what did happen when the application is down before that', async () => {
    const lifecycle = handMade({ Db: service({}) });
    const recorder = new EventRecorder(lifecycle);
    await lifecycle.startAll();
    await recorder.next('app:running');
    const never = recorder.next('service:crashed', 'Db');
    const last = recorder.next('app:stopped');
    await lifecycle.stopAll();
    await last;
    await expect(never).rejects.toThrow(
      /^next\(\): service:crashed of Db did not come before the application was down \(app:stopped\)\. Since .*: nothing$/s,
    );
    const again = recorder.next('service:running', 'Db');
    await lifecycle.startAll();
    expect((await again).service).toBe('Db');
  });

  it('says so when a crash has been seen to, and not while it is', async () => {
    const lifecycle = handMade({
      Db: service({ onStart: ({ spawn }) => void spawn(() => Promise.reject(new Error('lost'))) }),
    });
    const recorder = new EventRecorder(lifecycle);
    const never = recorder.next('app:running');
    const stopping = recorder.next('app:stopping');
    await lifecycle.startAll().catch(() => {});
    expect((await stopping).from).toBe('crashed');
    await expect(never).rejects.toThrow('app:running did not come before the application was down (app:crashed)');
  });

  it('tells those who wait when it is closed', async () => {
    const lifecycle = handMade({ Db: service({}) });
    const recorder = new EventRecorder(lifecycle);
    await lifecycle.startAll();
    const never = recorder.next('service:stopped');
    recorder.close();
    recorder.close();
    await expect(never).rejects.toThrow(
      /service:stopped did not come before the recorder was closed.*service:running Db/s,
    );
    await expect(recorder.next('app:stopped')).rejects.toThrow('before the recorder was closed');
    expect(await recorder.next('service:running')).toMatchObject({ service: 'Db' });
  });

  it('names the last twenty events of many, with their hooks and tasks', async () => {
    const nodes = Object.fromEntries(
      Array.from({ length: 12 }, (_, index) => [`s${index}`, service({ onStart() {} })]),
    );
    const lifecycle = handMade(nodes);
    const recorder = new EventRecorder(lifecycle, { timeout: 1 });
    await lifecycle.startAll();
    const error = await recorder.next('app:crashed').catch((thrown: Error) => thrown.message);
    expect(error).toContain('... 42 more');
    expect(error).toContain('\n  step:done s11.onStart\n');
    expect(String(error).split('\n')).toHaveLength(22);
  });

  it('waits no longer than it is told to for one event', async () => {
    const recorder = new EventRecorder(handMade({ Db: service({}) }), { timeout: Number.POSITIVE_INFINITY });
    await expect(recorder.next('app:running', undefined, { timeout: 1 })).rejects.toThrow('in 1 ms of real time');
    expect(() => recorder.next('app:running', undefined, { timeout: -1 })).toThrow(
      'next({ timeout }) must be a duration',
    );
    expect(() => new EventRecorder(handMade({}), { timeout: 'soon' as never })).toThrow('EventRecorder({ timeout })');
  });
});
