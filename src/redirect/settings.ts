import type { LogLevel } from '../log.ts';
import { LOG_LEVELS } from '../log.ts';
import { checkNames, checkOption } from '../option-check.ts';

/** What the program writes by itself that becomes lines of the log. */
export interface RedirectOptions {
  /** Calls of `console.log`, `info`, `debug`, `warn` and `error`, each at its level; false leaves the console alone. Default true. */
  readonly console?: boolean;
  /** What is written to `process.stdout`, but not with the console. Default true. */
  readonly stdout?: boolean;
  /** What is written to `process.stderr`, but not with the console. Default true. */
  readonly stderr?: boolean;
  /** The level of lines that were written to the streams. Default `info` for stdout and `warn` for stderr. */
  readonly level?: LogLevel;
}

export interface RedirectSettings {
  readonly console: boolean;
  /** The level of its lines; undefined where the stream is left alone. */
  readonly stdout: LogLevel | undefined;
  readonly stderr: LogLevel | undefined;
}

/** @throws OptionError */
export function redirectSettings(redirect: true | RedirectOptions): RedirectSettings {
  const options = redirect === true ? {} : redirect;
  const isObject = typeof options === 'object' && options !== null;
  checkOption(isObject, 'redirect', "true, false, or an object like { stdout: true, level: 'info' }", redirect);
  checkNames(options, ['console', 'stdout', 'stderr', 'level'], 'redirect');
  const { console = true, stdout = true, stderr = true, level } = options;
  for (const [name, value] of Object.entries({ console, stdout, stderr })) {
    checkOption(typeof value === 'boolean', `redirect.${name}`, 'true or false', value);
  }
  const isLevel = level === undefined || LOG_LEVELS.includes(level);
  checkOption(isLevel, 'redirect.level', `one of ${LOG_LEVELS.join(', ')}`, level);
  return {
    console,
    stdout: stdout ? (level ?? 'info') : undefined,
    stderr: stderr ? (level ?? 'warn') : undefined,
  };
}
