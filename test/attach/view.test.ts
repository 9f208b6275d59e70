import { describe, expect, it } from 'vitest';
import { lineOf } from '../../src/attach/cells.ts';
import { treeRows } from '../../src/attach/service-tree.ts';
import { firstView, type Key, press, type View, wordsOf } from '../../src/attach/view.ts';
import { overviewText, shareOut, viewLines } from '../../src/attach/view-lines.ts';
import type { Picture, ServicePicture, TaskPicture } from '../../src/control/picture.ts';
import { widthOf } from '../../src/terminal-text.ts';

const greeting = { kind: 'hello', protocol: 1, pid: 4_711, program: 'shop.js', since: 0 } as const;

function service(name: string, needs: string[] = [], more: Partial<ServicePicture> = {}): ServicePicture {
  return { name, state: 'running', startedAt: 40_000, restarts: 0, flags: [], needs, ...more };
}

function task(name: string, more: Partial<TaskPicture> = {}): TaskPicture {
  const [of = ''] = name.split('.');
  return { name, service: of, kind: 'timer', state: 'waiting', runs: 3, failures: 0, nextRun: 101_000, ...more };
}

function picture(more: Partial<Picture> = {}): Picture {
  return {
    at: 100_000,
    state: 'running',
    uptime: 61_000,
    memory: 50 * 1_048_576,
    utilisation: 0.42,
    health: { live: true, started: true, ready: true, reasons: [], degraded: [] },
    services: [
      service('Api', ['Cache', 'Db'], { share: 0.3, flags: ['serving'] }),
      service('Cache', ['Db'], { share: 0.101, restarts: 2 }),
      service('Db', [], { state: 'crashed', startedAt: undefined, failure: 'no such host' }),
    ],
    tasks: [
      task('Cache.refresh', { lastRun: { startedAt: 99_000, duration: 5 } }),
      task('Db.poll', { failures: 1, lastRun: { startedAt: 99_000, duration: 7, error: 'timed out' } }),
      task('Db.watch', { kind: 'background', state: 'running', nextRun: undefined, lastRun: { startedAt: 90_000 } }),
      task('Db.idle', { state: 'paused', nextRun: undefined }),
    ],
    lines: [],
    ...more,
  };
}

function view(more: Partial<View> = {}): View {
  return { ...firstView(greeting, picture()), ...more };
}

const lines = (shown: View, columns = 100, rows = 24): string[] =>
  viewLines(shown, { columns, rows }, false).map((line) => line.trimEnd());

