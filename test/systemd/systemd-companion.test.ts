import { describe, expect, it } from 'vitest';
import { hideNotifyEnvironment, notifyEnvironment } from '../../src/systemd/notify-environment.ts';
import { systemdCompanions, tellSystemd } from '../../src/systemd/systemd-companion.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { handMade, service } from '../support/hand-made.ts';

/** A lifecycle of `Db`, and `Kafka` above it which takes its time, and what systemd is told of it. */
function told({ start = 0, stop = 0, watchdog }: { start?: number; stop?: number; watchdog?: number }) {
  const clock = new ManualClock();
  const lifecycle = handMade(
    {
      Db: service({ onStart() {} }),
      Kafka: service(
        { onStart: ({ sleep }) => sleep(start), onStop: ({ sleep }) => sleep(stop) },
        {
          needs: ['Db'],
          startTimeout: '10m',
          stopTimeout: '10m',
          supervised: { strategy: 'oneForOne', backoff: { initial: 5_000, jitter: 0 } },
        },
      ),
    },
    { clock, stopTimeout: '10m' },
  );
  const messages: string[] = [];
  const close = tellSystemd(lifecycle, { watchdog }, (message) => {
    messages.push(
      `${clock.now()} ${Object.entries(message)
        .map(([name, value]) => `${name}=${value}`)
        .join(' ')}`,
    );
  });
  return { clock, lifecycle, messages, close };
}

describe('what systemd is told', () => {
  it('of a quick start is only that it is ready', async () => {
    const { clock, lifecycle, messages, close } = told({});
    await clock.run(lifecycle.startAll());
    await clock.advance('1h');
    expect(messages).toEqual(['0 READY=1 STATUS=2 services run']);
    close();
    await clock.run(lifecycle.stopAll());
    expect(clock.pending).toBe(0);
  });

  it('of a long start is how far it is, and more time only while something moves', async () => {
    const { clock, lifecycle, messages, close } = told({ start: 5_000, stop: 3_000 });
    await clock.run(lifecycle.startAll());
    expect(messages).toEqual([
      '2000 STATUS=starting 1/2: Kafka 2 s EXTEND_TIMEOUT_USEC=60000000',
      '4000 STATUS=starting 1/2: Kafka 4 s',
      '5000 READY=1 STATUS=2 services run',
    ]);
    messages.length = 0;
    await clock.run(lifecycle.stopAll());
    expect(messages).toEqual([
      '5000 STOPPING=1 STATUS=stopping 2/2',
      '7000 STATUS=stopping 1/2: Kafka 2 s EXTEND_TIMEOUT_USEC=60000000',
    ]);
    close();
    expect(clock.pending).toBe(0);
  });

  it('is that the loop turns, twice in each interval of the watchdog', async () => {
    const { clock, lifecycle, messages, close } = told({ watchdog: 3_000 });
    await clock.run(lifecycle.startAll());
    await clock.advance('4s');
    expect(messages.slice(1)).toEqual(['1500 WATCHDOG=1', '3000 WATCHDOG=1']);
    close();
    await clock.advance('1h');
    expect(messages).toHaveLength(3);
  });

  it('is what is down while the application runs, and that it is up again', async () => {
    const { clock, lifecycle, messages, close } = told({});
    await clock.run(lifecycle.startAll());
    const kafka = [...lifecycle.runningGraph.units].find(({ label }) => label === 'Kafka');
    kafka?.crash(new Error('lost'));
    await clock.advance('10s');
    expect(messages.slice(1)).toEqual([
      expect.stringMatching(/^2000 STATUS=1\/2 services run: Kafka restarting/),
      '7000 STATUS=2 services run',
    ]);
    close();
    await clock.run(lifecycle.stopAll());
  });
});

describe('what is down', () => {
  it('is named where it is little, and counted where it is much', async () => {
    const onStart = (): void => {
      throw new Error('refused');
    };
    const names = Array.from({ length: 120 }, (_, index) => `Warehouse${index}`);
    const lifecycle = handMade(
      Object.fromEntries(names.map((name) => [name, service({ onStart }, { optional: true })])),
      { clock: new ManualClock() },
    );
    const messages: unknown[] = [];
    const close = tellSystemd(lifecycle, { watchdog: undefined }, (message) => messages.push(message));
    await lifecycle.startAll();
    const three = /^0\/120 services run: Warehouse0 .*, Warehouse1 .*, Warehouse2 .* and 117 more$/;
    expect(messages).toEqual([{ READY: 1, STATUS: expect.stringMatching(three) }]);
    close();
    await lifecycle.stopAll();
  });
});

describe('the environment that systemd gives', () => {
  it('is nothing where it does not listen', () => {
    expect(notifyEnvironment({}, 1)).toBeUndefined();
    expect(notifyEnvironment({ NOTIFY_SOCKET: '' }, 1)).toBeUndefined();
  });

  it('has the interval of the watchdog, if it is meant for this process and makes sense', () => {
    const of = (env: NodeJS.ProcessEnv) => notifyEnvironment({ NOTIFY_SOCKET: '/run/n', ...env }, 7);
    expect(of({})).toEqual({ socket: '/run/n', watchdog: undefined });
    expect(of({ WATCHDOG_USEC: '30000000' })).toEqual({ socket: '/run/n', watchdog: 30_000 });
    expect(of({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '7' })?.watchdog).toBe(30_000);
    expect(of({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '8' })?.watchdog).toBeUndefined();
    for (const nonsense of ['0', '-1', 'soon', '']) expect(of({ WATCHDOG_USEC: nonsense })?.watchdog).toBeUndefined();
  });

  it('is hidden from the programs that this one starts, and comes back', () => {
    const env: NodeJS.ProcessEnv = { NOTIFY_SOCKET: '/run/n', WATCHDOG_USEC: '1', OTHER: 'x' };
    const unhide = hideNotifyEnvironment(env);
    expect(env).toEqual({ OTHER: 'x' });
    unhide();
    expect(env).toEqual({ NOTIFY_SOCKET: '/run/n', WATCHDOG_USEC: '1', OTHER: 'x' });
  });

  it('is looked at unless the option says no; other values are refused', () => {
    const before = process.env.NOTIFY_SOCKET;
    process.env.NOTIFY_SOCKET = '/run/n';
    try {
      expect(systemdCompanions()).toHaveLength(1);
      expect(systemdCompanions(false)).toEqual([]);
      expect(() => systemdCompanions(true as never)).toThrow("systemd must be 'auto' or false, got true");
    } finally {
      if (before === undefined) delete process.env.NOTIFY_SOCKET;
      else process.env.NOTIFY_SOCKET = before;
    }
    expect(systemdCompanions()).toHaveLength(before === undefined ? 0 : 1);
  });
});
