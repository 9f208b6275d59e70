import { fileURLToPath } from 'node:url';
import { messageOf } from '../errors.ts';
import { packageRoot } from '../package-root.ts';
import type { Companion, RunningProgram } from '../worker/companion.ts';
import { Aftermath } from './aftermath.ts';
import { Pulse } from './pulse.ts';
import type { WatchdogSettings } from './watchdog-settings.ts';
import { Watcher } from './watcher.ts';

const STDERR = 2;

/**
 * Watches the event loop from a second thread: while it is blocked the thread asks V8 what the main thread does, and writes
 * that at once, with the service and the task. (The idea is Mode's BlockingDetector, which throws into the code that blocks.)
 *
 * Where no such thread can be had, that is told, and the program runs without.
 */
export function watchdog(settings: WatchdogSettings): Companion {
  return async (program) => {
    try {
      return await watch(settings, program);
    } catch (error) {
      program.log.warn(`There is no watchdog: ${messageOf(error)}`);
      return undefined;
    }
  };
}

async function watch(settings: WatchdogSettings, program: RunningProgram): Promise<() => Promise<void>> {
  const { timeout, exitAfter, sampling } = settings;
  const { fd = STDERR, isPretty = true, lead = '' } = program.direct ?? {};
  const pulse = new Pulse(timeout);
  const { memory: beat, period, hook } = pulse;
  const aftermath = new Aftermath(settings, program);
  try {
    const watcher = await Watcher.start(
      { beat, period, hook, timeout, exitAfter, sampling, fd, isPretty, lead, own: ownFolders() },
      (news) => aftermath.note(news),
      (error) => program.log.warn(`The watchdog is gone: ${messageOf(error)}`),
    );
    return async () => {
      pulse.beat();
      await watcher.finish();
      pulse.end();
      aftermath.end();
    };
  } catch (error) {
    pulse.end();
    throw error;
  }
}

function ownFolders(): string[] {
  const { folder } = packageRoot();
  return ['src/', 'decorators/', 'container/', 'dist/'].map((name) => fileURLToPath(new URL(name, folder)));
}
