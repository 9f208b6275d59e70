import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { WorkerOptions } from '../../container/index.ts';
import { bundle, bundled } from '../support/bundle.ts';
import { Debugger } from '../support/debugger.ts';
import { killPrograms, Program, ROOT } from '../support/program.ts';

vi.setConfig({ testTimeout: 60_000 });

const SOURCE = 'test/process/fixtures/blocks.ts';
const fixture = await bundle(SOURCE);
afterEach(killPrograms);
const canStarve = ['nice -n 10', 'chrt --idle 0'].every(
  (way) => spawnSync('taskset', ['-c', '0', ...way.split(' '), 'true']).status === 0,
);

function start(shape: string, options: WorkerOptions = {}, env: NodeJS.ProcessEnv = {}): Program {
  // In a storm of microtasks V8 may have to be asked for a while, on a busy machine.
  const long = shape === 'microtasks' ? { LONG: '1900' } : {};
  return new Program(bundled(fixture, shape), { OPTIONS: JSON.stringify(options), ...long, ...env });
}

/** The lines that the fixture has marked: several where V8 may answer at any of them. */
function markedLines(shape: string): RegExp {
  const lines = readFileSync(join(ROOT, SOURCE), 'utf8').split('\n');
  // An async function is resumed at its head.
  const isMarked = (line: string): boolean =>
    line.endsWith(`// blocks: ${shape}`) || line.startsWith(`async function ${shape}(`);
  const marked = lines.flatMap((line, index) => (isMarked(line) ? [index + 1] : []));
  return new RegExp(`blocks\\.ts:(${marked.join('|')}):`);
}

/** Those that run JavaScript all the time, so that V8 answers at once. */
const JAVASCRIPT = [
  'busy',
  'nested',
  'regex',
  'sort',
  'atomics',
  'microtasks',
  'ticks',
  'recursion',
  'strings',
  'bigint',
];

/** Those that are one long call of native code, or several: they are named when that is over. */
const NATIVE = ['stringify', 'syncWrite', 'syncRead', 'pbkdf2', 'scrypt', 'exec', 'zlib'];

/** Those whose last act is such a call: V8 answers when they have returned, and whoever called them is named. */
const LAST_ACT = ['parse', 'spawned', 'clone'];

