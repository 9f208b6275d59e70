import { describe, expect, it } from 'vitest';
import { canCry } from '../../src/cry/cry.ts';
import type { CrySnapshot } from '../../src/cry/cry-snapshot.ts';
import { cryText } from '../../src/cry/cry-text.ts';

const MB = 2 ** 20;
const AT = Date.parse('2026-11-26T12:00:00Z');

const QUIET: CrySnapshot = {
  at: AT,
  process: { pid: 7, node: 'v20.20.2', uptime: 65_000, command: 'app.js' },
  state: 'idle',
  stateFor: undefined,
  reason: '',
  health: { live: true, started: false, ready: false, reasons: ['the application is idle'], degraded: [] },
  graph: '(no nodes)',
  services: [],
  underWay: [],
  tasks: [],
  supervisors: [],
  handles: [],
  memory: { resident: 50 * MB, heapUsed: 16 * MB, heapLimit: 64 * MB, external: 2.5 * MB, buffers: MB },
  utilisation: 0.256,
  threads: [],
};

/** The lines of one section. */
function section(title: string, snapshot: Partial<CrySnapshot>): string[] {
  const found = cryText({ ...QUIET, ...snapshot })
    .split('\n\n')
    .find((text) => text.startsWith(`${title}`));
  return (found ?? '')
    .split('\n')
    .slice(1)
    .map((line) => line.slice(2));
}

const TASK = {
  name: 'Jobs.tick',
  service: 'Jobs',
  kind: 'timer',
  state: 'waiting',
  runs: 0,
  failures: 0,
  restarts: 0,
  overlaps: 0,
  missed: 0,
  lateness: undefined,
  lastRun: undefined,
  nextRun: undefined,
} as const;

