import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { journalText } from '../../src/cli/journal-command.ts';
import { readJournal } from '../../src/journal/journal-file.ts';
import { writeJournal } from '../../src/journal/journal-writer.ts';
import { recordOf } from '../../src/journal/record.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { handMade, service } from '../support/hand-made.ts';

const folder = mkdtempSync(join(tmpdir(), 'inversify-lifecycle-journal-'));
const file = join(folder, 'app.journal');
afterAll(() => rmSync(folder, { recursive: true }));

/** The journal of a start, a crash and a stop. */
beforeAll(async () => {
  const clock = new ManualClock();
  const nodes = {
    Db: service({ onStart: ({ sleep }) => sleep(120), onStop: ({ sleep }) => sleep(30) }),
    'Api: v2': service(
      { onStart: ({ sleep }) => sleep(40) },
      { needs: ['Db'], supervised: { strategy: 'oneForOne', backoff: { initial: 100, jitter: 0 } } },
    ),
  };
  const lifecycle = handMade(nodes, { clock });
  const close = writeJournal(lifecycle, file);
  await clock.run(lifecycle.startAll());
  const api = [...lifecycle.runningGraph.units].find(({ label }) => label === 'Api: v2');
  api?.crash(new Error('connection lost\nby peer'));
  await clock.advance('1h');
  await clock.run(lifecycle.stopAll({ reason: { id: 7n, self: lifecycle } }));
  close();
  close();
  const { services } = recordOf(lifecycle);
  expect(services).toHaveLength(2);
});