describe('the watchdog', () => {
  // Once in hundreds of times V8 has no lines for a function, and tells where it begins.
  it.each([...JAVASCRIPT, ...NATIVE, ...LAST_ACT])(
    'names function, line, service and task of the shape %s',
    { retry: 1 },
    async (shape) => {
      const program = start(shape);
      expect(await program.ended, program.stdout + program.stderr).toEqual({ code: 0, signal: null });
      const [, report = ''] = program.stdout.split(
        /WARNING\]: \[\^Blocker\.block\]: Block(?:s|ed) the event loop, for /,
      );
      const place = markedLines(LAST_ACT.includes(shape) ? 'the caller' : shape);
      expect(report, program.stdout).toMatch(place);
      expect(program.stdout).toMatch(/WARNING\]: \[\^-Blocker\.block\]: Blocked the event loop for \d/);
      const event = JSON.parse(/^event (.*)$/m.exec(program.stdout)?.[1] ?? '{}');
      expect(event).toMatchObject({ kind: 'loop:blocked', service: 'Blocker', task: 'block' });
      expect(event.stack.join('\n')).toMatch(place);
    },
  );

  it.each(JAVASCRIPT)('tells of the shape %s while it still blocks', async (shape) => {
    const { stdout, ended } = await over(start(shape));
    expect(ended).toEqual({ code: 0, signal: null });
    const told = stdout.indexOf('Blocks the event loop');
    expect(told).toBeGreaterThan(stdout.indexOf('began'));
    expect(told).toBeLessThan(stdout.indexOf('\nended'));
  });

  it('counts the time, and leaves nothing behind', async () => {
    const { stdout } = await over(start('busy'));
    const total = Number(/^total (\d+)$/m.exec(stdout)?.[1]);
    expect(total).toBeGreaterThan(800);
    expect(total).toBeLessThan(1_500);
    expect(stdout).toContain('left []');
  });

  it('tells of nothing of its own', async () => {
    const { stdout } = await over(start('busy'));
    expect(stdout).toContain('at Blocker.block (');
    expect(stdout).not.toMatch(/at .*[/]src[/]/);
  });

  it('names the task of which nothing is on the stack any more', async () => {
    const { stdout } = await over(start('last'));
    expect(stdout).toMatch(/\[\^Blocker\.last\]: Block(s|ed) the event loop, for /);
  });

  it.each([...LAST_ACT, 'last', 'microtasks'])(
    'names the function itself of the shape %s where it samples',
    async (shape) => {
      const { stdout, ended } = await over(start(shape, { blockingTimeout: { timeout: 200, sampling: 20 } }));
      expect(ended, stdout).toEqual({ code: 0, signal: null });
      const called = shape === 'last' ? 'blockOnce' : shape;
      const [, report = ''] = stdout.split(/Block(?:s|ed) the event loop, for /);
      expect(report, stdout).toMatch(
        new RegExp(`^ {4}at (?:Object\\.)?${called} \\(.*blocks\\.ts:\\d+:\\d+\\)\n`, 'm'),
      );
      if (shape === 'parse') expect(report, stdout).toMatch(markedLines('parse'));
      expect(stdout).toContain('left []');
    },
  );

  it.each(['busy', 'exec', 'microtasks'])('tells all of the shape %s in a program that ends with it', async (shape) => {
    const { stdout, ended } = await over(start(shape, {}, { AFTER: '0' }));
    expect(ended, stdout).toEqual({ code: 0, signal: null });
    expect(stdout).toMatch(/\[\^Blocker\.block\]: Block(s|ed) the event loop, for/);
    expect(stdout).toMatch(/\[\^-Blocker\.block\]: Blocked the event loop for/);
    expect(stdout).toMatch(/^event .*"loop:blocked"/m);
  });

  it('names no line that ran before where it samples', async () => {
    const { stdout } = await over(start('hot', { blockingTimeout: { timeout: 200, sampling: 20 } }));
    const [, report = ''] = stdout.split(/\[\^Blocker\.block\]: Block(?:s|ed) the event loop, for /);
    const [line = ''] = /^ {4}at busyBefore.*/m.exec(report) ?? [];
    expect(line, stdout).toMatch(markedLines('hot'));
  });

  it.each([20, undefined])(
    'lets go where the program ends by force while the thread finishes, sampling %s',
    async (sampling) => {
      const options = {
        inspect: 0,
        blockingTimeout: { timeout: 200, ...(sampling === undefined ? {} : { sampling }) },
      };
      const { ended, stderr } = await over(start('exec', options, { AFTER: '0', EXIT: '4' }));
      expect(ended).toEqual({ code: 4, signal: null });
      expect(stderr).not.toContain('Waiting for the debugger');
    },
  );

  it('names a hook', async () => {
    const { stdout } = await over(start('onStart'));
    expect(stdout).toMatch(/\[\^Blocker\]: onStart blocks the event loop, for [\s\S]*busy \(.*blocks\.ts:\d+/);
    expect(stdout).toContain('onStart blocked the event loop');
  });

  it('tells a callback that a hook has set off from the hook', async () => {
    const { stdout } = await over(start('callback'));
    expect(stdout).toMatch(
      /\[\^Blocker\]: Blocks the event loop in what Blocker\.onStart has set off, for \d.* by now\n {4}at Timeout\.busy/,
    );
    expect(stdout).toMatch(
      /\[\^-Blocker\]: Blocked the event loop for \d.* in what Blocker\.onStart has set off, at Timeout\.busy/,
    );
    const event = JSON.parse(/^event (.*)$/m.exec(stdout)?.[1] ?? '{}');
    expect(event).toMatchObject({ service: 'Blocker', setOffBy: 'Blocker.onStart' });
    expect(event).not.toHaveProperty('step');
  });

  it('writes JSON where the log is JSON', async () => {
    const { stdout } = await over(start('busy', { logFormat: 'json' }));
    const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
    const report = lines.map((line) => JSON.parse(line)).find(({ blocked }) => blocked !== undefined);
    expect(report).toMatchObject({ level: 40, name: 'Worker', service: 'Blocker', task: 'block' });
    expect(report.stack).toContain('busy (');
  });

  it('has the program unready for a while', async () => {
    const { stdout } = await over(start('busy', { blockingTimeout: { timeout: 200, unready: '100ms' } }));
    expect(stdout).toContain('ready ["the event loop was blocked by Blocker"]');
  });

  it('ends the process after its time', async () => {
    const { ended, stdout } = await over(
      start('busy', { blockingTimeout: { timeout: 200, exitAfter: 1_500 } }, { LONG: '20000' }),
    );
    expect(ended).toEqual({ code: null, signal: 'SIGKILL' });
    expect(stdout).toContain('busy (');
    expect(stdout).toMatch(/ERROR\]: \[\^Worker\]: The event loop has been blocked for 1\.5 s: the process is ended/);
  });

  it.each([20, undefined])(
    'lets go of a process that ends at once, and nothing is said of it, sampling %s',
    async (sampling) => {
      const options = { timeout: 200, ...(sampling === undefined ? {} : { sampling }) };
      const { ended, stderr } = await over(start('exit', { blockingTimeout: options }));
      expect(ended).toEqual({ code: 3, signal: null });
      expect(stderr).toBe('');
    },
  );

  it('says so while one long native call blocks', async () => {
    const { stdout, stderr } = await over(start('exec', {}, { LONG: '2500' }));
    expect(stdout).toMatch(
      /WARNING\]: \[\^Worker\]: Native code \(waiting in a system call\) blocks the event loop, for 1\.\d s by now/,
    );
    expect(stderr).toBe('');
  });

  it('says so in the format of the log', async () => {
    const { stdout } = await over(start('exec', { logFormat: 'json' }, { LONG: '2500' }));
    const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
    const report = lines.map((line) => JSON.parse(line)).find(({ msg }) => msg.startsWith('Native code'));
    expect(report).toMatchObject({ level: 40, name: 'Worker', pid: expect.any(Number), time: expect.any(Number) });
    expect(report.blocked).toBeGreaterThan(1_000);
  });

  it('gives the time until the end of a native call that is named when it is over', async () => {
    const { stdout } = await over(start('exec', {}, { LONG: '2500' }));
    expect(stdout).toMatch(
      /\[\^Blocker\.block\]: Block(s|ed) the event loop, for (2\.[5-9]|[34](\.\d)?) s( by now)?\n {4}at Object\.exec/,
    );
  });

  it('is silent while nothing blocks, and when the whole process was suspended', async () => {
    const program = start('calm');
    await program.prints('Started');
    await pause(1_500);
    program.kill('SIGSTOP');
    await pause(1_000);
    program.kill('SIGCONT');
    await pause(700);
    program.kill('SIGTERM');
    const { stdout, stderr } = await over(program);
    expect(stdout).not.toContain('the event loop');
    expect(stderr).toBe('');
  });

  it.skipIf(!canStarve)('is silent while others have the CPU', async () => {
    const program = new Program(['taskset', '-c', '0', 'nice', '-n', '10', ...bundled(fixture, 'calm')], {
      OPTIONS: JSON.stringify({ blockingTimeout: 200 }),
    });
    await program.prints('Started');
    const busy = 'const end = Date.now() + 5_000; while (Date.now() < end);';
    const others = Array.from({ length: 4 }, () => new Program(['taskset', '-c', '0', process.execPath, '-e', busy]));
    await Promise.all(others.map(({ ended }) => ended));
    program.kill('SIGTERM');
    const { stdout, stderr } = await over(program);
    expect(stdout).not.toContain('the event loop');
    expect(stderr).toBe('');
  });

  it.skipIf(!canStarve)('is silent while the main thread has waited for a CPU for long, and waits still', async () => {
    // Of one session: sessions share a CPU evenly.
    const beside = 'sh -c "while :; do :; done" & exec "$@"';
    const program = new Program(['taskset', '-c', '0', 'sh', '-c', beside, 'sh', ...bundled(fixture, 'calm')], {
      OPTIONS: JSON.stringify({ blockingTimeout: 200 }),
    });
    await program.prints('Started');
    // The watchdog's thread has its turns all the same.
    execFileSync('chrt', ['--idle', '--pid', '0', String(program.pid)]);
    await pause(5_000);
    program.killGroup('SIGTERM');
    const { stdout, stderr } = await over(program);
    expect(stdout).not.toContain('the event loop');
    expect(stderr).toBe('');
  });

  it('is silent while a debugger holds the program, and speaks when that has let it go', async () => {
    const options = { inspect: 0, blockingTimeout: { timeout: 200, exitAfter: 1_000 } };
    const program = start('busy', options, { WAIT: '2500', LONG: '900' });
    await program.complains('Debugger listening');
    await program.prints('Started');
    {
      await using held = await Debugger.attach(program.stderr);
      await held.call('Debugger.enable');
      const paused = held.event('Debugger.paused');
      await held.call('Debugger.pause');
      await paused;
      await pause(1_200);
      await held.call('Debugger.resume');
    }
    expect(program.stdout).not.toContain('the event loop');
    const { ended, stdout } = await over(program);
    expect(ended).toEqual({ code: 0, signal: null });
    expect(stdout.match(/Block(s|ed) the event loop, for/g)).toHaveLength(1);
    expect(stdout).toMatch(markedLines('busy'));
  });
});

async function over(program: Program) {
  const ended = await program.ended;
  return { ended, stdout: program.stdout, stderr: program.stderr };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
