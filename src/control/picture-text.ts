/** What is in a picture, as texts for the one-shot commands. */

import { humanize } from '../duration.ts';
import type { Health } from '../lifecycle/health.ts';
import type { LastRunPicture, Picture } from './picture.ts';
import { tableText } from './table.ts';

export function servicesText({ at, services }: Picture): string {
  if (services.length === 0) return 'There is no service yet.';
  const rows = services.map(({ name, state, startedAt, restarts, flags, needs, failure }) => [
    name,
    state,
    startedAt === undefined ? '-' : humanize(at - startedAt),
    String(restarts),
    needs.join(', ') || '-',
    failure ?? flags.join(', '),
  ]);
  return tableText([['SERVICE', 'STATE', 'UP', 'RESTARTS', 'NEEDS', ''], ...rows]);
}

export function tasksText({ at, tasks }: Picture): string {
  if (tasks.length === 0) return 'There is no task.';
  const rows = tasks.map(({ name, kind, state, runs, failures, nextRun, lastRun }) => [
    name,
    kind,
    state,
    String(runs),
    String(failures),
    lastRunText(lastRun, at),
    nextRunText(nextRun, at),
  ]);
  return tableText([['TASK', 'KIND', 'STATE', 'RUNS', 'FAILED', 'LAST', 'NEXT'], ...rows]);
}

export function healthText({ live, started, ready, reasons, degraded }: Health): string {
  const yesOrNo = (is: boolean): string => (is ? 'yes' : 'no');
  return [
    `live: ${yesOrNo(live)}, started: ${yesOrNo(started)}, ready: ${yesOrNo(ready)}`,
    ...reasons.map((reason) => `not ready: ${reason}`),
    ...degraded.map((reason) => `does without: ${reason}`),
  ].join('\n');
}

/** `took 5 ms`, `for 2 s`, `failed after 5 ms`. @param at now */
export function lastRunText(run: LastRunPicture | undefined, at: number): string {
  if (run === undefined) return '-';
  if (run.duration === undefined) return `for ${humanize(at - run.startedAt)}`;
  return `${run.error === undefined ? 'took' : 'failed after'} ${humanize(run.duration)}`;
}

/** @param at now */
export function nextRunText(nextRun: number | undefined, at: number): string {
  return nextRun === undefined ? '-' : `in ${humanize(Math.max(0, nextRun - at))}`;
}
