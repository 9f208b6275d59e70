import { afterEach, describe, expect, it, vi } from 'vitest';
import type { WorkerOptions } from '../../container/index.ts';
import { bundle, bundled } from '../support/bundle.ts';
import { killPrograms, Program } from '../support/program.ts';

vi.setConfig({ testTimeout: 60_000 });

const fixture = await bundle('test/process/fixtures/cry.ts');
afterEach(killPrograms);

function start(scenario: string, options: WorkerOptions = {}): Program {
  return new Program(bundled(fixture, scenario), {
    OPTIONS: JSON.stringify({ logFormat: 'pretty', exitTimeout: '1s', ...options }),
  });
}

/** Sections by their titles, each with its lines; what changes from run to run is in brackets. */
async function cry(program: Program): Promise<ReadonlyMap<string, readonly string[]>> {
  program.kill('SIGUSR2');
  await program.complains('==== end of the cry');
  const sections = program.stderr.split('\n\n').slice(1, -1);
  return new Map(
    sections.map((section) => {
      const [title = '', ...lines] = section.split('\n');
      return [title.slice(0, -1), lines.map((line) => tidy(line.slice(2)))];
    }),
  );
}

function tidy(line: string): string {
  return line
    .replaceAll(/\d+ m( \d+ s)?\b|\d+(\.\d+)? m?s\b/g, '<time>')
    .replaceAll(/\d+(\.\d+)? MB/g, '<size>')
    .replaceAll(/\d+ %/g, '<share>')
    .replaceAll(/:\d+\b/g, ':<port>');
}

/** Asks it to end, which it does with nothing of the Worker left. */
async function expectEnd(program: Program): Promise<void> {
  program.kill('SIGTERM');
  expect(await program.ended, program.stdout + program.stderr).toEqual({ code: 0, signal: null });
  expect(program.stdout).toContain('returned: 0, listeners: 0,0,0,0');
}

describe('the cry of a program, on SIGUSR2', () => {
  it('tells all that is known of it while it runs', async () => {
    const program = start('running');
    await program.prints('broken');
    const told = await cry(program);
    expect(program.stderr).toMatch(/^==== cry of \d+ \(.*cry-\w+\.mjs running\) at 20\d\d-\d\d-\d\dT/);
    const { 'handles, which keep the process alive': handles, ...rest } = Object.fromEntries(told);
    expect(rest).toEqual({
      application: [
        'running for <time>',
        'ready',
        'does without: Broken restarting 1/3, next try in <time>',
        `Node ${process.version}, the process is up for <time>`,
      ],
      graph: ['Api · running', '└─ Db · running', 'Broken · restarting'],
      services: [
        'Db running for <time>',
        'Api running for <time>',
        'Broken restarting for <time>, try 1 of 3 in <time>, restarted once',
      ],
      'under way': ['nothing is being started or stopped'],
      tasks: [
        'Api.sweep (timer) waiting, has not run, next in <time>',
        'Api.poll (background) running, run 1 for <time>',
      ],
      supervisors: ['root escalate, 0 of 3 crashes within <time>', 'Broken restForGraph, 1 of 3 crashes within <time>'],
      memory: [
        'resident <size>',
        'heap <size> of <size> (<share>)',
        'outside of the heap <size>, of which buffers <size>',
      ],
      threads: [
        expect.stringMatching(/^main, busy <share> of its time; between two callbacks, so there is no stack/),
        '1, made by Db (onStart), busy <share> of its time, heap of at most <size>',
      ],
    });
    expect(handles?.slice(0, 2)).toEqual([
      'server 127.0.0.1:<port>, made by Db (onStart)',
      'worker thread 1, made by Db (onStart)',
    ]);
    await expectEnd(program);
  });

  it('tells whose the thread of the watchdog is, which keeps nothing alive', async () => {
    const program = start('running', { blockingTimeout: '1m' });
    await program.prints('broken');
    const told = await cry(program);
    const handles = told.get('handles, which keep the process alive');
    expect(handles?.filter((line) => /message port|thread/.test(line))).toEqual([
      'worker thread 2, made by Db (onStart)',
    ]);
    expect(told.get('threads')?.slice(1)).toEqual([
      '1, made by inversify-lifecycle (watchdog), heap of at most <size>',
      '2, made by Db (onStart), busy <share> of its time, heap of at most <size>',
    ]);
    await expectEnd(program);
  });

  it('tells in a start what is awaited, and by whom', async () => {
    const program = start('starting');
    await program.prints('on its way');
    const told = await cry(program);
    expect(told.get('application')?.slice(0, 2)).toEqual([
      'starting for <time>',
      expect.stringMatching(/^not ready: the application is starting/),
    ]);
    expect(told.get('under way')).toContain('Api starting for <time>, in onStart for <time>');
    await expectEnd(program);
  });

  it('tells in a stop what is awaited, and why it stops', async () => {
    const program = start('stopping');
    await program.prints('broken');
    program.kill('SIGTERM');
    await program.prints('closing');
    const told = await cry(program);
    expect(told.get('application')?.[0]).toBe('stopping for <time>: SIGTERM');
    expect(told.get('under way')).toEqual(['Db stopping for <time>, in onStop for <time>']);
    expect(told.get('services')).toContainEqual(expect.stringMatching(/^Api stopped for <time>/));
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(program.stdout).toContain('returned: 0, listeners: 0,0,0,0');
  });

  it('comes as often as it is asked for', async () => {
    const program = start('running');
    await program.prints('broken');
    await cry(program);
    program.stderr = '';
    await cry(program);
    expect(program.stderr.match(/==== cry of/g)).toHaveLength(1);
    await expectEnd(program);
  });

  it('is on standard error also where that is redirected', async () => {
    const program = start('running', { redirect: true });
    await program.prints('broken');
    expect((await cry(program)).get('application')?.[0]).toBe('running for <time>');
    expect(program.stdout).not.toContain('==== cry of');
    await expectEnd(program);
  });

  it('does not come where SIGUSR2 asks for the end', async () => {
    const program = start('running', { signals: ['SIGUSR2'] });
    await program.prints('broken');
    program.kill('SIGUSR2');
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(program.stdout).toContain('Stopping on signal received');
    expect(program.stderr).toBe('');
  });
});