describe('the text of a cry', () => {
  it('has a section for everything, also where there is nothing', () => {
    expect(cryText(QUIET)).toBe(`==== cry of 7 (app.js) at 2026-11-26T12:00:00.000Z

application:
  idle
  not ready: the application is idle
  Node v20.20.2, the process is up for 1 m 5 s

graph:
  (no nodes)

services:
  none is known: nothing was started

under way:
  nothing is being started or stopped

tasks:
  none

supervisors:
  none

handles, which keep the process alive:
  none

memory:
  resident 50 MB
  heap 16 MB of 64 MB (25 %)
  outside of the heap 2.5 MB, of which buffers 1 MB

threads:
  main, busy 26 % of its time; between two callbacks, so there is no stack: it waits for the handles above

==== end of the cry of 7`);
  });

  it('says why the application stops', () => {
    const told = { state: 'stopping', stateFor: 1_200, reason: 'SIGTERM' } as const;
    expect(section('application', told)[0]).toBe('stopping for 1.2 s: SIGTERM');
  });

  it('tells of services what they are at, and what brought them there', () => {
    const base = { name: 'Db', stateFor: 3_000, restarts: 0, flags: [], failure: undefined, nextTry: undefined };
    const services = [
      { ...base, state: 'running', restarts: 2, flags: ['rebalancing', 'full'] },
      { ...base, state: 'restarting', nextTry: { count: 2, max: 3, wait: 4_000 } },
      { ...base, state: 'restarting', nextTry: { count: 9, max: Number.POSITIVE_INFINITY, wait: 0 } },
      { ...base, state: 'crashed', failure: 'no port\n  at all' },
      { ...base, state: 'idle', stateFor: undefined },
    ] as const;
    expect(section('services', { services })).toEqual([
      'Db running for 3 s, restarted 2 times, flags rebalancing, full',
      'Db restarting for 3 s, try 2 of 3 in 4 s',
      'Db restarting for 3 s, try 9 in 0 ms',
      'Db crashed for 3 s, failed: no port | at all',
      'Db idle',
    ]);
  });

  it('tells what is under way: the hook, or the tasks that a stop waits for, and who waits', () => {
    const base = { service: 'Db', stateFor: 3_000, step: undefined, tasks: [], awaitedBy: [] };
    const underWay = [
      { ...base, state: 'starting', step: { name: 'onStart', lasting: 2_000 }, awaitedBy: ['Api', 'Cache'] },
      { ...base, state: 'stopping', tasks: ['Db.poll', 'Db.sweep'] },
      { ...base, state: 'stopping' },
    ] as const;
    expect(section('under way', { underWay })).toEqual([
      'Db starting for 3 s, in onStart for 2 s, awaited by Api, Cache',
      'Db stopping for 3 s, in its task Db.poll and its task Db.sweep',
      'Db stopping for 3 s',
    ]);
  });

  it('tells of tasks the last run, the next one, and what went wrong', () => {
    const lastRun = { startedAt: AT - 5_000, duration: 120, error: undefined };
    const tasks = [
      { ...TASK, nextRun: AT + 1_000 },
      { ...TASK, state: 'running', runs: 3, lastRun: { ...lastRun, duration: undefined }, nextRun: AT - 10 },
      { ...TASK, runs: 3, lastRun, overlaps: 1, missed: 4 },
      { ...TASK, state: 'paused', runs: 3, failures: 2, lastRun: { ...lastRun, error: new Error('lost') } },
    ] as const;
    expect(section('tasks', { tasks })).toEqual([
      'Jobs.tick (timer) waiting, has not run, next in 1 s',
      'Jobs.tick (timer) running, run 3 for 5 s, next is due',
      'Jobs.tick (timer) waiting, run 3 over after 120 ms, begun 5 s ago, 1 left out, 4 missed',
      'Jobs.tick (timer) paused, run 3 failed after 120 ms, begun 5 s ago, lost, 2 failed',
    ]);
  });

  it('tells of supervisors how near they are to giving up', () => {
    const base = { name: 'io', strategy: 'oneForAll', count: 2, max: 3, within: 60_000, inARow: 2 };
    expect(
      section('supervisors', {
        supervisors: [
          base,
          { ...base, max: Number.POSITIVE_INFINITY, inARow: 0 },
          { ...base, count: 1, max: Number.POSITIVE_INFINITY, inARow: 1 },
          { ...base, count: 1, inARow: 1 },
        ],
      }),
    ).toEqual([
      'io oneForAll, 2 of 3 crashes within 1 m, 2 in a row',
      'io oneForAll, 2 crashes within 1 m',
      'io oneForAll, 1 crash within 1 m',
      'io oneForAll, 1 of 3 crashes within 1 m',
    ]);
  });

  it('has handles by their service, and their stacks', () => {
    const base = { kind: 'timer', about: 'of 1 s', stack: [] };
    const owner = { service: 'Api', step: 'onStart' };
    const handles = [
      { ...base, owner: undefined },
      { ...base, kind: 'server', about: '', owner, stack: ['at Api.onStart (api.ts:7:3)'] },
      { ...base, owner: { service: 'Jobs', step: 'task' } },
      { ...base, owner },
    ];
    expect(section('handles', { handles })).toEqual([
      'server, made by Api (onStart)',
      '    at Api.onStart (api.ts:7:3)',
      'timer of 1 s, made by Api (onStart)',
      'timer of 1 s, made by Jobs (a task)',
      'timer of 1 s, of no known owner',
    ]);
  });

  it('tells of threads who made them, and their limits', () => {
    const threads = [
      { id: 1, owner: { service: 'Api', step: 'onStart' }, utilisation: 0.5, heapLimit: 16 },
      { id: 2, owner: undefined, utilisation: 0, heapLimit: undefined },
      { id: 3, owner: { service: 'inversify-lifecycle', step: 'watchdog' }, utilisation: undefined, heapLimit: 8 },
    ];
    expect(section('threads', { threads }).slice(1)).toEqual([
      '1, made by Api (onStart), busy 50 % of its time, heap of at most 16 MB',
      '2, of no known owner, busy 0 % of its time',
      '3, made by inversify-lifecycle (watchdog), heap of at most 8 MB',
    ]);
  });
});

describe('SIGUSR2', () => {
  it('is for the cry where there is such a signal, and where it does not ask for the end', () => {
    expect(canCry(['SIGTERM'], 'linux')).toBe(true);
    expect(canCry(['SIGTERM', 'SIGUSR2'], 'linux')).toBe(false);
    expect(canCry([], 'win32')).toBe(false);
  });
});
