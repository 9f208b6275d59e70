import type { Lifecycle } from '../../src/lifecycle/lifecycle.ts';
import type { Logger } from '../../src/log.ts';
import type { Close, Companion, RunningProgram } from '../../src/worker/companion.ts';

/** What a companion is told of its program, and what it says to the log. */
export function programOf(lifecycle: Lifecycle) {
  const lines: string[] = [];
  const note = (fields: unknown, message?: string): void =>
    void lines.push(message ?? (typeof fields === 'string' ? fields : JSON.stringify(fields)));
  const log: Logger = { debug: note, info: note, warn: note, error: note };
  const failures: Error[] = [];
  const program: RunningProgram = {
    runnable: lifecycle,
    lifecycle,
    log,
    direct: undefined,
    flushLog() {},
    fail: (error) => void failures.push(error),
  };
  return { program, lines, failures };
}

/** Opens a companion beside a lifecycle. */
export async function accompany(companion: Companion, lifecycle: Lifecycle) {
  const { program, lines, failures } = programOf(lifecycle);
  const close: Close = (await companion(program)) ?? (() => {});
  return { close, lines, failures };
}