describe('the lines of the live view', () => {
  it('show the program, its services as a tree, its tasks, and what has happened', () => {
    const when = new Date(2026, 0, 1, 12, 30, 5).getTime();
    const happened = [
      { at: when, level: 'info', text: 'Starting...' },
      { at: when, level: 'error', who: 'Db', text: 'Crashed: no such host' },
    ] as const;
    expect(lines(view({ picture: picture({ lines: happened }), message: { text: 'Done.', isBad: false } }))).toEqual([
      'shop.js  running  pid 4711  up 1 m 1 s  event loop 42 %  50 MB',
      'ready',
      '',
      'SERVICE  STATE       UP         RESTARTS  LOOP',
      'Api      running     1 m        0         30 %    serving',
      '└ Cache  running     1 m        2         10 %',
      '  └ Db   crashed     -          0         -       no such host',
      '',
      'TASK           STATE       RUNS    FAILED  LAST                    NEXT',
      'Cache.refresh  waiting     3       0       took 5 ms               in 1 s',
      'Db.poll        waiting     3       1       failed after 7 ms       in 1 s        timed out',
      'Db.watch       running     3       0       for 10 s                -',
      'Db.idle        paused      3       0       -                       -',
      '',
      'LATELY',
      '12:30:05  Starting...',
      '12:30:05  Db: Crashed: no such host',
      '',
      '',
      '',
      '',
      '',
      'Done.',
      'q quit  ? help  : command  ↑↓ choose  r restart  s stop  a start  t trigger  p pause  g graph  c cry',
    ]);
  });

  it('say why it is not ready, and how many reasons more there are', () => {
    const reasons = ['the application is starting', 'Api <- Db crashed', 'a', 'b'];
    const health = { live: true, started: false, ready: false, reasons, degraded: ['Mail crashed'] };
    expect(lines(view({ picture: picture({ health }) })).slice(1, 5)).toEqual([
      'not ready: the application is starting',
      'not ready: Api <- Db crashed',
      'not ready: a',
      'and 2 more',
    ]);
    const degraded = { live: true, started: true, ready: true, reasons: [], degraded: ['Mail crashed'] };
    expect(lines(view({ picture: picture({ health: degraded }) }))[1]).toBe('does without: Mail crashed');
  });

  it.each([
    [100, 24],
    [80, 24],
    [40, 12],
    [20, 5],
    [3, 2],
    [1, 1],
  ])('fit into %i columns and %i rows', (columns, rows) => {
    const services = Array.from({ length: 200 }, (_, index) => service(`Service${index}`));
    for (const shown of [view({ picture: picture({ services }) }), view({ typed: 'restart Db' })]) {
      const drawn = viewLines(shown, { columns, rows }, false);
      expect(drawn).toHaveLength(rows);
      for (const line of drawn) expect(widthOf(line)).toBeLessThanOrEqual(columns);
    }
  });

  it('keep the end of what is typed in sight, and the cursor', () => {
    const foot = (typed: string): string | undefined =>
      viewLines(view({ typed }), { columns: 12, rows: 5 }, false).at(-1);
    expect(foot('restart Db')).toBe(':restart Db ');
    expect(foot('restart Database')).toBe(':… Database ');
    expect(foot('restart 倉庫倉庫倉庫')).toBe(':…倉庫倉庫 …');
  });

  it('keep what is chosen in sight', () => {
    const services = Array.from({ length: 200 }, (_, index) => service(`Service${index}`));
    const shown = lines(view({ picture: picture({ services }), chosen: 'service Service150' }));
    expect(shown.some((line) => line.startsWith('Service150 '))).toBe(true);
    expect(shown.some((line) => line.startsWith('Service0 '))).toBe(false);
    expect(shown.some((line) => line.startsWith('Db.poll'))).toBe(true);
  });

  it('are coloured where there is colour, and what is chosen is inverted', () => {
    const [, , , , first = '', , third = ''] = viewLines(view(), { columns: 100, rows: 24 }, true);
    expect(first).toContain('\u001B[7mrunning');
    expect(third).toContain('\u001B[31mcrashed');
  });

  it('show a page in place of all else, from its top on', () => {
    const page = { lines: Array.from({ length: 50 }, (_, index) => `line ${index}`), top: 10 };
    const shown = lines(view({ page }), 80, 10);
    expect(shown.slice(0, 8)).toEqual(page.lines.slice(10, 18));
    expect(shown.at(-1)).toBe('↑↓ scroll  q back');
  });

  it('are a text without a terminal', () => {
    const text = overviewText(greeting, picture());
    expect(text).toMatch(/^shop\.js {2}running/);
    expect(text).toContain('\n  └ Db   crashed');
    expect(text).not.toContain('\u001B');
  });
});

describe('room', () => {
  it.each([
    [10, [3, 3, 3], [3, 3, 3]],
    [9, [100, 100, 100], [3, 3, 3]],
    [10, [2, 100, 100], [2, 4, 4]],
    [11, [100, 1, 3], [7, 1, 3]],
    [2, [5, 5, 5], [1, 1, 0]],
    [0, [5], [0]],
    [Number.POSITIVE_INFINITY, [5, 7], [5, 7]],
    [5, [], []],
  ])('of %i is shared out among %j as %j', (room, wanted, shares) => {
    expect(shareOut(room, wanted)).toEqual(shares);
  });
});

describe('a tree', () => {
  it('has each service once, below what needs it, also in a circle', () => {
    const rows = treeRows([
      service('A', ['B', 'C']),
      service('B', ['D']),
      service('C', ['D']),
      service('D'),
      service('X', ['Y']),
      service('Y', ['X']),
    ]);
    expect(rows.map(({ lead, service: { name } }) => lead + name)).toEqual(['A', '├ B', '│ └ D', '└ C', 'X', '└ Y']);
  });

  it('is not moved to the right for ever', () => {
    const chain = Array.from({ length: 5_000 }, (_, index) => service(`S${index}`, [`S${index + 1}`]));
    const rows = treeRows(chain);
    expect(rows).toHaveLength(5_000);
    expect(Math.max(...rows.map(({ lead }) => lead.length))).toBeLessThan(30);
  });
});

describe('a cell', () => {
  it('is cut off, or filled up, to its width in columns', () => {
    const line = (text: string, width: number): string => lineOf([{ text, width }, { text: '|' }], 80, false);
    expect(line('Db', 4)).toBe('Db  |');
    expect(line('Database', 4)).toBe('Dat…|');
    expect(line('日本語', 4)).toBe('日… |');
    expect(line('e\u0301', 2)).toBe('e\u0301 |');
    expect(lineOf([{ text: '7', width: 3, align: 'right' }], 80, false)).toBe('  7');
  });

  it('cannot say anything to the terminal', () => {
    expect(lineOf([{ text: 'a\u001B[2Jb\r\nc\u0007\u009B31m' }, { text: '|' }], 80, false)).toBe('ab c |');
  });
});

