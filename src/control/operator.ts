/** Those who have a program do something from outside of it, through its socket or its port. */

import { setImmediate } from 'node:timers/promises';
import { suggestion } from '../did-you-mean.ts';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import { errorOf } from '../lifecycle/step.ts';
import { RefError } from '../refs.ts';

/** What is asked for, and by whom. */
export interface Request {
  /** Its name, and what is given to it. */
  readonly words: readonly string[];
  readonly by: string;
}

/** How much of a command the log is told, in characters. */
const TOLD = 200;

/** Has something done that somebody asks for: the log and the events are told who it was, and how it failed. @throws whatever it fails with, in words for operators */
export async function onBehalf<T>(
  { events }: Lifecycle,
  { words, by }: Request,
  act: () => T | Promise<T>,
): Promise<T> {
  const command = words
    .join(' ')
    .replaceAll(/\p{Cc}/gu, ' ')
    .slice(0, TOLD);
  const event = events.emit({ kind: 'operator:command', command, by });
  try {
    return await act();
  } catch (thrown) {
    const error = inTheirWords(thrown);
    events.emit({ kind: 'operator:failed', command, by, error: errorOf(error) }, event);
    throw error;
  }
}

/** Who gives names knows of no identifiers, classes and instances. */
function inTheirWords(thrown: unknown): unknown {
  if (!(thrown instanceof RefError) || thrown.code !== 'LIFECYCLE_UNKNOWN_REF') return thrown;
  const { ref, candidates } = thrown.data as { readonly ref: unknown; readonly candidates: readonly string[] };
  const known = suggestion(String(ref), candidates, 'None is known yet: services are from the first start on.');
  return new RefError(thrown.code, `there is no service ${String(ref)}. ${known}`, thrown.data);
}

/**
 * Runs a task for somebody who waits for an answer: until the run is over, but not that of a background task, which may go on
 * for as long as its service runs.
 *
 * @returns what is under way still, in words; undefined where nothing is
 * @throws LifecycleError for an unknown task, or one whose service does not run; the TaskError of a run that fails
 */
export async function triggered({ tasks }: Lifecycle, name: string): Promise<string | undefined> {
  const task = tasks.get(name);
  const isJoined = task.state === 'running';
  const run = task.trigger().then(() => undefined);
  if (task.kind !== 'background') return run;
  // What fails or ends at once is told.
  const note = isJoined ? `${name} runs already, and goes on.` : `${name} runs now.`;
  return Promise.race([run, setImmediate(note)]);
}
