import { describe, expect, it } from 'vitest';
import { Flags } from '../../src/lifecycle/flags.ts';
import { EventRecorder } from '../../src/testing/event-recorder.ts';
import { oneService } from '../support/one-service.ts';
import { rejection } from '../support/recorded.ts';
import { drain } from '../support/time.ts';

describe('during', () => {
  it('holds the flag while the work goes on, and gives what it gives', async () => {
    const { clock, context, lifecycle } = await oneService();
    const recorder = new EventRecorder(lifecycle);
    const work = context.during(
      'committing',
      context.sleep(10).then(() => 'done'),
    );
    expect(lifecycle.get('Db').flags).toEqual(['committing']);
    await clock.advance(10);
    expect(await work).toBe('done');
    expect(lifecycle.get('Db').flags).toEqual([]);
    expect(recorder.events).toMatchObject([
      { kind: 'flag:set', service: 'Db', flag: 'committing' },
      { kind: 'flag:cleared', service: 'Db', flag: 'committing' },
    ]);
  });

  it('counts: a flag that is held twice goes when both are over, and tells once', async () => {
    const { clock, context, lifecycle } = await oneService();
    const recorder = new EventRecorder(lifecycle);
    const flags = () => lifecycle.get('Db').flags;
    void context.during('busy', () => context.during('busy', context.sleep(10)).then(() => context.sleep(10)));
    void context.during('idle', context.sleep(15));
    void context.during('busy', context.sleep(30));
    expect(flags()).toEqual(['busy', 'idle']);
    await clock.advance(20);
    expect(flags()).toEqual(['busy']);
    await clock.advance(10);
    expect(flags()).toEqual([]);
    expect(recorder.services('flag:set')).toHaveLength(2);
    expect(recorder.services('flag:cleared')).toHaveLength(2);
  });

  it('lets go of the flag when the work fails, at once or later, and hands the failure on', async () => {
    const { context, lifecycle } = await oneService();
    const thrown = context.during('a', () => {
      throw new Error('at once');
    });
    const rejected = context.during('b', () => Promise.reject(new Error('later')));
    expect((await rejection(thrown)).message).toBe('at once');
    expect((await rejection(rejected)).message).toBe('later');
    expect(lifecycle.get('Db').flags).toEqual([]);
  });

  it('gives what a function gives at once, and holds the flag no longer', async () => {
    const flags = new Flags(() => {});
    expect(flags.hold('a', () => 7)).toBe(7);
    expect(flags.names).toEqual([]);
    expect(() =>
      flags.hold('a', () => {
        throw new Error('at once');
      }),
    ).toThrow('at once');
    expect(flags.names).toEqual([]);
  });

  it('tells the truth past the end of a life, and over a restart', async () => {
    const { clock, context, lifecycle } = await oneService();
    let settle = (): void => {};
    void context.during(
      'flushing',
      new Promise<void>((resolve) => {
        settle = resolve;
      }),
    );
    await lifecycle.restart('Db');
    expect(lifecycle.get('Db').flags).toEqual(['flushing']);
    settle();
    await drain(clock);
    expect(lifecycle.get('Db').flags).toEqual([]);
  });

  it('refuses what cannot be meant', async () => {
    const { context } = await oneService();
    const wrong = (text: string, ...args: unknown[]) =>
      expect(() => (context.during as (...args: unknown[]) => unknown)(...args)).toThrow(
        expect.objectContaining({ code: 'LIFECYCLE_INVALID_OPTION', message: expect.stringContaining(text) }),
      );
    wrong("expects a flag like 'committing', got ''", '', Promise.resolve());
    wrong('got 5', 5, Promise.resolve());
    wrong('expects a promise, or a function that gives one; got undefined', 'busy');
    wrong('got { x: 1 }', 'busy', { x: 1 });
  });

  it('is in a snapshot that does not change', async () => {
    const { clock, context, lifecycle } = await oneService();
    void context.during('busy', context.sleep(1));
    const before = lifecycle.get('Db');
    await clock.advance(1);
    expect(before.flags).toEqual(['busy']);
  });
});
