/** The live view as lines of a terminal: a pure function of what is to be shown, and of the size. */

import type { EventLine } from '../control/event-tail.ts';
import type { Picture, TaskPicture } from '../control/picture.ts';
import { lastRunText, nextRunText } from '../control/picture-text.ts';
import type { Greeting } from '../control/protocol.ts';
import { humanize } from '../duration.ts';
import type { StateName } from '../lifecycle/state.ts';
import type { TaskState } from '../tasks/handle.ts';
import { endOf, widthOf } from '../terminal-text.ts';
import { type Cell, lineOf, type Tone } from './cells.ts';
import { type TreeRow, treeRows } from './service-tree.ts';
import { chosenRow, serviceId, taskId, type View } from './view.ts';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

type Line = readonly Cell[];

/** A part of the screen: what is chosen in it stays in sight. */
interface Section {
  readonly heading: Line;
  readonly lines: readonly Line[];
  /** Which line is to be seen, whatever the room. */
  readonly focus: number;
}

/** More reasons than these are counted only. */
const REASONS = 3;

/** Those that can be found out by `?` come last: a narrow terminal has no room for them. */
const KEYS = 'q quit  ? help  : command  ↑↓ choose  r restart  s stop  a start  t trigger  p pause  g graph  c cry';

const TONES: Readonly<Record<StateName | TaskState, Tone | undefined>> = {
  running: 'good',
  crashed: 'bad',
  starting: 'busy',
  stopping: 'busy',
  restarting: 'busy',
  paused: 'busy',
  idle: 'dim',
  stopped: 'dim',
  disabled: 'dim',
  done: 'dim',
  waiting: undefined,
};

/** @returns as many lines as the terminal has, or fewer */
export function viewLines(view: View, { columns, rows }: Size, hasColour: boolean): string[] {
  const painted = (lines: readonly Line[]): string[] => lines.map((cells) => lineOf(cells, columns, hasColour));
  const room = Math.max(0, rows - 2);
  const body = view.page?.lines.slice(view.page.top, view.page.top + room).map((text) => [{ text }]);
  const upper = painted(body ?? bodyLines(view, room)).slice(0, room);
  while (upper.length < room) upper.push('');
  return [...upper, ...painted(footLines(view, columns))].slice(0, rows);
}

/** What is shown until there is a picture. */
export function waitingLines({ program, pid }: Greeting, { columns }: Size, hasColour: boolean): string[] {
  const line: Line = [
    { text: program, tone: 'bold' },
    { text: `  pid ${pid}  ` },
    { text: 'waiting for the program...', tone: 'busy' },
    { text: '  q quit', tone: 'dim' },
  ];
  return [lineOf(line, columns, hasColour)];
}

/** All of a picture, without a terminal to fit into. */
export function overviewText(greeting: Greeting, picture: Picture): string {
  const view = { greeting, picture, chosen: '', typed: undefined, message: undefined, page: undefined };
  const lines = bodyLines(view, Number.POSITIVE_INFINITY);
  return lines.map((cells) => lineOf(cells, Number.POSITIVE_INFINITY, false).trimEnd()).join('\n');
}

function bodyLines(view: View, room: number): Line[] {
  const { greeting, picture } = view;
  const head = [headLine(greeting, picture), ...healthLines(picture)];
  const sections = [servicesOf(view), tasksOf(view), latelyOf(picture)].filter(({ lines }) => lines.length > 0);
  // Each has a heading, and an empty line before it.
  const left = Math.max(0, room - head.length - 2 * sections.length);
  const shares = shareOut(
    left,
    sections.map(({ lines }) => lines.length),
  );
  return [
    ...head,
    ...sections.flatMap((section, index) => [[], section.heading, ...shown(section, shares[index] ?? 0)]),
  ];
}

/** Everybody gets what they want, or as much as anybody else. */
export function shareOut(room: number, wanted: readonly number[]): number[] {
  const shares = wanted.map(() => 0);
  let left = room;
  const hungry = (): number[] => [...wanted.keys()].filter((index) => (shares[index] ?? 0) < (wanted[index] ?? 0));
  for (let open = hungry(); open.length > 0 && left > 0; open = hungry()) {
    const each = Math.max(1, Math.floor(left / open.length));
    for (const index of open) {
      const more = Math.min(each, left, (wanted[index] ?? 0) - (shares[index] ?? 0));
      shares[index] = (shares[index] ?? 0) + more;
      left -= more;
    }
  }
  return shares;
}

/** So many lines of a section, the chosen one among them. */
function shown({ lines, focus }: Section, room: number): readonly Line[] {
  const top = Math.max(0, Math.min(lines.length - room, focus - Math.floor(room / 2)));
  return lines.slice(top, top + room);
}

function headLine({ program, pid }: Greeting, { state, uptime, utilisation, memory }: Picture): Line {
  const facts = [
    `  pid ${pid}`,
    `up ${humanize(uptime)}`,
    ...(utilisation === undefined ? [] : [`event loop ${percent(utilisation)}`]),
    `${Math.round(memory / 1_048_576)} MB`,
  ];
  return [{ text: `${program}  `, tone: 'bold' }, { text: state, tone: TONES[state] }, { text: facts.join('  ') }];
}

