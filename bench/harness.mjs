// Runs cases in fresh processes, one after the other and interleaved, and makes tables of what they tell.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const cases = fileURLToPath(new URL('cases/', import.meta.url));

async function runOnce(command) {
  const [file, ...given] = command.split(' ');
  const { stdout } = await execute(process.execPath, ['--expose-gc', `${cases}${file}.mjs`, ...given]);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

/**
 * A B C A B C ...: what disturbs one disturbs all.
 *
 * @param variants the command of each: a file in cases/ and its arguments
 * @returns for each variant and each figure the values in ascending order
 */
export async function interleaved(variants, times) {
  const results = Object.fromEntries(Object.keys(variants).map((name) => [name, {}]));
  for (let round = 0; round < times; round++) {
    for (const [name, command] of Object.entries(variants)) {
      for (const [figure, value] of Object.entries(await runOnce(command))) {
        results[name][figure] ??= [];
        results[name][figure].push(value);
      }
    }
  }
  for (const figures of Object.values(results))
    for (const values of Object.values(figures)) values.sort((a, b) => a - b);
  return results;
}

export const median = (sorted) => sorted[Math.floor(sorted.length / 2)];

/** `37.2 (36.9..43.1)`. */
export function spread(sorted, digits = 1) {
  const text = (value) => value.toFixed(digits);
  return `${text(median(sorted))} (${text(sorted[0])}..${text(sorted.at(-1))})`;
}

/** A value against what it may be at most. */
export function goal(value, most) {
  return `<= ${most} ${value <= most ? 'met' : '**missed**'}`;
}

export function table(title, head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  console.log([`\n### ${title}\n`, line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n'));
}
