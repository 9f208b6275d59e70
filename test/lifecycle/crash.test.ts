import { describe, expect, it } from 'vitest';
import { CrashError, StopError } from '../../src/errors.ts';
import type { ServiceContext } from '../../src/lifecycle/context.ts';
import { EventRecorder } from '../../src/testing/event-recorder.ts';
import { ManualClock, quiescence } from '../../src/testing/manual-clock.ts';
import { handMade, made, service } from '../support/hand-made.ts';

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
}

describe('a crash while the application runs', () => {
  it('of spawned work stops the application, and done rejects with the original error as its cause', async () => {
    const cause = new Error('connection lost');
    const log: string[] = [];
    const clock = new ManualClock();
    const lifecycle = handMade(
      {
        Api: service({ onStop: () => log.push('Api.onStop') }, { needs: ['Db'] }),
        Db: service({
          onStart: ({ spawn }) =>
            void spawn(({ sleep }) => sleep(10).then(() => Promise.reject(cause)), { name: 'poll' }),
          onStop: () => log.push('Db.onStop'),
        }),
      },
      { clock },
    );
    await lifecycle.startAll();
    const done = errorOf(lifecycle.done);
    await clock.advance(10);
    const error = await done;
    expect(error).toBeInstanceOf(CrashError);
    expect(error).toMatchObject({ code: 'LIFECYCLE_CRASHED', cause, data: { service: 'Db' } });
    expect(String(error)).toContain('Db crashed: task Db.poll failed: connection lost');
    expect(log).toEqual(['Api.onStop', 'Db.onStop']);
    expect(lifecycle.state).toBe('crashed');
    expect(lifecycle.services.map(({ state }) => state)).toEqual(['stopped', 'crashed']);
    expect(clock.pending).toBe(0);
  });

  it('that the service reports keeps the error as it is, its own cause included', async () => {
    const error = new Error('outer', { cause: new Error('inner') });
    let context: ServiceContext | undefined;
    const lifecycle = handMade({
      Db: service({
        onStart: (given) => {
          context = given;
        },
      }),
    });
    await lifecycle.startAll();
    const done = errorOf(lifecycle.done);
    context?.crash(error);
    expect(await done).toMatchObject({ cause: error });
    expect(lifecycle.get('Db').crashReason).toBe(error);
  });

  it('may befall two services at once: the application stops once', async () => {
    const contexts: ServiceContext[] = [];
    const log: string[] = [];
    const hooks = {
      onStart: (context: ServiceContext) => void contexts.push(context),
      onStop: () => log.push('onStop'),
    };
    const lifecycle = handMade({ A: service({ ...hooks }), B: service({ ...hooks }) });
    const recorder = new EventRecorder(lifecycle);
    await lifecycle.startAll();
    const done = errorOf(lifecycle.done);
    for (const { crash, name } of contexts) crash(new Error(`${name} is lost`));
    expect(await done).toMatchObject({ data: { service: 'A' } });
    await quiescence();
    expect(log).toEqual(['onStop', 'onStop']);
    expect(recorder.events.filter(({ kind }) => kind === 'incident')).toMatchObject([
      { service: 'A', action: 'the application is stopped' },
      { service: 'B', action: 'nothing is done, since the application is stopping' },
    ]);
    expect(lifecycle.services.map(({ state }) => state)).toEqual(['crashed', 'crashed']);
    await lifecycle.startAll();
    expect(lifecycle.state).toBe('running');
  });

  it('and a start that is called before it is dealt with: the start comes after the stop', async () => {
    const log: string[] = [];
    let context: ServiceContext | undefined;
    const lifecycle = handMade({
      Db: service({
        onStart(given) {
          context = given;
          log.push('onStart');
        },
        onStop: () => log.push('onStop'),
      }),
    });
    await lifecycle.startAll();
    lifecycle.done.catch(() => {});
    context?.crash(new Error('lost'));
    await lifecycle.startAll();
    expect(log).toEqual(['onStart', 'onStop', 'onStart']);
    expect(lifecycle.state).toBe('running');
  });

  it('and a listener that starts again when it hears of it: the start comes after the stop', async () => {
    const log: string[] = [];
    let context: ServiceContext | undefined;
    let again: Promise<unknown> | undefined;
    const lifecycle = handMade({
      Db: service({
        onStart(given) {
          context = given;
          log.push('onStart');
        },
        onStop: () => log.push('onStop'),
      }),
    });
    lifecycle.on(({ kind }) => {
      if (kind === 'service:crashed') again ??= lifecycle.startAll();
    });
    await lifecycle.startAll();
    lifecycle.done.catch(() => {});
    context?.crash(new Error('lost'));
    await again;
    expect(log).toEqual(['onStart', 'onStop', 'onStart']);
  });

  it('and a stop that is called before it is dealt with: the stop tells of it', async () => {
    let context: ServiceContext | undefined;
    const lifecycle = handMade({
      Db: service({
        onStart: (given) => {
          context = given;
        },
      }),
    });
    const clock = new ManualClock();
    await lifecycle.startAll();
    context?.crash(new Error('lost'));
    const error = await errorOf(lifecycle.stopAll());
    await quiescence();
    expect(error === undefined || error instanceof StopError).toBe(true);
    expect(lifecycle.get('Db').state).toBe('crashed');
    expect(clock.pending).toBe(0);
  });

  it('with something that is not an Error', async () => {
    let context: ServiceContext | undefined;
    const lifecycle = handMade({
      Db: service({
        onStart: (given) => {
          context = given;
        },
      }),
    });
    await lifecycle.startAll();
    const done = errorOf(lifecycle.done);
    context?.crash('lost');
    expect(await done).toMatchObject({ message: 'Db crashed: lost' });
  });
});

