/** Lines of a terminal, made of cells that have a width and a colour. */

import { stripVTControlCharacters, styleText } from 'node:util';

export type Tone = 'good' | 'bad' | 'busy' | 'dim' | 'bold' | 'chosen';

/** A piece of a line. */
export interface Cell {
  readonly text: string;
  /** In columns; without, as wide as the text. */
  readonly width?: number;
  readonly align?: 'left' | 'right';
  readonly tone?: Tone | undefined;
}

const STYLES: Readonly<Record<Tone, Parameters<typeof styleText>[0]>> = {
  good: 'green',
  bad: 'red',
  busy: 'yellow',
  dim: 'dim',
  bold: 'bold',
  chosen: 'inverse',
};

/** Characters that take two columns. */
const WIDE =
  /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|\p{Emoji_Presentation}/u;

const NO_WIDTH = /\p{Mn}|\p{Me}|\u200B|\u200D|\uFE0F/u;

/** What a program says must not move the cursor, or worse. */
export function tame(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/\p{Cc}+/gu, ' ');
}

/** One line, cut off where the terminal ends. */
export function lineOf(cells: readonly Cell[], columns: number, hasColour: boolean): string {
  let left = columns;
  let line = '';
  for (const { text, width = Number.POSITIVE_INFINITY, align = 'left', tone } of cells) {
    if (left <= 0) break;
    const room = Math.min(left, width);
    const cut = cutTo(tame(text), room);
    const padding = ' '.repeat(Number.isFinite(width) ? Math.max(0, room - widthOf(cut)) : 0);
    const cell = align === 'left' ? cut + padding : padding + cut;
    left -= widthOf(cell);
    line += hasColour && tone !== undefined ? styleText(STYLES[tone], cell, { validateStream: false }) : cell;
  }
  return line;
}

/** How many columns a text takes. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += widthOfCharacter(character);
  return width;
}

function cutTo(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let cut = '';
  let width = 0;
  for (const character of text) {
    width += widthOfCharacter(character);
    if (width >= columns) break;
    cut += character;
  }
  return `${cut}…`;
}

function widthOfCharacter(character: string): number {
  if (NO_WIDTH.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
