import { describe, expect, it } from 'vitest';
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
});
