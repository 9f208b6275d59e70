/** What the live view shows, as plain data, and what a key makes of it. */

import type { Picture } from '../control/picture.ts';
import type { Greeting } from '../control/protocol.ts';
import { treeRows } from './service-tree.ts';

export interface View {
  readonly greeting: Greeting;
  readonly picture: Picture;
  /** The row that is chosen; the first one if it is not there. */
  readonly chosen: string | undefined;
  /** The command that is being typed. */
  readonly typed: string | undefined;
  /** What came of the last command. */
  readonly message: Message | undefined;
  /** A text that is shown in place of all else. */
  readonly page: Page | undefined;
}

export interface Message {
  readonly text: string;
  readonly isBad: boolean;
}

export interface Page {
  readonly lines: readonly string[];
  /** The first line that is shown. */
  readonly top: number;
}

/** As `node:readline` tells of it. */
export interface Key {
  readonly name?: string | undefined;
  readonly sequence?: string | undefined;
  readonly ctrl?: boolean | undefined;
  readonly meta?: boolean | undefined;
}

/** What a key leads to. */
export interface Step {
  readonly view: View;
  readonly act?: { readonly kind: 'quit' } | { readonly kind: 'command'; readonly words: readonly string[] };
}

/** A line that can be chosen. */
interface Row {
  readonly id: string;
  readonly service: string;
  /** The task, with the state that it is in. */
  readonly task?: { readonly name: string; readonly isPaused: boolean };
}

const PAGE = 10;

export function firstView(greeting: Greeting, picture: Picture): View {
  return { greeting, picture, chosen: undefined, typed: undefined, message: undefined, page: undefined };
}

export function taskId(name: string): string {
  return `task ${name}`;
}

export function serviceId(name: string): string {
  return `service ${name}`;
}

/** The row that is chosen; undefined where there is none. */
export function chosenRow(view: View): Row | undefined {
  const rows = rowsOf(view.picture);
  return rows.find(({ id }) => id === view.chosen) ?? rows[0];
}

/** Where nothing is typed or read. */
export function isQuit(key: Key): boolean {
  return ['q', 'ctrl-c', 'ctrl-d'].includes(nameOf(key));
}

export function press(view: View, key: Key): Step {
  if (view.typed !== undefined) return typing(view, view.typed, key);
  if (view.page !== undefined) return reading(view, view.page, key);
  return choosing({ ...view, message: undefined }, key);
}

/** The words of a command; one that has spaces in it stands in quotes. */
export function wordsOf(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

function rowsOf({ services, tasks }: Picture): Row[] {
  return [
    ...treeRows(services).map(({ service: { name } }) => ({ id: serviceId(name), service: name })),
    ...tasks.map(({ name, service, state }) => ({
      id: taskId(name),
      service,
      task: { name, isPaused: state === 'paused' },
    })),
  ];
}

function choosing(view: View, key: Key): Step {
  if (isQuit(key)) return { view, act: { kind: 'quit' } };
  const row = chosenRow(view);
  switch (nameOf(key)) {
    case 'up':
    case 'k':
      return { view: moved(view, -1) };
    case 'down':
    case 'j':
      return { view: moved(view, 1) };
    case 'pageup':
      return { view: moved(view, -PAGE) };
    case 'pagedown':
      return { view: moved(view, PAGE) };
    // What takes something down is written out first, to be looked at.
    case 'r':
      return { view: written(view, 'restart', row?.service) };
    case 's':
      return { view: written(view, 'stop', row?.service) };
    case 'x':
      return { view: { ...view, typed: 'stop' } };
    case 'a':
      return command(view, 'start', row?.service);
    case 't':
      return command(view, 'trigger', row?.task?.name);
    case 'p':
      return command(view, row?.task?.isPaused ? 'resume' : 'pause', row?.task?.name);
    case 'g':
      return { view, act: { kind: 'command', words: ['graph'] } };
    case 'c':
      return { view, act: { kind: 'command', words: ['cry'] } };
    case '?':
    case 'h':
      return { view, act: { kind: 'command', words: ['help'] } };
    case ':':
    case 'return':
      return { view: { ...view, typed: '' } };
    default:
      return { view };
  }
}

function nameOf({ name, sequence = '', ctrl }: Key): string {
  return ctrl ? `ctrl-${name}` : (name ?? sequence);
}

function moved(view: View, by: number): View {
  const rows = rowsOf(view.picture);
  const from = rows.findIndex(({ id }) => id === chosenRow(view)?.id);
  const to = Math.max(0, Math.min(rows.length - 1, from + by));
  return { ...view, chosen: rows[to]?.id };
}

function written(view: View, verb: string, name: string | undefined): View {
  return name === undefined ? view : { ...view, typed: `${verb} ${quoted(name)}` };
}

function command(view: View, verb: string, name: string | undefined): Step {
  if (name !== undefined) return { view, act: { kind: 'command', words: [verb, name] } };
  return { view: { ...view, message: { text: `${verb}: choose a task first`, isBad: true } } };
}

function quoted(name: string): string {
  return /\s/.test(name) ? `"${name}"` : name;
}

function typing(view: View, typed: string, { name, sequence = '', ctrl, meta }: Key): Step {
  if (name === 'escape' || (ctrl && name === 'c')) return { view: { ...view, typed: undefined } };
  if (name === 'return' || name === 'enter') {
    const words = wordsOf(typed);
    const done = { ...view, typed: undefined, message: undefined };
    return words.length === 0 ? { view: done } : { view: done, act: { kind: 'command', words } };
  }
  if (name === 'backspace') return { view: { ...view, typed: [...typed].slice(0, -1).join('') } };
  if (ctrl && name === 'u') return { view: { ...view, typed: '' } };
  const isText = !ctrl && !meta && sequence !== '' && !/\p{Cc}/u.test(sequence);
  return { view: isText ? { ...view, typed: typed + sequence } : view };
}

function reading(view: View, page: Page, { name, sequence, ctrl }: Key): Step {
  const to = (top: number): Step => {
    const last = Math.max(0, page.lines.length - 1);
    return { view: { ...view, page: { ...page, top: Math.max(0, Math.min(last, top)) } } };
  };
  switch (ctrl ? 'escape' : (name ?? sequence)) {
    case 'up':
    case 'k':
      return to(page.top - 1);
    case 'down':
    case 'j':
      return to(page.top + 1);
    case 'pageup':
      return to(page.top - PAGE);
    case 'pagedown':
    case 'space':
      return to(page.top + PAGE);
    case 'q':
    case 'escape':
    case 'return':
      return { view: { ...view, page: undefined } };
    default:
      return { view };
  }
}
