import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { WorkerOptions } from '../../container/index.ts';
import { bundle, bundled } from '../support/bundle.ts';
import { killPrograms, Program } from '../support/program.ts';

vi.setConfig({ testTimeout: 60_000 });

const fixture = await bundle('test/process/fixtures/leaks.ts');
const sourceLines = readFileSync('test/process/fixtures/leaks.ts', 'utf8').split('\n');
afterEach(killPrograms);

function start(what: string, where: string, options: WorkerOptions = {}): Program {
  return new Program(bundled(fixture, what, where), {
    OPTIONS: JSON.stringify({ logFormat: 'pretty', exitTimeout: '400ms', ...options }),
  });
}

/** What was named, a line for each, without what is above and below. */
function named({ stderr }: Program): string[] {
  return stderr
    .split('\n')
    .filter((line) => /^ {2}\S/.test(line))
    .map((line) => line.trim());
}

const KINDS: [what: string, text: RegExp][] = [
  ['server', /^server 127\.0\.0\.1:\d+/],
  ['udp socket', /^UDP socket 127\.0\.0\.1:\d+/],
  ['timer', /^timer of 60 m/],
  ['interval', /^timer every 1 m 30 s/],
  ['thread', /^worker thread 1/],
  ['child', /^child process \d+ \(sleep 60\)/],
  ['fork', /^child process \d+ \(.*node.* process\.on/],
  ['watcher', /^fs watcher of test/],
  ['watching loop', /^fs watcher of test/],
  ['watched file', /^fs watcher of .*package\.json \(watchFile\)/],
];

describe('what keeps a process alive after the stop', () => {
  it.each(KINDS)('is named with the service whose start hook made it: %s', async (what, text) => {
    const program = start(what, 'hook');
    expect(await program.ended, program.stdout + program.stderr).toEqual({ code: 125, signal: null });
    expect(program.stderr).toContain('something has kept the process alive for 400 ms. It is ended by force');
    expect(named(program)).toEqual([expect.stringMatching(text)]);
    expect(named(program)).toEqual([expect.stringMatching(/, made by Leaky \(onStart\)$/)]);
    expect(program.stderr).not.toContain('trackHandles');
    expect(program.stdout).toContain('exit: 125');
  });

  it('is named too where a constructor made it', async () => {
    for (const what of ['thread', 'timer']) {
      const program = start(what, 'constructor');
      expect(await program.ended, program.stderr).toEqual({ code: 125, signal: null });
      expect(named(program)).toEqual([expect.stringMatching(/, made by LeakyConstruction \(create\)$/)]);
    }
  });

  it('is a connection and the server of it, whoever connects', async () => {
    const program = start('socket', 'hook');
    expect(await program.ended, program.stderr).toEqual({ code: 125, signal: null });
    const ends = /^socket 127\.0\.0\.1:\d+ -> 127\.0\.0\.1:\d+, made by Leaky \(onStart\)$/;
    expect(named(program)).toEqual([expect.stringMatching(ends), expect.stringMatching(ends)]);
  });

  it('is nothing that has no reference, and then the process ends by itself', async () => {
    const program = start('nothing', 'hook', { trackHandles: true });
    expect(await program.ended, program.stderr).toEqual({ code: 0, signal: null });
    expect(program.stderr).toBe('');
  });

  it.each([
    ['task', 'timer', /^timer, of no known owner$/],
    ['task', 'server', /^server 127\.0\.0\.1:\d+, of no known owner$/],
    ['outside', 'child', /^child process \d+ \(sleep 60\), of no known owner$/],
  ])('made by a %s has no owner, and it is said what to write: %s', async (where, what, text) => {
    const program = start(what, where);
    expect(await program.ended, program.stderr).toEqual({ code: 125, signal: null });
    expect(named(program)).toEqual([expect.stringMatching(text)]);
    expect(program.stderr).toContain('has an owner only with the option trackHandles: true');
  });

  it.each([
    ['task', 'timer', /^timer of 60 m, made by LeakyTask \(a task\)$/, 'LeakyTask.tick'],
    ['task', 'child', /^child process \d+ \(sleep 60\), made by LeakyTask \(a task\)$/, 'LeakyTask.tick'],
    ['hook', 'server', /^server 127\.0\.0\.1:\d+, made by Leaky \(onStart\)$/, undefined],
    ['hook', 'thread', /^worker thread 1, made by Leaky \(onStart\)$/, 'Leaky.onStart'],
  ])('is found with trackHandles wherever it was made, with the stack: %s, %s', async (where, what, text, at) => {
    const program = start(what, where, { trackHandles: true });
    expect(await program.ended, program.stderr).toEqual({ code: 125, signal: null });
    expect(named(program)).toEqual([expect.stringMatching(text)]);
    if (at === undefined) return;
    const line = sourceLines.findIndex((source) => source.includes(`  ${what}: () =>`)) + 1;
    expect(program.stderr).toMatch(new RegExp(`at .*leaks\\.ts:${line}:\\d+`));
    expect(program.stderr).toMatch(new RegExp(`at ${at} .*leaks\\.ts:\\d+:\\d+`));
    expect(program.stderr).not.toMatch(/node:|handle-tracker|step\.ts/);
  });

  it('is not what another Worker runs', async () => {
    const program = start('nothing', 'second');
    expect(await program.ended, program.stderr).toEqual({ code: 0, signal: null });
    expect(program.stderr).toBe('');
  });

  it('is no matter of the Worker before the last one', async () => {
    const program = start('nothing', 'before', { exitTimeout: '1d' });
    expect(await program.ended, program.stderr).toEqual({ code: 0, signal: null });
    expect(program.stderr).toBe('');
  });

  it('may go on for longer than a timer of Node can be', async () => {
    const program = start('moment', 'hook', { exitTimeout: '30d' });
    expect(await program.ended, program.stderr).toEqual({ code: 0, signal: null });
    expect(program.stderr).toBe('');
  });

  it.each<[string, WorkerOptions]>([
    ['an option', { logLevel: 'loud' as never }],
    ['what accompanies it', { control: '/nowhere/at/all' }],
  ])('is named too where the Worker was called wrongly, by %s', async (_, options) => {
    const program = start('timer', 'wrong', options);
    expect(await program.ended, program.stderr).toEqual({ code: 2, signal: null });
    expect(program.stderr).toContain('something has kept the process alive for 400 ms. It is ended by force');
  });

  it('has a moment to end by itself, however short exitTimeout is', async () => {
    const program = start('nothing', 'outside', { exitTimeout: 0 });
    expect(await program.ended, program.stderr).toEqual({ code: 0, signal: null });
    const held = start('timer', 'hook', { exitTimeout: 0 });
    expect(await held.ended, held.stderr).toEqual({ code: 125, signal: null });
  });

  it('ends the process within exitTimeout, with the code that it has without that', async () => {
    const program = start('failing', 'failing');
    expect(await program.ended, program.stderr).toEqual({ code: 1, signal: null });
    expect(program.stderr).toContain('timer of 60 m, made by LeakyFailure (onStart)');
  });
});
