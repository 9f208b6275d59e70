/** A snapshot as a text: a section for each kind of thing, and in each a line for each thing. */

import { humanize } from '../duration.ts';
import { handleLines, ownerText } from '../handles/handle.ts';
import { megabytes } from '../lifecycle/process-text.ts';
import type { TaskSnapshot } from '../tasks/handle.ts';
import type { CrySnapshot, ServiceCry, StepCry, SupervisorCry, ThreadCry } from './cry-snapshot.ts';

export function cryText(snapshot: CrySnapshot): string {
  const { at, process, services, underWay, tasks, supervisors, handles, threads } = snapshot;
  const sections: readonly [title: string, lines: readonly string[]][] = [
    ['application', applicationLines(snapshot)],
    ['graph', snapshot.graph.split('\n')],
    ['services', services.length === 0 ? ['none is known: nothing was started'] : services.map(serviceLine)],
    ['under way', underWay.length === 0 ? ['nothing is being started or stopped'] : underWay.map(stepLine)],
    ['tasks', tasks.length === 0 ? ['none'] : tasks.map((task) => taskLine(task, at))],
    ['supervisors', supervisors.length === 0 ? ['none'] : supervisors.map(supervisorLine)],
    ['handles, which keep the process alive', handles.length === 0 ? ['none'] : handleLines(handles)],
    ['memory', memoryLines(snapshot)],
    ['threads', [mainLine(snapshot), ...threads.map(threadLine)]],
  ];
  const head = `==== cry of ${process.pid} (${process.command}) at ${new Date(at).toISOString()}`;
  const body = sections.map(([title, lines]) => `${title}:\n${lines.map((line) => `  ${line}`).join('\n')}`);
  return [head, ...body, `==== end of the cry of ${process.pid}`].join('\n\n');
}

function applicationLines({ state, stateFor, reason, health, process }: CrySnapshot): string[] {
  const why = reason === '' ? '' : `: ${reason}`;
  const ready = health.ready ? 'ready' : `not ready: ${health.reasons.join('; ')}`;
  const degraded = health.degraded.length === 0 ? [] : [`does without: ${health.degraded.join('; ')}`];
  const lines = [`${state}${lasting(stateFor)}${why}`, ready, ...degraded];
  return [...lines, `Node ${process.node}, the process is up for ${humanize(process.uptime)}`];
}

function serviceLine({ name, state, stateFor, restarts, flags, failure, nextTry }: ServiceCry): string {
  const parts = [`${name} ${state}${lasting(stateFor)}`];
  if (nextTry !== undefined) parts.push(`try ${ofMax(nextTry.count, nextTry.max)} in ${humanize(nextTry.wait)}`);
  if (restarts > 0) parts.push(restarts === 1 ? 'restarted once' : `restarted ${restarts} times`);
  if (flags.length > 0) parts.push(`flags ${flags.join(', ')}`);
  if (failure !== undefined) parts.push(`failed: ${oneLine(failure)}`);
  return parts.join(', ');
}

function stepLine({ service, state, stateFor, step, tasks, awaitedBy }: StepCry): string {
  const work = tasks.map((task) => `its task ${task}`);
  const hook = step === undefined ? [] : [`${step.name} for ${humanize(step.lasting)}`];
  const waits = [...hook, ...work];
  const parts = [`${service} ${state} for ${humanize(stateFor)}`];
  if (waits.length > 0) parts.push(`in ${waits.join(' and ')}`);
  if (awaitedBy.length > 0) parts.push(`awaited by ${awaitedBy.join(', ')}`);
  return parts.join(', ');
}

function taskLine(
  { name, kind, state, runs, failures, overlaps, missed, lastRun, nextRun }: TaskSnapshot,
  at: number,
): string {
  const parts = [`${name} (${kind}) ${state}`];
  if (lastRun === undefined) parts.push('has not run');
  else if (lastRun.duration === undefined) parts.push(`run ${runs} for ${humanize(at - lastRun.startedAt)}`);
  else {
    const how = lastRun.error === undefined ? 'over' : 'failed';
    parts.push(`run ${runs} ${how} after ${humanize(lastRun.duration)}, begun ${humanize(at - lastRun.startedAt)} ago`);
  }
  if (lastRun?.error !== undefined) parts.push(oneLine(lastRun.error.message));
  if (nextRun !== undefined) parts.push(nextRun > at ? `next in ${humanize(nextRun - at)}` : 'next is due');
  for (const [count, what] of [
    [failures, 'failed'],
    [overlaps, 'left out'],
    [missed, 'missed'],
  ] as const) {
    if (count > 0) parts.push(`${count} ${what}`);
  }
  return parts.join(', ');
}

function supervisorLine({ name, strategy, count, max, within, inARow }: SupervisorCry): string {
  const row = inARow > 1 ? `, ${inARow} in a row` : '';
  const isOne = count === 1 && max === Number.POSITIVE_INFINITY;
  return `${name} ${strategy}, ${ofMax(count, max)} ${isOne ? 'crash' : 'crashes'} within ${humanize(within)}${row}`;
}

function memoryLines({ memory }: CrySnapshot): string[] {
  const { resident, heapUsed, heapLimit, external, buffers } = memory;
  return [
    `resident ${megabytes(resident)}`,
    `heap ${megabytes(heapUsed)} of ${megabytes(heapLimit)} (${percent(heapUsed / heapLimit)})`,
    `outside of the heap ${megabytes(external)}, of which buffers ${megabytes(buffers)}`,
  ];
}

/** Node hands a signal on from the event loop: whoever is told of it is never in the middle of somebody's code. */
function mainLine({ utilisation }: CrySnapshot): string {
  return `main, busy ${percent(utilisation)} of its time; between two callbacks, so there is no stack: it waits for the handles above`;
}

function threadLine({ id, owner, utilisation, heapLimit }: ThreadCry): string {
  const limit = heapLimit === undefined ? '' : `, heap of at most ${heapLimit} MB`;
  const busy = utilisation === undefined ? '' : `, busy ${percent(utilisation)} of its time`;
  return `${id}, ${ownerText(owner)}${busy}${limit}`;
}

function lasting(length: number | undefined): string {
  return length === undefined ? '' : ` for ${humanize(length)}`;
}

function ofMax(count: number, max: number): string {
  return max === Number.POSITIVE_INFINITY ? `${count}` : `${count} of ${max}`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' | ');
}