/** A file that has these lines. */
function fileOf(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const text = (): string => readFileSync(file, 'utf8');

/** Its lines, with one of them another; the first is 1. */
function changed(number: number, line: string): string {
  return text()
    .split('\n')
    .map((each, index) => (index === number - 1 ? line : each))
    .join('\n');
}

/** Its lines, but these; the first is 1. */
function without(...numbers: readonly number[]): string {
  return text()
    .split('\n')
    .filter((_, index) => !numbers.includes(index + 1))
    .join('\n');
}

describe('a journal', () => {
  it('is a header and an event a line, whatever an event holds', () => {
    const [header, ...lines] = text()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(header).toMatchObject({
      journal: 'inversify-lifecycle',
      version: 1,
      pid: process.pid,
      node: process.version,
    });
    expect(lines.map(({ id }) => id)).toEqual(lines.map((_, index) => index + 1));
    expect(lines.find(({ kind }) => kind === 'service:crashed')).toMatchObject({
      service: 'Api: v2',
      error: {
        name: 'Error',
        message: 'connection lost\nby peer',
        stack: expect.stringContaining('journal-file.test'),
      },
    });
    const stop = lines.find(({ kind }) => kind === 'app:stopping');
    expect(stop.reason).toMatchObject({ kind: 'requested', detail: { id: '7', self: expect.any(String) } });
  });

  it('is read from a file of any length, over the borders of what is read at once', () => {
    const [header = ''] = text().split('\n');
    const events = Array.from({ length: 5_000 }, (_, index) =>
      JSON.stringify({ id: index + 1, at: 1, kind: 'flag:set', service: 'Größe', flag: `ü${index}` }),
    );
    const { runs } = readJournal(fileOf('long.journal', `${[header, ...events].join('\n')}\n`));
    const flags = [...(runs[0]?.events ?? [])].map((event) => 'flag' in event && event.flag);
    expect(flags).toEqual(events.map((_, index) => `ü${index}`));
  });

  it('may end in the middle of a line, which is noted', () => {
    const cut = fileOf('cut.journal', text().slice(0, -20));
    const { runs, notes } = readJournal(cut);
    const why = 'the process that wrote it was ended in the middle of it, or could write no more (a full disk)';
    expect(notes).toEqual([expect.stringMatching(/^line \d+ is cut: /)]);
    expect(notes[0]).toContain(why);
    expect(runs[0]?.count).toBe((readJournal(file).runs[0]?.count ?? 0) - 1);
    expect([...(runs[0]?.events ?? [])]).toHaveLength(runs[0]?.count ?? 0);
    // Cut at the end of a line nothing is missing.
    expect(readJournal(fileOf('whole.journal', text().slice(0, -1))).notes).toEqual([]);
  });

  it.each([
    ['a line that is no JSON', () => changed(4, 'rubbish'), /:4: expected an event as JSON, got 'rubbish'/],
    ['a last line that is no JSON', () => `${text()}rubbish\n`, /:\d+: expected an event as JSON, got 'rubbish'/],
    ['two lines that are cut', () => `${changed(4, '{"a')}`.replace(/\n.*\n?$/, '\n{"b'), /:4: /],
    ['a line that is no object', () => changed(3, '[1]'), /:3: expected an event as a JSON object, got '\[1\]'/],
    ['an event of another kind', () => changed(3, '{"id":2,"at":1,"kind":"x"}'), /:3: there is no event of kind 'x'/],
    ['an event without its id', () => changed(3, '{"at":1,"kind":"app:running"}'), /:3: expected the id of the event/],
    ['an event without its time', () => changed(3, '{"id":2,"kind":"app:running"}'), /:3: expected the time of the/],
    [
      'an event without its service',
      () => changed(3, '{"id":2,"at":1,"kind":"service:left"}'),
      /:3: expected the service of service:left as a text, got undefined/,
    ],
    [
      'an event without its task',
      () => changed(3, '{"id":2,"at":1,"kind":"task:paused","service":"A"}'),
      /:3: expected the task of task:paused/,
    ],
    [
      'ids out of order',
      () => changed(4, '{"id":2,"at":1,"kind":"app:running","from":"starting"}'),
      /:4: event 2 comes after event 2; have two processes written to it at once\?/,
    ],
    ['a line that was taken out', () => without(5), /:5: event 5 comes after event 3: event 4 is missing; /],
    ['lines that were taken out', () => without(5, 6), /:5: event 6 comes after event 3: events 4 to 5 are missing; /],
    ['its first event taken out', () => without(2), /:2: event 2 comes after event 0: event 1 is missing; /],
    [
      'another version',
      () => text().replace('"version":1', '"version":2'),
      /:1: the journal is of version 2, and this reads 1/,
    ],
    ['another file', () => 'once upon a time\nthere was\n', /is no journal: its first line is no header/],
    ['JSON of another kind', () => '{"level":30,"msg":"x"}\n', /is no journal/],
    ['nothing', () => '', /is no journal/],
  ])('with %s is refused, with its place', (what, make, message) => {
    const path = fileOf('faulty.journal', make());
    expect(() => readJournal(path), what).toThrow(message);
    expect(() => readJournal(path)).toThrow(expect.objectContaining({ code: 'LIFECYCLE_JOURNAL' }));
  });

  it('that is not there, or is a folder, is refused as an option', () => {
    for (const path of [join(folder, 'none'), folder]) {
      expect(() => readJournal(path)).toThrow(expect.objectContaining({ code: 'LIFECYCLE_INVALID_OPTION' }));
    }
  });

  it('is told in a few lines', () => {
    expect(journalText(file, {}).replace(`pid ${process.pid}, Node ${process.version}`, 'pid, Node')).toBe(
      `2026-01-01T00:00:00.000Z, pid, Node
  ${readJournal(file).runs[0]?.count} events in 60 m; the application is stopped

Starts
  Db       120 ms
  Api: v2  40 ms   the longest of 2

Services
  Db       stopped
  Api: v2  stopped  1 restart

What went wrong
  2026-01-01T00:00:00.160Z  Api: v2 crashed: connection lost by peer; Api: v2 is restarted in 100 ms (oneForOne, 1 of 3)
`,
    );
  });

  it('has no end where its process was killed, which is told; of a run that another one follows it runs no more', () => {
    const lines = text().split('\n');
    const running = lines.slice(0, lines.findIndex((line) => line.includes('"app:running"')) + 1).join('\n');
    const killed = fileOf('killed.journal', `${running}\n`);
    expect(journalText(killed, {})).toContain(
      'the application is running\n  it has no end: the process was killed, still runs, or writes to it no more\n',
    );
    const followed = fileOf('followed.journal', `${running}\n${text()}`);
    expect(journalText(followed, { run: '1' })).toContain(
      'the application is running\n  it has no end: the process was killed, or wrote to it no more\n',
    );
    expect(journalText(followed, {})).not.toContain('it has no end');
  });

  it('that an older version has written may begin anywhere', () => {
    const [header = '', ...lines] = without(2).split('\n');
    const old = fileOf('old.journal', [header.replace('"after":0,', ''), ...lines].join('\n'));
    expect(readJournal(old).runs).toHaveLength(1);
  });

  it('begun in the middle of a life goes on from there', async () => {
    const path = join(folder, 'middle.journal');
    const lifecycle = handMade({ Db: service({}) }, { clock: new ManualClock() });
    await lifecycle.startAll();
    const close = writeJournal(lifecycle, path);
    await lifecycle.stopAll();
    close();
    const [run] = readJournal(path).runs;
    expect(run?.header.after).toBeGreaterThan(0);
    expect([...(run?.events ?? [])][0]?.id).toBe((run?.header.after ?? 0) + 1);
  });

  it('has its last run told, unless another one is asked for', () => {
    const twice = fileOf('twice.journal', `${text()}${text().split('\n')[0]}\n`);
    expect(journalText(twice, {})).toMatch(/^Run 2 of 2\n\n.*\n {2}0 events in 0 ms; the application is idle\n$/);
    expect(journalText(twice, { run: '1' })).toContain('Run 1 of 2');
    for (const run of ['0', '3', 'last']) {
      expect(() => journalText(twice, { run })).toThrow(
        `--run must be a number from 1 to 2, as many runs as ${twice} has`,
      );
    }
  });

  it('gives a snapshot, a trace and a chart', () => {
    const [chrome, gantt] = [join(folder, 'out.json'), join(folder, 'out.mmd')];
    expect(JSON.parse(journalText(file, { snapshot: true }))).toMatchObject({
      state: 'stopped',
      services: [{ name: 'Db' }, { restarts: 1 }],
    });
    expect(journalText(file, { chrome, gantt })).toBe(
      `${chrome} is written: a trace of the run\n${gantt} is written: a Gantt chart of the run\n`,
    );
    expect(JSON.parse(readFileSync(chrome, 'utf8')).traceEvents.length).toBeGreaterThan(10);
    expect(readFileSync(gantt, 'utf8')).toMatch(/^gantt\n/);
    expect(() => journalText(file, { chrome: folder })).toThrow(`${folder} cannot be written: EISDIR`);
  });
});

describe('the chart of a journal', () => {
  it('has a section for each service, and cuts the time in which nothing starts or stops', () => {
    const out = join(folder, 'chart.mmd');
    journalText(file, { gantt: out });
    expect(readFileSync(out, 'utf8')).toBe(`gantt
  title Starts and stops
  dateFormat x
  axisFormat %M:%S.%L
  section Application
  100 ms go by :milestone, 160, 1ms
  60 m go by :milestone, 258, 1ms
  section Db
  start 120 ms :active, 0, 120
  stop 30 ms :done, 315, 345
  section Api v2
  start 40 ms :active, 120, 160
  stop 0 ms :done, 160, 161
  start 40 ms :active, 218, 258
  stop 0 ms :done, 315, 316
`);
  });
});