function healthLines({ health: { reasons, degraded, ready } }: Picture): Line[] {
  if (ready && degraded.length === 0) return [[{ text: 'ready', tone: 'good' }]];
  const all: [string, Tone][] = [
    ...reasons.map((reason): [string, Tone] => [`not ready: ${reason}`, 'bad']),
    ...degraded.map((reason): [string, Tone] => [`does without: ${reason}`, 'busy']),
  ];
  const lines = all.slice(0, REASONS).map(([text, tone]): Line => [{ text, tone }]);
  return all.length > REASONS ? [...lines, [{ text: `and ${all.length - REASONS} more` }]] : lines;
}

function servicesOf(view: View): Section {
  const { picture } = view;
  const rows = treeRows(picture.services);
  const width = widest(
    'SERVICE',
    rows.map(({ service, lead }) => lead + service.name),
  );
  const heading = headings(['SERVICE', width], ['STATE', 12], ['UP', 11], ['RESTARTS', 10], ['LOOP', 8], ['', 1]);
  return sectionOf(
    view,
    heading,
    rows,
    ({ service }) => serviceId(service.name),
    (row) => serviceLine(row, picture.at, width),
  );
}

function serviceLine({ service, lead }: TreeRow, at: number, width: number): Line {
  const { name, state, startedAt, restarts, share, flags, failure } = service;
  return [
    { text: lead + name, width },
    { text: state, width: 12, tone: TONES[state] },
    { text: startedAt === undefined ? '-' : humanize(at - startedAt), width: 11 },
    { text: String(restarts), width: 10, tone: restarts > 0 ? 'busy' : undefined },
    { text: share === undefined ? '-' : percent(share), width: 8 },
    failure === undefined ? { text: flags.join(', ') } : { text: failure, tone: 'bad' },
  ];
}

function tasksOf(view: View): Section {
  const { picture } = view;
  const width = widest(
    'TASK',
    picture.tasks.map(({ name }) => name),
  );
  const heading = headings(['TASK', width], ['STATE', 12], ['RUNS', 8], ['FAILED', 8], ['LAST', 24], ['NEXT', 14]);
  return sectionOf(
    view,
    heading,
    picture.tasks,
    ({ name }) => taskId(name),
    (task) => taskLine(task, picture.at, width),
  );
}

function taskLine({ name, state, runs, failures, lastRun, nextRun }: TaskPicture, at: number, width: number): Line {
  return [
    { text: name, width },
    { text: state, width: 12, tone: TONES[state] },
    { text: String(runs), width: 8 },
    { text: String(failures), width: 8, tone: failures > 0 ? 'bad' : undefined },
    { text: lastRunText(lastRun, at), width: 24 },
    { text: nextRunText(nextRun, at), width: 14 },
    { text: lastRun?.error ?? '', tone: 'bad' },
  ];
}

function latelyOf({ lines }: Picture): Section {
  const tones: Readonly<Record<EventLine['level'], Tone | undefined>> = {
    debug: 'dim',
    info: undefined,
    warn: 'busy',
    error: 'bad',
  };
  const line = ({ at, level, who, text }: EventLine): Line => [
    { text: `${new Date(at).toTimeString().slice(0, 8)}  `, tone: 'dim' },
    { text: `${who === undefined ? '' : `${who}: `}${text}`, tone: tones[level] },
  ];
  return { heading: headings(['LATELY', 6]), lines: lines.map(line), focus: lines.length };
}

function sectionOf<T>(
  view: View,
  heading: Line,
  items: readonly T[],
  idOf: (item: T) => string,
  draw: (item: T) => Line,
): Section {
  const chosen = view.chosen === '' ? undefined : chosenRow(view)?.id;
  const focus = items.findIndex((item) => idOf(item) === chosen);
  const lines = items.map((item, index) => (index === focus ? inverted(draw(item)) : draw(item)));
  return { heading, lines, focus };
}

function inverted(line: Line): Line {
  return line.map((cell) => ({ ...cell, tone: 'chosen' as const }));
}

function footLines({ typed, message, page }: View, columns: number): Line[] {
  const keys = page === undefined ? KEYS : '↑↓ scroll  q back';
  const said: Line = message === undefined ? [] : [{ text: message.text, tone: message.isBad ? 'bad' : 'good' }];
  if (typed === undefined) return [said, [{ text: keys, width: columns, tone: 'dim' }]];
  // The end is what is being typed; a colon stands before it, and the cursor behind it.
  return [
    said,
    [
      { text: ':', tone: 'bold' },
      { text: endOf(typed, columns - 2) },
      { text: ' ', tone: 'chosen' },
      { text: '  Enter runs it, Esc does not', tone: 'dim' },
    ],
  ];
}

function headings(...columns: readonly (readonly [string, number])[]): Line {
  return columns.map(([text, width]) => ({ text, width, tone: 'dim' }));
}

/** With two columns of space behind it. */
function widest(heading: string, texts: readonly string[]): number {
  return texts.reduce((width, text) => Math.max(width, widthOf(text)), widthOf(heading)) + 2;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}
