/** Lines of a terminal, made of cells that have a width and a colour. */

import { styleText } from 'node:util';
import { cutTo, tame, widthOf } from '../terminal-text.ts';

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
