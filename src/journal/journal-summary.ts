import { humanize } from '../duration.ts';
import type { StateName } from '../lifecycle/state.ts';
import type { JournalRun } from './journal-file.ts';
import type { ServiceRecord, TaskTally } from './record.ts';
import { Replay } from './replay.ts';
import { serviceSpans } from './service-spans.ts';
import type { WrittenEvent } from './written.ts';

/** Of what went wrong, how many lines are shown: the last ones. */
const SHOWN = 20;

/** Where a run that was written to its end leaves the application: nothing of it is at work. */
const ENDED: ReadonlySet<StateName> = new Set(['idle', 'stopped', 'crashed']);

/** A run in a few lines: how it ended, how long each start took, who was restarted, what went wrong, and how each is now. */
export function journalSummary({ header, events, count, isFollowed }: JournalRun): string {
  const replay = new Replay(header);
  const failures: string[] = [];
  let last = header.at;
  for (const event of events) {
    replay.take(event);
    last = event.at;
    const failure = failureOf(event);
    if (failure !== undefined) failures.push(`${dateText(event.at)}  ${failure.replace(/\s*\n\s*/g, ' ')}`);
  }
  const { state, services } = replay.record;
  const left = Math.max(0, failures.length - SHOWN);
  const sections = [
    section(`${dateText(header.at)}, pid ${header.pid}, Node ${header.node}`, [
      `${counted(count, 'event')} in ${humanize(last - header.at)}; the application is ${state}`,
      ...(ENDED.has(state) ? [] : [endText(isFollowed)]),
    ]),
    section('Starts', table(startsOf(events))),
    section('Services', table(services.map(serviceRow))),
    section('Tasks', table(services.flatMap(({ tasks }) => tasks.map(taskRow)))),
    section('What went wrong', [...(left > 0 ? [`... and ${left} before these`] : []), ...failures.slice(-SHOWN)]),
  ];
  return `${sections.filter((text) => text !== '').join('\n\n')}\n`;
}

/** A file does not say whether its process is still there. */
function endText(isFollowed: boolean): string {
  const what = isFollowed ? 'was killed, or wrote' : 'was killed, still runs, or writes';
  return `it has no end: the process ${what} to it no more`;
}

/** How long the starts of each service took, the longest one first. */
function startsOf(events: Iterable<WrittenEvent>): string[][] {
  const starts = new Map<string, { count: number; longest: number }>();
  for (const { service, what, from, to, end } of serviceSpans(events)) {
    if (what !== 'start' || end !== 'running') continue;
    const { count, longest } = starts.get(service) ?? { count: 0, longest: 0 };
    starts.set(service, { count: count + 1, longest: Math.max(longest, to - from) });
  }
  const inOrder = [...starts].sort(([, one], [, other]) => other.longest - one.longest);
  return inOrder.map(([name, { count, longest }]) => [
    name,
    humanize(longest),
    count === 1 ? '' : `the longest of ${count}`,
  ]);
}

function serviceRow({ name, state, restarts, crashReason }: ServiceRecord): string[] {
  return [name, state, restarts === 0 ? '' : counted(restarts, 'restart'), crashReason?.message.split('\n')[0] ?? ''];
}

function taskRow({ name, runs, failures, restarts, overlaps, missed }: TaskTally): string[] {
  const faults = [
    [failures, 'failed'],
    [restarts, 'run again'],
    [overlaps, 'found no place'],
    [missed, 'missed'],
  ] as const;
  const words = faults.filter(([many]) => many > 0).map(([many, what]) => `${many} ${what}`);
  return [name, counted(runs, 'run'), words.join(', ')];
}

/** In words; undefined for what is as it should be. */
function failureOf(event: WrittenEvent): string | undefined {
  switch (event.kind) {
    case 'incident':
      return `${event.service} crashed: ${event.error.message}; ${event.action}`;
    case 'loop:blocked':
      return `${event.service ?? 'code of no service'} blocked the event loop for ${humanize(event.duration)}`;
    case 'app:crashed':
      return 'the application crashed';
    case 'start:failed':
    case 'bind:failed':
    case 'step:failed':
    case 'step:abandoned':
    case 'task:failed':
    case 'task:abandoned':
    case 'guard:misuse':
    case 'listener:failed':
      return event.error?.message ?? event.kind;
    default:
      return undefined;
  }
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : [title, ...lines.map((line) => `  ${line}`)].join('\n');
}

/** Columns, each as wide as it has to be. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, index) => Math.max(widest[index] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function dateText(at: number): string {
  return new Date(at).toISOString();
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
