import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { bundle, bundled } from '../support/bundle.ts';
import { killPrograms, Program } from '../support/program.ts';

vi.setConfig({ testTimeout: 60_000 });

afterEach(killPrograms);

/** A program on a page, and the log of it that the page shows. */
function documented(page: string): { readonly program: string; readonly log: string[] } {
  const [, program = '', log = ''] =
    /```ts\n((?:(?!```).)*?await Worker\.run\([^`]*?)```(?:(?!```ts).)*?```\n(\[[^`]+)```/s.exec(
      readFileSync(page, 'utf8'),
    ) ?? [];
  return { program, log: messages(log) };
}

/** Without times. */
function messages(log: string): string[] {
  return log
    .split('\n')
    .filter((line) => line.startsWith('['))
    .map((line) => line.replace(/^\[.*?\]: /, '').replace(/in [\d.]+ ms/, 'in <time>'));
}

describe('a program in the documentation', () => {
  it.each(['README.md', 'docs/worker.md'])('logs what the page says: %s', async (page) => {
    const { program, log } = documented(page);
    expect(log.at(-1)).toBe('[^Worker]: -Stopped!');
    const text = program.replace(/(await Worker\.run\(.*?)(, {.*})?\);/, "$1, { logFormat: 'pretty' });");
    const running = new Program(bundled(await bundle(`test/process/${page.replace(/\W/g, '-')}.ts`, { text })));
    await running.prints('Started');
    running.kill('SIGINT');
    expect(await running.ended).toEqual({ code: 0, signal: null });
    expect(messages(running.stdout)).toEqual(log);
  });
});