describe('keys', () => {
  function after(from: View, ...keys: readonly (string | Key)[]): ReturnType<typeof press> {
    let step: ReturnType<typeof press> = { view: from };
    for (const key of keys) step = press(step.view, typeof key === 'string' ? { name: key, sequence: key } : key);
    return step;
  }
  const ctrl = (name: string): Key => ({ name, ctrl: true });
  const down = (count: number): string[] => Array.from({ length: count }, () => 'down');

  it('quit', () => {
    for (const key of ['q', ctrl('c'), ctrl('d')]) expect(after(view(), key).act).toEqual({ kind: 'quit' });
  });

  it('choose among services, as they are shown, and tasks', () => {
    expect(after(view(), 'down').view.chosen).toBe('service Cache');
    expect(after(view(), 'down', 'down', 'up').view.chosen).toBe('service Cache');
    expect(after(view(), 'up').view.chosen).toBe('service Api');
    expect(after(view(), ...down(3)).view.chosen).toBe('task Cache.refresh');
    expect(after(view(), 'pagedown', 'pagedown').view.chosen).toBe('task Db.idle');
    // It is gone from the picture.
    expect(after(view({ chosen: 'service Gone' }), 'down').view.chosen).toBe('service Cache');
  });

  it('write out what takes something down, and run it with Enter', () => {
    expect(after(view(), 'r').view.typed).toBe('restart Api');
    expect(after(view(), ...down(4), 's').view.typed).toBe('stop Db');
    expect(after(view(), 'x').view.typed).toBe('stop');
    expect(after(view(), 'r', 'return')).toMatchObject({
      view: { typed: undefined },
      act: { kind: 'command', words: ['restart', 'Api'] },
    });
    expect(after(view(), 'r', 'escape')).toMatchObject({ view: { typed: undefined } });
    expect(after(view(), 'r', 'escape').act).toBeUndefined();
    expect(after(view(), 'r', ctrl('c')).act).toBeUndefined();
  });

  it('run what harms nothing at once', () => {
    expect(after(view(), 'a').act).toEqual({ kind: 'command', words: ['start', 'Api'] });
    expect(after(view(), ...down(4), 't').act).toEqual({ kind: 'command', words: ['trigger', 'Db.poll'] });
    expect(after(view(), ...down(4), 'p').act).toEqual({ kind: 'command', words: ['pause', 'Db.poll'] });
    expect(after(view(), ...down(6), 'p').act).toEqual({ kind: 'command', words: ['resume', 'Db.idle'] });
    for (const [key, word] of [
      ['g', 'graph'],
      ['c', 'cry'],
      ['?', 'help'],
    ] as const)
      expect(after(view(), key).act).toEqual({ kind: 'command', words: [word] });
    const { view: told, act } = after(view(), 't');
    expect(act).toBeUndefined();
    expect(told.message).toEqual({ text: 'trigger: choose a task first', isBad: true });
    expect(after(told, 'down').view.message).toBeUndefined();
  });

  it('type a command', () => {
    const typed = after(view(), ':', 'q', { sequence: ' ' }, 'D', { name: 'backspace' }, 'x', ctrl('a')).view;
    expect(typed.typed).toBe('q x');
    expect(after(typed, ctrl('u')).view.typed).toBe('');
    expect(after(view(), ':', 'return').act).toBeUndefined();
    expect(wordsOf('  restart "My Service"  now ')).toEqual(['restart', 'My Service', 'now']);
    const odd = picture({ services: [service('My Service')] });
    expect(after(view({ picture: odd }), 'r', 'return').act).toEqual({
      kind: 'command',
      words: ['restart', 'My Service'],
    });
  });

  it('scroll a page, and close it', () => {
    const page = { lines: ['a', 'b', 'c'], top: 0 };
    expect(after(view({ page }), 'down').view.page?.top).toBe(1);
    expect(after(view({ page }), 'pagedown').view.page?.top).toBe(2);
    expect(after(view({ page }), 'down', 'up', 'up').view.page?.top).toBe(0);
    for (const key of ['q', 'escape', 'return', ctrl('c')]) {
      const { view: closed, act } = after(view({ page }), key);
      expect(closed.page).toBeUndefined();
      expect(act).toBeUndefined();
    }
  });

  it('that mean nothing change nothing', () => {
    const before = view();
    expect(after(before, 'z', 'f5').view).toEqual(before);
  });
});
