import { describe, expect, it } from 'vitest';
import type { Logger } from '../../src/log.ts';
import type { TaskContext } from '../../src/tasks/task-context.ts';
import { EventRecorder } from '../../src/testing/event-recorder.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { handMade, service } from '../support/hand-made.ts';

function recordingLogger(): { logger: Logger; lines: string[]; causes: unknown[] } {
  const lines: string[] = [];
  const causes: unknown[] = [];
  const method = (level: string) => (fields: { err?: unknown } | string, message?: string) => {
    lines.push(`${level} ${typeof fields === 'string' ? fields : message}`);
    if (typeof fields === 'object') causes.push(fields.err);
  };
  return {
    logger: { debug: method('debug'), info: method('info'), warn: method('warn'), error: method('error') },
    lines,
    causes,
  };
}

const losing = ({ sleep }: TaskContext) => sleep(10).then(() => Promise.reject(new Error('lost')));

const loud = (lines: readonly string[]) => lines.filter((line) => !line.startsWith('debug'));

describe('the log', () => {
  it('says nothing of a life in which all goes well, but at debug', async () => {
    const { logger, lines } = recordingLogger();
    const lifecycle = handMade({ Db: service({ onStart() {} }) }, { logger });
    await lifecycle.startAll();
    await lifecycle.stopAll();
    expect(loud(lines)).toEqual([]);
    expect(lines).toEqual([
      'debug Starting...',
      'debug Db: Starting...',
      'debug Db: Started.',
      'debug Started.',
      'debug A stop is requested.',
      'debug Stopping...',
      'debug Db: Stopping...',
      'debug Db: -Stopped!',
      'debug -Stopped!',
    ]);
  });

  it('warns once of a step that takes long, and says who waits', async () => {
    const clock = new ManualClock();
    const { logger, lines } = recordingLogger();
    const lifecycle = handMade(
      {
        Db: service({ onStart: ({ sleep }) => sleep('20s'), onStop: ({ sleep }) => sleep('20s') }),
        Api: service({}, { needs: ['Db'] }),
      },
      { clock, logger },
    );
    const recorder = new EventRecorder(lifecycle);
    const start = lifecycle.startAll();
    await clock.advance(4_999);
    expect(loud(lines)).toEqual([]);
    await clock.advance(15_001);
    await start;
    expect(loud(lines)).toEqual(['warn Db: Db.onStart is taking long: 5 s so far; waiting for it: Api']);
    expect(recorder.events.filter(({ kind }) => kind === 'step:slow')).toMatchObject([
      { service: 'Db', step: 'onStart', duration: 5_000, awaitedBy: ['Api'] },
    ]);
    const stop = lifecycle.stopAll();
    await clock.advance(20_000);
    await stop;
    expect(loud(lines)).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });

  it('can be told when a step is slow', async () => {
    const clock = new ManualClock();
    const { logger, lines } = recordingLogger();
    const lifecycle = handMade(
      { Db: service({ onStart: ({ sleep }) => sleep(20) }) },
      { clock, logger, slowAfter: 10 },
    );
    const start = lifecycle.startAll();
    await clock.advance(20);
    await start;
    expect(loud(lines)).toEqual(['warn Db: Db.onStart is taking long: 10 ms so far']);
  });

  it('has errors of a stop, hooks that were left behind, and crashes', async () => {
    const clock = new ManualClock();
    const { logger, lines } = recordingLogger();
    const lifecycle = handMade(
      {
        Db: service({
          onStart: ({ spawn }) => void spawn(({ sleep }) => sleep(10).then(() => Promise.reject(new Error('lost')))),
        }),
        Bad: service({ onStop: () => Promise.reject(new Error('no')) }),
        Hung: service({ onStop: () => new Promise(() => {}) }, { stopTimeout: 100 }),
      },
      { clock, logger },
    );
    await lifecycle.startAll();
    const done = lifecycle.done.catch(() => {});
    await clock.advance(200);
    await done;
    expect(loud(lines)).toEqual([
      expect.stringContaining('error Db.spawned: task Db.spawned failed: lost'),
      'error Db: Crashed: task Db.spawned failed: lost; the application is stopped.',
      'error Bad: Bad.onStop failed: no',
      expect.stringContaining('error Hung: Hung.onStop had not settled after 100 ms'),
    ]);
  });

  it('says how a service and an application that have crashed went down', async () => {
    const clock = new ManualClock();
    const { logger, lines } = recordingLogger();
    const lifecycle = handMade(
      {
        Db: service({ onStart() {} }),
        Api: service({ onStart: ({ spawn }) => void spawn(losing, { name: 'poll' }) }, { needs: ['Db'] }),
      },
      { clock, logger },
    );
    const undo = lifecycle.loggers.use(logger, 'info');
    await lifecycle.startAll();
    const done = lifecycle.done.catch(() => {});
    await clock.advance(10);
    await done;
    undo();
    expect(loud(lines).slice(-7)).toEqual([
      'error Api: Crashed: task Api.poll failed: lost; the application is stopped.',
      'info Stopping...',
      'info Api: Stopping...',
      'info Api: -Crashed!',
      'info Db: Stopping...',
      'info Db: -Stopped!',
      'info -Crashed!',
    ]);
    expect(lines.filter((line) => line.startsWith('debug') && line.includes('Crashed'))).toEqual([
      'debug Api: Crashed.',
      'debug Crashed.',
    ]);
  });

  it('does not call a stop that has left something behind one like any other, until the next life', async () => {
    const clock = new ManualClock();
    const { logger, lines } = recordingLogger();
    let hangs = true;
    const lifecycle = handMade(
      {
        Hung: service({ onStart() {}, onStop: () => (hangs ? new Promise(() => {}) : undefined) }),
        Busy: service({ onStart: ({ spawn }) => void (hangs && spawn(() => new Promise(() => {}))) }),
        Fine: service({ onStop() {} }),
      },
      { clock, logger, stopTimeout: 100 },
    );
    const life = async (): Promise<string[]> => {
      lines.length = 0;
      await lifecycle.startAll();
      lifecycle.requestStop();
      await clock.advance(100);
      await lifecycle.done;
      return lines.filter((line) => line.includes('-Stopped')).sort();
    };
    expect(await life()).toEqual([
      'debug -Stopped, with something left behind!',
      'debug Busy: -Stopped, with something left behind!',
      'debug Fine: -Stopped!',
      'debug Hung: -Stopped, with something left behind!',
    ]);
    hangs = false;
    expect(await life()).toEqual([
      'debug -Stopped!',
      'debug Busy: -Stopped!',
      'debug Fine: -Stopped!',
      'debug Hung: -Stopped!',
    ]);
  });

  it.each([
    ['restForGraph', 'Db, Api are restarted in 50 ms (restForGraph, 1 of 3).'],
    ['oneForOne', 'Db is restarted in 50 ms (oneForOne, 1 of 3).'],
    ['giveUp', 'Db, Api are given up.'],
    ['escalate', 'the application is stopped.'],
  ] as const)('says in a sentence what is done about a crash: %s', async (strategy, text) => {
    const clock = new ManualClock();
    const { logger, lines } = recordingLogger();
    const lifecycle = handMade(
      {
        Db: service({ onFirstStart: ({ spawn }) => void spawn(losing) }),
        Api: service({ onStart() {} }, { needs: ['Db'] }),
      },
      { clock, logger, supervision: { strategy }, random: () => 0.5 },
    );
    await lifecycle.startAll();
    lifecycle.done.catch(() => {});
    await clock.advance(100);
    const [told = ''] = lines.filter((line) => line.startsWith('error Db: Crashed: '));
    expect(told.split('; ')[1]).toBe(text);
    await lifecycle.stopAll();
  });

  describe('of an optional service that does not start', () => {
    const refused = new Error('refused');
    const failing = () => service({ onStart: () => Promise.reject(refused) }, { optional: true });
    const hanging = () => service({ onStart: () => new Promise(() => {}) }, { optional: true, startTimeout: 10 });
    const slow = () => service({ onStart: ({ sleep }) => sleep(1_000) });

    it('has the error at once, with its cause and once, and what is done about it when the start is over', async () => {
      const clock = new ManualClock();
      const { logger, lines, causes } = recordingLogger();
      const lifecycle = handMade({ Cache: failing(), Slow: slow() }, { clock, logger, random: () => 0 });
      const start = lifecycle.startAll();
      await clock.advance(1);
      expect(loud(lines)).toEqual(['error Cache: Cache.onStart failed: refused; the start goes on without it.']);
      expect(causes).toContain(refused);
      await clock.advance(1_000);
      await start;
      expect(loud(lines).slice(1)).toEqual([
        'warn Cache: Its start had failed; Cache is restarted in 100 ms (oneForOne, 1).',
      ]);
      await clock.advance(100);
      expect(loud(lines).at(-1)).toBe(
        'error Cache: Crashed: Cache.onStart failed: refused; Cache is restarted in 200 ms (oneForOne, 2).',
      );
      await lifecycle.stopAll();
    });

    it('has it where the start is aborted, or fails by another', async () => {
      const clock = new ManualClock();
      const { logger, lines } = recordingLogger();
      const lifecycle = handMade({ Cache: failing(), Slow: slow() }, { clock, logger });
      const controller = new AbortController();
      const aborted = lifecycle.startAll({ signal: controller.signal }).catch(() => {});
      await clock.advance(1);
      controller.abort();
      await aborted;
      const failed = handMade(
        { Cache: failing(), Bad: service({ onStart: ({ sleep }) => sleep(10).then(() => Promise.reject(refused)) }) },
        { clock, logger },
      ).startAll();
      const rejected = failed.catch(() => {});
      await clock.advance(10);
      await rejected;
      const text = 'error Cache: Cache.onStart failed: refused; the start goes on without it.';
      expect(loud(lines)).toEqual([text, text]);
    });

    it('has it once where it crashes in the middle of the start, or is left behind', async () => {
      const clock = new ManualClock();
      const { logger, lines } = recordingLogger();
      const crashing = service({ onStart: ({ crash }) => crash(refused) }, { optional: true });
      const lifecycle = handMade(
        { Cache: crashing, Hung: hanging(), Slow: slow() },
        { clock, logger, random: () => 0 },
      );
      const start = lifecycle.startAll();
      await clock.advance(1_000);
      await start;
      expect(loud(lines)).toEqual([
        'error Cache: refused; the start goes on without it.',
        'error Hung: Hung.onStart had not settled after 10 ms and was left behind',
        'warn Cache: Its start had failed; Cache is restarted in 100 ms (oneForOne, 1).',
        'warn Hung: Its start had failed; Hung is restarted in 100 ms (oneForOne, 1).',
      ]);
      await lifecycle.stopAll();
    });
  });

  it('leaves what startAll rejects with to its caller', async () => {
    const { logger, lines } = recordingLogger();
    const lifecycle = handMade({ Db: service({ onStart: () => Promise.reject(new Error('no')) }) }, { logger });
    await expect(lifecycle.startAll()).rejects.toThrow('no');
    expect(loud(lines)).toEqual([]);
  });

  it('tells of a listener that throws, and the others hear all the same', async () => {
    const { logger, lines } = recordingLogger();
    const lifecycle = handMade({ Db: service({}) }, { logger });
    let heard = 0;
    lifecycle.on(({ kind }) => {
      if (kind === 'app:running') throw new Error('oops');
    });
    lifecycle.on(({ kind }) => kind === 'app:running' && heard++);
    await lifecycle.startAll();
    expect(heard).toBe(1);
    expect(loud(lines)).toEqual(['error a listener of lifecycle events failed: oops']);
  });
});
