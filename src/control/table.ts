import { tame, widthOf } from '../terminal-text.ts';

/** Columns side by side, each as wide as its widest cell; the first row is the heading. */
export function tableText(rows: readonly (readonly string[])[]): string {
  const tamed = rows.map((row) => row.map(tame));
  const widths: number[] = [];
  for (const row of tamed) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, widthOf(cell));
  }
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell)))
      .join('  ')
      .trimEnd();
  return tamed.map(line).join('\n');
}
