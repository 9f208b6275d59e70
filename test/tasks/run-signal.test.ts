import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { TaskLife } from '../../src/tasks/owner.ts';
import { RunSignal } from '../../src/tasks/run-signal.ts';
import type { TaskContext } from '../../src/tasks/task-context.ts';
import { TaskRun } from '../../src/tasks/task-run.ts';
import { rig, timer } from '../support/tasks.ts';

function life(): { readonly controller: AbortController; readonly life: TaskLife; listeners(): number } {
  const controller = new AbortController();
  const { signal } = controller;
  const tasks = { addTask() {}, removeTask() {} };
  const made = {
    ...tasks,
    signal,
    get aborted(): boolean {
      return signal.aborted;
    },
  };
  return { controller, life: made, listeners: () => getEventListeners(signal, 'abort').length };
}

const stop = new Error('stop');

describe('the signal of a run', () => {
  it('aborts by itself, or with its life, whichever comes first', () => {
    const one = life();
    const own = new RunSignal(one.life);
    expect([own.signal.aborted, own.wasAborted]).toEqual([false, false]);
    own.abort(stop);
    own.abort(new Error('another'));
    one.controller.abort();
    expect([own.signal.reason, own.wasAborted]).toEqual([stop, true]);

    const other = life();
    const follows = new RunSignal(other.life);
    const { signal } = follows;
    other.controller.abort(stop);
    expect([signal.reason, follows.wasAborted]).toEqual([stop, false]);
  });

  it('is what it would have been, asked for late', () => {
    const one = life();
    const own = new RunSignal(one.life);
    own.abort(stop);
    expect(own.signal.reason).toBe(stop);
    one.controller.abort(new Error('of the life'));
    expect((new RunSignal(one.life).signal.reason as Error).message).toBe('of the life');
  });

  it('leaves no listener on its life when the run is over, and puts none there after that', () => {
    const one = life();
    const own = new RunSignal(one.life);
    expect([own.signal.aborted, one.listeners()]).toEqual([false, 1]);
    own.close();
    expect(one.listeners()).toBe(0);
    const closed = new RunSignal(one.life);
    closed.close();
    expect([closed.signal.aborted, one.listeners()]).toEqual([false, 0]);
  });

  it('listens no longer than its run, whenever the run asks for it', async () => {
    const contexts: TaskContext[] = [];
    let lives: AbortSignal | undefined;
    const { clock, lifecycle } = rig(
      timer('1s', { timeout: '1s' }),
      (context) => {
        contexts.push(context);
        if (context.run === 1) void context.signal;
      },
      {
        onStart({ signal }) {
          lives = signal;
        },
      },
    );
    await lifecycle.startAll();
    await clock.advance(2_000);
    expect(contexts[1]).toBeInstanceOf(TaskRun);
    expect(contexts[1]?.signal.aborted).toBe(false);
    expect(getEventListeners(lives as AbortSignal, 'abort')).toEqual([]);
    await lifecycle.stopAll();
  });
});