describe('a crash at another time', () => {
  it('during the start fails the start', async () => {
    const clock = new ManualClock();
    const cause = new Error('lost');
    const lifecycle = handMade(
      {
        Db: service({ onStart: ({ spawn }) => void spawn(() => Promise.reject(cause)) }),
        Api: service({ onStart: ({ sleep }) => sleep('1m') }, { needs: ['Db'] }),
      },
      { clock },
    );
    const error = await errorOf(lifecycle.startAll());
    expect(error).toMatchObject({ code: 'LIFECYCLE_START_FAILED', cause, data: { service: 'Db' } });
    expect(lifecycle.services.map(({ state }) => state)).toEqual(['crashed', 'stopped']);
    expect(clock.now()).toBe(0);
  });

  it('during the stop is collected', async () => {
    const lifecycle = handMade({
      Api: service({ onStop: () => void apiStops() }, { needs: ['Db'] }),
      Db: service({
        onStart: (given) => {
          db = given;
        },
        onStop: ({ crash }) => crash(new Error('in its own stop')),
      }),
    });
    let db: ServiceContext | undefined;
    const apiStops = (): void => db?.crash(new Error('before its stop'));
    await lifecycle.startAll();
    const error = await errorOf(lifecycle.stopAll());
    expect(error).toBeInstanceOf(StopError);
    expect((error as StopError).errors.map(({ message }) => message).toSorted()).toEqual([
      'before its stop',
      'in its own stop',
    ]);
    await expect(lifecycle.done).resolves.toMatchObject({ errors: { length: 2 } });
  });

  it('of what a widening start builds on ends that start at once', async () => {
    const log: string[] = [];
    let db: ServiceContext | undefined;
    const lifecycle = handMade({
      Db: service({
        onStart: (given) => {
          db = given;
        },
      }),
      Api: made(() => Promise.resolve({ onStart: () => void log.push('Api.onStart') }), { needs: ['Db'] }),
    });
    await lifecycle.startAll({ only: ['Db'] });
    lifecycle.done.catch(() => {});
    const start = expect(lifecycle.startAll()).rejects.toMatchObject({ code: 'LIFECYCLE_START_ABORTED' });
    db?.crash(new Error('lost'));
    await start;
    expect(log).toEqual([]);
    expect(await errorOf(lifecycle.done)).toMatchObject({ data: { service: 'Db' } });
  });

  it.each<[string, (signal: AbortSignal) => void, string[]]>([
    ['the abort itself', (signal) => signal.throwIfAborted(), []],
    ['an AbortError', () => AbortSignal.abort().throwIfAborted(), []],
    ['something else', () => Promise.reject(new Error('lost')), ['task:failed']],
  ])('of work whose signal has aborted is no crash: %s', async (_, end, failures) => {
    const clock = new ManualClock();
    const lifecycle = handMade(
      {
        Db: service({ onStart: ({ spawn }) => void spawn(({ signal, sleep }) => sleep('1h').then(() => end(signal))) }),
      },
      { clock },
    );
    const recorder = new EventRecorder(lifecycle);
    await lifecycle.startAll();
    await lifecycle.stopAll();
    expect(lifecycle.get('Db').state).toBe('stopped');
    const kinds = recorder.events.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'task:failed')).toEqual(failures);
    expect(kinds.filter((kind) => kind === 'task:ended')).toHaveLength(1);
  });

  it('after its life is only told', async () => {
    let context: ServiceContext | undefined;
    const lifecycle = handMade({
      Db: service({
        onStart: (given) => {
          context = given;
        },
      }),
    });
    const recorder = new EventRecorder(lifecycle);
    await lifecycle.startAll();
    await lifecycle.stopAll();
    context?.crash(new Error('too late'));
    expect(recorder.events.at(-1)).toMatchObject({ kind: 'incident', action: 'nothing is done, since it is stopped' });
    expect(lifecycle.state).toBe('stopped');
  });
});
