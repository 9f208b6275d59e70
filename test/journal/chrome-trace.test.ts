import { describe, expect, it } from 'vitest';
import type { ServiceContext } from '../../container/index.ts';
import { systemClock } from '../../src/clock.ts';
import type { LifecycleEvent } from '../../src/events/lifecycle-event.ts';
import { chromeTrace, chromeTraceText, type TraceEntry } from '../../src/journal/chrome-trace.ts';
import type { JournalHeader } from '../../src/journal/journal-line.ts';
import { written } from '../../src/journal/written.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { handMade, service } from '../support/hand-made.ts';

interface Drawn {
  readonly entries: readonly TraceEntry[];
  readonly text: string;
  /** By track: the name of the entry, where it begins and how long it is, in milliseconds. */
  readonly rows: Record<string, string[]>;
}

/** A life of `Db` and of `Api`, which needs it, spawns two pieces of work at once, and crashes. */
async function drawn(): Promise<Drawn> {
  const clock = new ManualClock();
  const lifecycle = handMade(
    {
      Db: service({ onStart: ({ sleep }) => sleep(100), onStop: ({ sleep }) => sleep(20) }),
      Api: service(
        {
          onStart: async ({ sleep, spawn }) => {
            await sleep(50);
            spawn(({ sleep }) => sleep(1_000), { name: 'work' });
            spawn(({ sleep }) => sleep(500), { name: 'work' });
          },
        },
        { needs: ['Db'] },
      ),
    },
    { clock },
  );
  const events: LifecycleEvent[] = [];
  const at = clock.date();
  lifecycle.on((event) => events.push(event));
  lifecycle.done.catch(() => {});
  await clock.run(lifecycle.startAll());
  await clock.advance('2s');
  const api = [...lifecycle.runningGraph.units].find(({ label }) => label === 'Api');
  api?.crash(new Error('lost'));
  await clock.advance('10s');
  await clock.run(lifecycle.stopAll());
  const header = { at, pid: 7, node: 'v20', version: 1, journal: 'inversify-lifecycle', state: 'idle', services: [] };
  const run = { header: header as JournalHeader, events: events.map((event) => written(event)) };
  const entries = [...chromeTrace(run)];
  const names = new Map(
    entries
      .filter(({ ph, name }) => ph === 'M' && name === 'thread_name')
      .map((entry) => [entry.tid, (entry as TraceEntry & { args: { name: string } }).args.name]),
  );
  const rows: Record<string, string[]> = {};
  for (const { ph, tid, name, ts, dur } of entries) {
    if (ph === 'M') continue;
    const length = ph === 'X' ? `+${Number(dur) / 1_000}` : ph;
    const row = names.get(tid) ?? '?';
    rows[row] = [...(rows[row] ?? []), `${name} ${ts / 1_000}${length}`];
  }
  return { entries, rows, text: [...chromeTraceText(run)].join('') };
}

/** Spans of one track that begin within each other and end outside. */
function overlaps(entries: readonly TraceEntry[]): string[] {
  const spans = entries.filter(({ ph }) => ph === 'X').map((span) => ({ ...span, end: span.ts + Number(span.dur) }));
  return spans.flatMap((one) =>
    spans
      .filter(({ tid, ts, end }) => tid === one.tid && one.ts < ts && ts < one.end && one.end < end)
      .map(({ name, ts }) => `${one.name} ${one.ts} and ${name} ${ts}`),
  );
}

describe('the trace of a journal', () => {
  it('has a track for the application, for each service, and for each run of a task that goes on at once', async () => {
    const { rows } = await drawn();
    expect(Object.keys(rows).sort()).toEqual(['Api', 'Api.work', 'Api.work (2)', 'Db', 'application']);
    expect(rows['Api.work']).toContain('work 150+1000');
    expect(rows['Api.work (2)']).toContain('work 150+500');
    expect(rows.Db).toEqual(
      expect.arrayContaining(['starting 0+100', 'onStart 0+100', 'stopping 2150+20', 'onStop 2150+20']),
    );
    expect(rows.Api).toEqual(expect.arrayContaining(['starting 100+50', 'service:crashed 2150i', 'incident 2150i']));
  });

  it('has an arrow from where a dependency runs to where its dependent starts', async () => {
    const { entries } = await drawn();
    const [from, to] = entries.filter(({ ph }) => ph === 's' || ph === 'f');
    expect(from).toMatchObject({ ph: 's', ts: 100_000, id: 1 });
    expect(to).toMatchObject({ ph: 'f', ts: 100_000, id: 1, bp: 'e' });
    expect(from?.tid).not.toBe(to?.tid);
  });

  it('has spans that lie within each other or apart, on every track', async () => {
    const { entries } = await drawn();
    expect(overlaps(entries)).toEqual([]);
  });

  it('has such spans also by the clock of the machine, whose durations are finer than the times of events', async () => {
    const nap = ({ sleep }: Pick<ServiceContext, 'sleep'>): Promise<void> => sleep(1);
    const again = ({ sleep, spawn }: ServiceContext): void =>
      void spawn(async () => {
        for (let turn = 0; turn < 30; turn++) await spawn(() => sleep(1), { name: 'job' }).finished;
      });
    const lifecycle = handMade(
      {
        Db: service({ onFirstStart: nap, onStart: nap, onStop: nap, onShutdown: nap }),
        Jobs: service({ onStart: again, onStop: nap }),
      },
      { clock: systemClock },
    );
    const events: LifecycleEvent[] = [];
    lifecycle.on((event) => events.push(event));
    const header = { at: Date.now(), pid: 7 } as JournalHeader;
    await lifecycle.startAll();
    await lifecycle.workDone();
    await lifecycle.stopAll();
    const entries = [...chromeTrace({ header, events: events.map((event) => written(event)) })];
    expect(entries.filter(({ ph, name }) => ph === 'X' && name === 'job')).toHaveLength(30);
    expect(overlaps(entries)).toEqual([]);
  });

  it('is JSON as Perfetto reads it', async () => {
    const { text, entries } = await drawn();
    const { traceEvents, otherData } = JSON.parse(text);
    expect(traceEvents).toEqual(JSON.parse(JSON.stringify(entries)));
    expect(otherData).toEqual({ startedAt: '2026-01-01T00:00:00.000Z', node: 'v20', pid: 7 });
    for (const { ph, name, pid, tid, ts, dur } of traceEvents) {
      expect([typeof name, typeof pid, typeof tid, ts >= 0, ph !== 'X' || dur >= 0]).toEqual([
        'string',
        'number',
        'number',
        true,
        true,
      ]);
    }
  });
});
