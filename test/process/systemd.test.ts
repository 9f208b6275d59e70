import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { readJournal } from '../../src/journal/journal-file.ts';
import { bundle, bundled } from '../support/bundle.ts';
import { killPrograms, Program } from '../support/program.ts';

vi.setConfig({ testTimeout: 60_000 });

const fixture = await bundle('test/process/fixtures/worker.ts');
const folder = mkdtempSync(join(tmpdir(), 'inversify-lifecycle-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(killPrograms);

const works = (command: string, ...args: string[]): boolean => spawnSync(command, args).status === 0;

const canListen = works('python3', '--version') && works('systemd-notify', '--version');
const UNSHARE = ['--user', '--map-root-user', '--fork', '--pid', '--kill-child'];
const canBeFirst = existsSync('/proc/self/task') && works('unshare', ...UNSHARE, 'true');

/** In place of systemd: prints what it is told, a message a line. Node has no datagrams of Unix sockets. */
const LISTENER = `
import socket, sys
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind(sys.argv[1])
print('listening', flush=True)
while True:
    message = listener.recv(65536).decode()
    if not message.startswith('BARRIER'): print(message.strip().replace('\\n', ' '), flush=True)
`;

async function listen(): Promise<{ systemd: Program; socket: string }> {
  const socket = join(folder, `${Math.random().toString(36).slice(2)}.socket`);
  const systemd = new Program(['python3', '-c', LISTENER, socket]);
  await systemd.prints('listening');
  return { systemd, socket };
}

describe('a program under systemd', () => {
  it.skipIf(!canListen)('says that it is ready, then that it is alive, and that it stops', async () => {
    const { systemd, socket } = await listen();
    const program = new Program(bundled(fixture, 'running'), { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '400000' });
    await systemd.prints('READY=1');
    await systemd.prints('WATCHDOG=1');
    program.kill('SIGTERM');
    expect(await program.ended, program.stdout).toEqual({ code: 0, signal: null });
    expect(program.stderr).toBe('');
    await systemd.prints('STOPPING=1');
    const [ready, ...messages] = systemd.stdout.trim().split('\n').slice(1);
    expect(ready).toBe('READY=1 STATUS=2 services run');
    // A sign of life that was under way may come after it.
    const last = messages.filter((message) => message !== 'WATCHDOG=1');
    expect(last).toEqual([expect.stringContaining('STOPPING=1 STATUS=stopping 2/2')]);
  });

  it.skipIf(!canListen)('says how far a long start is', async () => {
    const { systemd, socket } = await listen();
    const program = new Program(bundled(fixture, 'slow start'), { NOTIFY_SOCKET: socket });
    await systemd.prints('STATUS=starting 1/2: SlowStart ');
    expect(systemd.stdout).toContain('EXTEND_TIMEOUT_USEC=60000000');
    program.kill('SIGTERM');
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(systemd.stdout).not.toContain('READY');
  });

  it('says once in the log that it cannot be told, and goes on', async () => {
    const program = new Program(bundled(fixture, 'running'), {
      NOTIFY_SOCKET: join(folder, 'nobody.socket'),
      WATCHDOG_USEC: '20000',
      PATH: folder,
    });
    await program.prints('there is no program systemd-notify');
    program.kill('SIGTERM');
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(program.stdout.match(/systemd is not told/g)).toHaveLength(1);
  });

  it('says once in the log that it was not told, and goes on telling', async () => {
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    const script = 'echo "$*" >> "$0.told"; [ "$(wc -l < "$0.told")" -ne 2 ]';
    writeFileSync(join(bin, 'systemd-notify'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const told = (): string => readFileSync(join(bin, 'systemd-notify.told'), 'utf8');
    const program = new Program(bundled(fixture, 'running'), {
      NOTIFY_SOCKET: join(folder, 'nobody.socket'),
      WATCHDOG_USEC: '200000',
      PATH: `${bin}${delimiter}${process.env.PATH}`,
    });
    await program.prints('systemd was not told how the program is: systemd-notify ended with 1. It is told again');
    await vi.waitFor(() => expect(told().match(/WATCHDOG=1/g)?.length).toBeGreaterThan(3), { timeout: 10_000 });
    program.kill('SIGTERM');
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(program.stdout.match(/systemd was not told/g)).toHaveLength(1);
  });
});

describe('a program that is the first one of a container', () => {
  it.skipIf(!canBeFirst).each(['SIGTERM', 'SIGINT'] as const)(
    'stops in order on %s, which has no default there',
    async (signal) => {
      const journal = join(folder, `${signal}.journal`);
      const program = new Program(['unshare', ...UNSHARE, ...bundled(fixture, 'running')], {
        OPTIONS: JSON.stringify({ logFormat: 'pretty', journal }),
      });
      await program.prints('Started 2 services');
      expect(readJournal(journal).runs[0]?.header.pid).toBe(1);
      const [first] = readFileSync(`/proc/${program.pid}/task/${program.pid}/children`, 'utf8').split(' ');
      process.kill(Number(first), signal);
      expect(await program.ended, program.stderr).toEqual({ code: 0, signal: null });
      expect(program.stdout).toContain('[^Worker]: -Stopped!');
    },
  );
});
