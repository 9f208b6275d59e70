/** What systemd has told the process by its environment; see sd_notify(3) and sd_watchdog_enabled(3). */
export interface NotifyEnvironment {
  /** Where systemd listens. */
  readonly socket: string;
  /** After how long without a sign of life systemd ends the process, in milliseconds; undefined where it does not watch. */
  readonly watchdog: number | undefined;
}

const NAMES = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID'] as const;

/** @returns undefined where systemd does not listen. @param pid of the process that asks */
export function notifyEnvironment(env: NodeJS.ProcessEnv, pid: number): NotifyEnvironment | undefined {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: microseconds = '', WATCHDOG_PID: watched } = env;
  if (socket === undefined || socket === '') return undefined;
  const isMeant = watched === undefined || watched === '' || Number(watched) === pid;
  const watchdog = isMeant && /^[1-9]\d*$/.test(microseconds) ? Number(microseconds) / 1_000 : undefined;
  return { socket, watchdog };
}

/**
 * Takes it away from programs that this one starts: with `NotifyAccess=all` systemd would believe that they speak for it.
 *
 * @returns the undo
 */
export function hideNotifyEnvironment(env: NodeJS.ProcessEnv): () => void {
  const before = NAMES.map((name) => [name, env[name]] as const);
  for (const name of NAMES) delete env[name];
  return () => {
    for (const [name, value] of before) if (value !== undefined) env[name] = value;
  };
}
