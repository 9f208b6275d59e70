import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Notifications } from '../../src/systemd/notifications.ts';

vi.setConfig({ testTimeout: 30_000 });

let folder: string;
let failures: [problem: string, isForGood: boolean][];
let failed: () => void;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'inversify-lifecycle-'));
  failures = [];
  failed = () => {};
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

/** In place of `systemd-notify`: notes what it was to tell, and does what the plan says for each time. */
const NOTIFY = `#!/bin/sh
cd "$(dirname "$0")" || exit
now=$(sed -n "$(($(wc -l < told) + 1))p" plan)
printf '%s\\n' "$*" >> told
eval "$now"
`;

/** @param plan what is done the first time, the second time, and so on; then all goes well */
function notifications(...plan: readonly string[]): Notifications {
  writeFileSync(join(folder, 'systemd-notify'), NOTIFY, { mode: 0o755 });
  writeFileSync(join(folder, 'plan'), plan.map((each) => `${each}\n`).join(''));
  writeFileSync(join(folder, 'told'), '');
  vi.stubEnv('PATH', `${folder}${delimiter}${process.env.PATH}`);
  return listened();
}

function listened(): Notifications {
  return new Notifications('/run/nobody', (problem, isForGood) => {
    failures.push([problem, isForGood]);
    failed();
  });
}

const told = (): string[] => readFileSync(join(folder, 'told'), 'utf8').trimEnd().split('\n');

async function tells(...messages: readonly string[]): Promise<void> {
  await vi.waitFor(() => expect(told()).toEqual(messages), { timeout: 10_000 });
}

const aFailure = (): Promise<void> =>
  new Promise((resolve) => {
    failed = resolve;
  });

describe('what systemd is to be told', () => {
  it('is told again when it was lost, together with what came after it', async () => {
    const systemd = notifications('exit 1');
    const failure = aFailure();
    systemd.tell({ READY: 1, STATUS: 'up' });
    await failure;
    systemd.tell({ STATUS: 'well' });
    await tells('READY=1 STATUS=up', 'READY=1 STATUS=well');
    expect(failures).toEqual([['systemd-notify ended with 1', false]]);
  });

  it('is told again after a while without anybody asking', async () => {
    const systemd = notifications('exit 1', 'kill -KILL $$');
    systemd.tell({ READY: 1 });
    await tells('READY=1', 'READY=1', 'READY=1');
    expect(failures).toEqual([['systemd-notify ended with 1', false]]);
  });

  it('fails anew after it went well', async () => {
    const systemd = notifications('exit 1', 'exit 0', 'exit 2');
    systemd.tell({ READY: 1 });
    await tells('READY=1', 'READY=1');
    const failure = aFailure();
    systemd.tell({ WATCHDOG: 1 });
    await failure;
    systemd.close();
    expect(failures.map(([problem]) => problem)).toEqual([
      'systemd-notify ended with 1',
      'systemd-notify ended with 2',
    ]);
  });

  it.each(['TERM', 'INT'])(
    'is told again in silence after SIG%s, which the whole unit is stopped with',
    async (signal) => {
      const systemd = notifications(`kill -${signal} $$`);
      systemd.tell({ STOPPING: 1 });
      await tells('STOPPING=1', 'STOPPING=1');
      expect(failures).toEqual([]);
    },
  );

  it('is given up where there is no such program', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    vi.stubEnv('PATH', folder);
    const systemd = listened();
    const failure = aFailure();
    systemd.tell({ READY: 1 });
    await failure;
    systemd.tell({ WATCHDOG: 1 });
    expect(vi.getTimerCount()).toBe(0);
    expect(failures).toEqual([['there is no program systemd-notify', true]]);
  });

  it('is put off while the program cannot be started', async () => {
    vi.stubEnv('TOO_BIG', 'x'.repeat(1_000_000));
    const systemd = notifications();
    const failure = aFailure();
    systemd.tell({ READY: 1 });
    await failure;
    systemd.close();
    expect(failures).toEqual([[expect.stringContaining('E2BIG'), false]]);
  });

  it('has one more try at once when it is closed, and no other', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const systemd = notifications('exit 1', 'exit 1');
    const failure = aFailure();
    systemd.tell({ READY: 1 });
    await failure;
    systemd.close();
    systemd.tell({ WATCHDOG: 1 });
    await tells('READY=1', 'READY=1');
    await vi.waitFor(() => expect(vi.getTimerCount()).toBe(0));
    expect(failures).toHaveLength(1);
  });

  it('does not wait for what is under way when it is closed: the program may end before', async () => {
    const systemd = notifications('echo $$ > pid; exec sleep 60');
    systemd.tell({ WATCHDOG: 1 });
    await tells('WATCHDOG=1');
    systemd.tell({ STOPPING: 1 });
    systemd.close();
    await tells('WATCHDOG=1', 'STOPPING=1');
    process.kill(Number(readFileSync(join(folder, 'pid'), 'utf8')));
  });

  it('is a line of a length that systemd takes, cut between characters', async () => {
    notifications().tell({ STATUS: `Db\n\0 ${'é'.repeat(5_000)}`, READY: 1 });
    await tells(`STATUS=Db ${'é'.repeat(248)}… READY=1`);
  });
});
