import { inject, injectable } from 'inversify';
import { beforeEach, describe, expect, it } from 'vitest';
import { HookTimeoutError, lifecycle, Managed, ServiceContainer } from '../../container/index.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { silent } from '../support/hand-made.ts';
import { diary, Recorded, rejection } from '../support/recorded.ts';

beforeEach(() => {
  diary.length = 0;
});

describe('asynchronous values', () => {
  it('that reject late, after their start was given up, are made anew by the next start', async () => {
    const clock = new ManualClock();
    const container = new ServiceContainer({ lifecycle: { logger: silent, clock } });
    let tries = 0;
    let failLate: ((error: Error) => void) | undefined;
    container.bind('value').toDynamicValue(() => {
      tries++;
      if (tries > 1) return Promise.resolve(new Recorded('value'));
      return new Promise<Recorded>((_, reject) => {
        failLate = reject;
      });
    });
    const starting = rejection(container.startAll({ only: ['value'] }));
    await clock.advance(30_000);
    expect((await starting).message).toMatch(/creating value had not settled after 30 s/);
    failLate?.(new Error('too late'));
    await clock.advance(0);
    await container.startAll({ only: ['value'] });
    expect(tries).toBe(2);
    expect(lifecycle(container).get('value').state).toBe('running');
    await container.stopAll();
  });

  it('that arrive late are used by the next start, not made twice', async () => {
    const clock = new ManualClock();
    const container = new ServiceContainer({ lifecycle: { logger: silent, clock } });
    const value = new Recorded('value');
    let tries = 0;
    let arrive: ((value: Recorded) => void) | undefined;
    container.bind('value').toDynamicValue(() => {
      tries++;
      return new Promise<Recorded>((resolve) => {
        arrive = resolve;
      });
    });
    const starting = rejection(container.startAll({ only: ['value'], timeout: '1s' }));
    await clock.advance(1_000);
    await starting;
    arrive?.(value);
    await container.startAll({ only: ['value'] });
    expect(tries).toBe(1);
    expect(container.get('value')).toBe(value);
    await container.stopAll();
  });

  it('that wait for each other are named when the time is up', async () => {
    const clock = new ManualClock();
    const container = new ServiceContainer({ lifecycle: { logger: silent, clock } });
    for (const [name, other] of [
      ['left', 'right'],
      ['right', 'left'],
    ] as const) {
      container.bind(name).toDynamicValue(async ({ getAsync }) => {
        await Promise.resolve();
        return { other: await getAsync(other) };
      });
    }
    @Managed({ startTimeout: '2s' })
    @injectable()
    class Waiting extends Recorded {
      constructor(@inject('left') readonly left: unknown) {
        super();
      }
    }
    container.add(Waiting);
    const starting = rejection(container.startAll());
    await clock.advance(30_000);
    const error = await starting;
    expect(error.message).toMatch(
      /creating left had not settled after 30 s and was left behind; waiting for it: Waiting/,
    );
    expect(error).toMatchObject({ code: 'LIFECYCLE_START_FAILED', data: { path: ['Waiting', 'left'] } });
    expect(diary).toEqual([]);
  });

  it('of a class that starts slowly are named by the class', async () => {
    const clock = new ManualClock();
    @Managed({ startTimeout: '2s' })
    @injectable()
    class Slow {
      async onStart(): Promise<void> {
        await new Promise(() => {});
      }
    }
    const container = new ServiceContainer({ lifecycle: { logger: silent, clock } }).add(Slow);
    const starting = rejection(container.startAll());
    await clock.advance(2_000);
    const error = await starting;
    expect(error.message).toMatch(/Slow\.onStart had not settled after 2 s/);
    expect(error.cause).toBeInstanceOf(HookTimeoutError);
  });
});
