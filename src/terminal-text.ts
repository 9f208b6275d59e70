/** What a program says, as a terminal shows it: harmless, and with a width in columns. */

import { stripVTControlCharacters } from 'node:util';

/** Characters that take two columns. */
const WIDE =
  /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|\p{Emoji_Presentation}/u;

const NO_WIDTH = /\p{Mn}|\p{Me}|\u200B|\u200D|\uFE0F/u;

/** What a program says must not move the cursor, or worse. */
export function tame(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/\p{Cc}+/gu, ' ');
}

/** The same for a text of several lines, which may be indented with tabs. */
export function tameLines(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/[^\P{Cc}\n\t]+/gu, '');
}

/** How many columns a text takes. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += widthOfCharacter(character);
  return width;
}

/** Its beginning, in so many columns. */
export function cutTo(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  return `${fitting(text, columns).join('')}…`;
}

/** Its end, in so many columns. */
export function endOf(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  const end = fitting([...text].reverse(), columns).reverse();
  return `…${end.join('')}`;
}

/** The first ones that leave a column for what stands for the others. */
function fitting(characters: Iterable<string>, columns: number): string[] {
  const found: string[] = [];
  let width = 0;
  for (const character of characters) {
    width += widthOfCharacter(character);
    if (width >= columns) break;
    found.push(character);
  }
  return found;
}

function widthOfCharacter(character: string): number {
  if (NO_WIDTH.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
