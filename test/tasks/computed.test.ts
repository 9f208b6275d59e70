import { describe, expect, it } from 'vitest';
import { StartError } from '../../src/lifecycle/start-error.ts';
import type { TaskSpec } from '../../src/tasks/task-spec.ts';
import { rejection } from '../support/recorded.ts';
import { background, crontab, rig, taskOf, timer } from '../support/tasks.ts';

interface Job {
  every: string;
  cron: string;
}

describe('what is computed from the instance', () => {
  it('is asked for at each start, after onStart', async () => {
    const hooks = {
      every: 1_000,
      onStart(): void {
        hooks.every *= 2;
      },
    };
    const made = rig(
      timer((self: typeof hooks) => self.every),
      () => {},
      hooks,
    );
    await made.lifecycle.startAll();
    await made.clock.advance(8_000);
    expect(taskOf(made).snapshot().runs).toBe(4);
    await made.lifecycle.restart('Job');
    await made.clock.advance(8_000);
    expect(taskOf(made).snapshot().runs).toBe(6);
    await made.lifecycle.stopAll();
  });

  it('may be a cron expression, and whether there is a task at all', async () => {
    const hooks = { cron: '0 0 * * *', isOn: false };
    const task = crontab((self: Job) => self.cron, { timeZone: 'UTC', enabled: (self: typeof hooks) => self.isOn });
    const made = rig(task, () => {}, hooks);
    await made.lifecycle.startAll();
    expect(taskOf(made).state).toBe('disabled');
    hooks.isOn = true;
    await made.lifecycle.restart('Job');
    expect(taskOf(made).snapshot()).toMatchObject({ state: 'waiting', nextRun: Date.UTC(2026, 0, 2) });
    await made.lifecycle.stopAll();
  });

  const thrown = new Error('no config');
  it.each<[string, TaskSpec, string]>([
    ['an interval of 0', timer(() => 0), 'the interval must be a duration: milliseconds (1 or more)'],
    ["an interval of '10'", timer(() => '10' as never), "got '10'"],
    ['a promise of an interval', timer(() => Promise.resolve(5) as never), 'the interval must be a duration'],
    [
      'an interval that throws',
      timer(() => {
        throw thrown;
      }),
      'no config',
    ],
    [
      'an interval within the jitter',
      timer(() => 5, { jitter: 10 }),
      'jitter (10 ms) must be less than the interval (5 ms)',
    ],
    ['an expression that is none', crontab(() => 'now'), "got 'now'"],
    [
      'an expression that throws',
      crontab(() => {
        throw thrown;
      }),
      'no config',
    ],
    [
      'enabled that gives no answer',
      background({ enabled: () => undefined as never }),
      'enabled must give true or false, got undefined',
    ],
    [
      'enabled that gives a promise',
      timer(1, { enabled: (async () => true) as never }),
      'enabled must give true or false',
    ],
  ])('that makes no sense fails the start, named and rolled back: %s', async (_, task, text) => {
    const order: string[] = [];
    const hooks = { onStart: () => void order.push('onStart'), onStop: () => void order.push('onStop') };
    const made = rig(task, () => {}, hooks);
    const error = await rejection(made.lifecycle.startAll());
    expect(error).toBeInstanceOf(StartError);
    expect(error.message).toContain('task Job.work cannot be set up: ');
    expect(error.message).toContain(text);
    if (text === 'no config') expect(error.cause).toBe(thrown);
    expect(order).toEqual(['onStart', 'onStop']);
    expect(made.clock.pending).toBe(0);
  });
});
