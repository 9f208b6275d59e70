import type { Events } from '../events/events.ts';
import type { TaskHandle } from './handle.ts';

/** Fulfils when none of the tasks has work that comes to an end by itself: background and spawned work is done. */
export function workDone(events: Events, tasks: Iterable<TaskHandle>): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      for (const task of tasks) if (isAtWork(task)) return;
      undo();
      resolve();
    };
    // What a task is at is settled right after its event.
    const undo = events.on(
      () => queueMicrotask(look),
      (kind) => kind === 'task:ended',
    );
    look();
  });
}

function isAtWork({ kind, state }: TaskHandle): boolean {
  const hasEnd = kind === 'background' || kind === 'spawned';
  return hasEnd && (state === 'running' || state === 'restarting' || state === 'paused');
}
