/** Options of `run`: each is a flag, a variable of the environment, and an option of the Worker. */

import type { Command } from 'commander';
import { suggestion } from '../did-you-mean.ts';
import { OptionError } from '../errors.ts';
import type { WorkerOptions } from '../worker/worker-options.ts';
import type { OptionSource } from './option-sources.ts';

const NAME = 'inversify-lifecycle run';

/** Flags by the names of their options, as they were written: a text, or whether they are on. */
type Flags = Readonly<Record<string, unknown>>;

interface RunOption {
  /** The Worker's option. */
  readonly name: keyof WorkerOptions;
  /** As commander writes it: `<x>` must be given, `[x]` may. */
  readonly flags: string;
  readonly about: string;
  /** What the text of it means. */
  readonly read: (text: string, what: string) => unknown;
}

const GROUPS: Readonly<Record<string, readonly RunOption[]>> = {
  'Logging:': [
    {
      name: 'logLevel',
      flags: '--log-level <level>',
      about: 'the finest level: trace, debug, info, warn, error, fatal, silent',
      read: asIs,
    },
    {
      name: 'logFormat',
      flags: '--log-format <format>',
      about: 'pretty, json, or auto: pretty on a terminal',
      read: asIs,
    },
    { name: 'logFile', flags: '--log-file <path>', about: 'a file that lines are added to', read: asIs },
    {
      name: 'logLevels',
      flags: '--log-levels <service=level,...>',
      about: 'services that have another level, such as Db=debug,Web=warn',
      read: pairs,
    },
    {
      name: 'routineLevel',
      flags: '--routine-level <level>',
      about: 'the level of the lines of starts and stops: debug, info, warn, error',
      read: asIs,
    },
    {
      name: 'redirect',
      flags: '--redirect [streams]',
      about: 'write console, stdout and stderr to the log: all, or some such as console,stdout',
      read: streams,
    },
    { name: 'quiet', flags: '--quiet', about: 'warnings and errors only', read: yesOrNo },
  ],
  'Life:': [
    { name: 'daemon', flags: '--no-daemon', about: 'end when all background and spawned work is done', read: yesOrNo },
    {
      name: 'startTimeout',
      flags: '--start-timeout <duration>',
      about: 'limit of the whole start, such as 30s',
      read: duration,
    },
    {
      name: 'stopTimeout',
      flags: '--stop-timeout <duration>',
      about: 'budget of the stop, such as 25s',
      read: duration,
    },
    {
      name: 'preStopDelay',
      flags: '--pre-stop-delay <duration>',
      about: 'how long to go on, unready, after the first signal',
      read: duration,
    },
    {
      name: 'exitTimeout',
      flags: '--exit-timeout <duration>',
      about: 'how long something may keep the process alive after the stop; infinity: for ever',
      read: durationOrInfinity,
    },
    {
      name: 'systemd',
      flags: '--no-systemd',
      about: 'do not tell systemd how the program is',
      read: autoOrNo,
    },
    {
      name: 'uncaught',
      flags: '--uncaught <what>',
      about: 'what an error that nobody catches leads to: stop, exit',
      read: asIs,
    },
  ],
  'Looking inside:': [
    {
      name: 'blockingTimeout',
      flags: '--blocking-timeout <duration>',
      about: 'tell what blocks the event loop for longer than this, such as 1s',
      read: durationOrOff,
    },
    {
      name: 'http',
      flags: '--http [host:port]',
      about: 'open a port for probes and metrics, by default on 127.0.0.1:9100',
      read: place,
    },
    {
      name: 'traces',
      flags: '--traces',
      about: 'spans of OpenTelemetry for starts, stops and runs, by default where there is a tracer',
      read: yesOrNo,
    },
    {
      name: 'debug',
      flags: '--debug',
      about: 'debug lines, long stacks, and where deprecations come from',
      read: yesOrNo,
    },
    {
      name: 'trackHandles',
      flags: '--track-handles',
      about: 'tell where what keeps the process alive after the stop was made',
      read: yesOrNo,
    },
    {
      name: 'inspect',
      flags: '--inspect [host:port]',
      about: "open Node's inspector, by default on 127.0.0.1:9229",
      read: place,
    },
    {
      name: 'control',
      flags: '--control [name]',
      about: 'a socket for inversify-lifecycle attach: found by the process id, or by this name, or at this path',
      read: nameOrSwitch,
    },
    {
      name: 'journal',
      flags: '--journal <path>',
      about: 'a file that everything that happens is added to, for the command journal',
      read: asIs,
    },
  ],
};

const OPTIONS = Object.values(GROUPS).flat();

/** Adds the flags to a command, in groups. */
export function addRunOptions(command: Command): Command {
  for (const [group, options] of Object.entries(GROUPS)) {
    command.optionsGroup(group);
    for (const option of options) command.option(option.flags, `${option.about} (${hintOf(option)})`);
  }
  return command;
}

/**
 * What may have swallowed the module, where there is none: `run --control app.ts`.
 *
 * @returns what to write, or an empty text
 */
export function swallowedBy(command: Command): string {
  for (const [name, value] of Object.entries(givenFlags(command))) {
    const option = OPTIONS.find((each) => each.name === name);
    const mayHaveNone = option?.flags.includes('[') === true;
    if (mayHaveNone && typeof value === 'string')
      return `${flagOf(option)} has taken ${value}; write run ${value} ${flagOf(option)}`;
  }
  return '';
}

/**
 * Where a flag that is none may belong: it may be the program's own.
 *
 * @param words what is no option: the module, if it was there already, the flag, and all that follows
 * @returns what to write
 */
export function afterDashes(words: readonly string[]): string {
  const first = words.findIndex((word) => word.startsWith('-'));
  const module = first < 1 ? '<module>' : words.slice(0, first).join(' ');
  const own = words.slice(first).filter((word) => word !== '--');
  return `the program's own arguments come after --, as in run ${module} -- ${own.join(' ')}`;
}

/** The flags that were written; commander has a value for others too. */
export function givenFlags(command: Command): Record<string, unknown> {
  const flags = Object.entries(command.opts()).filter(([name]) => command.getOptionValueSource(name) === 'cli');
  return Object.fromEntries(flags);
}

/**
 * What flags ask for.
 *
 * @param flags those that were written
 * @throws OptionError for a text that means nothing; whether the Worker likes a value is the Worker's matter
 */
export function optionsOfFlags(flags: Flags): OptionSource {
  const given = OPTIONS.filter(({ name }) => flags[name] !== undefined).map((option) => {
    const flag = flags[option.name];
    return [option.name, typeof flag === 'string' ? option.read(flag, flagOf(option)) : flag] as const;
  });
  return {
    options: Object.fromEntries(given),
    written: (name, value) => [flagNamed(name), ...(value === undefined ? [] : [value])].join(' '),
  };
}

/**
 * What the environment asks for.
 *
 * @param flags those that were written; what these say is not read
 * @throws OptionError for a text that means nothing; whether the Worker likes a value is the Worker's matter
 */
export function optionsOfEnvironment(env: NodeJS.ProcessEnv, flags: Flags = {}): OptionSource {
  const given = OPTIONS.filter(({ name }) => flags[name] === undefined).flatMap((option) => {
    const variable = variableOf(option.name);
    const text = env[variable] ?? '';
    return text === '' ? [] : [[option.name, option.read(text, variable)] as const];
  });
  return {
    options: Object.fromEntries(given),
    written: (name, value) => [variableOf(name), ...(value === undefined ? [] : [value])].join('='),
  };
}

/** Variables that look like one of these and are none: nobody would ever notice. @returns a line for each */
export function misspeltVariables(env: NodeJS.ProcessEnv): string[] {
  const known = OPTIONS.map(({ name }) => variableOf(name));
  return Object.keys(env)
    .filter((name) => name.startsWith('LIFECYCLE_') && !known.includes(name))
    .map((name) => `${name} is no variable of ${NAME}. ${suggestion(name, known, '')}`.trim());
}

function flagOf({ flags }: RunOption): string {
  return flags.split(' ')[0] ?? flags;
}

function flagNamed(name: string): string {
  const option = OPTIONS.find((each) => each.name === name);
  return option === undefined ? name : flagOf(option);
}

/** `LIFECYCLE_LOG_LEVEL`. */
function variableOf(name: string): string {
  return `LIFECYCLE_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/** As it is set in the environment. */
function hintOf(option: RunOption): string {
  return option.flags.startsWith('--no-') ? `${variableOf(option.name)}=false` : variableOf(option.name);
}

function asIs(text: string): string {
  return text;
}

/** `Db=debug,Web=warn`. */
function pairs(text: string, what: string): Record<string, string> {
  const all = text.split(',').map((pair) => pair.split('='));
  const isFine = all.every(([name, level, ...more]) => name?.trim() && level?.trim() && more.length === 0);
  if (!isFine) throw new OptionError(`${what} must be like Db=debug,Web=warn, got '${text}'`, { what, value: text });
  return Object.fromEntries(all.map(([name = '', level = '']) => [name.trim(), level.trim()]));
}

/** All or nothing, or those that are named. */
function streams(text: string): boolean | Record<string, boolean> {
  const all = SWITCH.get(text.toLowerCase());
  if (all !== undefined) return all;
  const named = text.split(',').map((name) => [name.trim(), true]);
  return { console: false, stdout: false, stderr: false, ...Object.fromEntries(named) };
}

/** Milliseconds where it has no unit. */
function duration(text: string): string | number {
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function durationOrInfinity(text: string): string | number {
  return text.toLowerCase() === 'infinity' ? Number.POSITIVE_INFINITY : duration(text);
}

function durationOrOff(text: string): boolean | string | number {
  return SWITCH.get(text.toLowerCase()) === false ? false : duration(text);
}

/** On where it says no more than that; else a port, or `host:port`, or a path. */
function place(text: string): boolean | number | string {
  if (/^\d+$/.test(text)) return Number(text);
  return SWITCH.get(text.toLowerCase()) ?? text;
}

function nameOrSwitch(text: string): boolean | string {
  return SWITCH.get(text.toLowerCase()) ?? text;
}

const SWITCH: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['yes', true],
  ['on', true],
  ['1', true],
  ['false', false],
  ['no', false],
  ['off', false],
  ['0', false],
]);

/** Whether systemd listens is not known here. */
function autoOrNo(text: string, what: string): 'auto' | false {
  return text.toLowerCase() === 'auto' || yesOrNo(text, what) ? 'auto' : false;
}

function yesOrNo(text: string, what: string): boolean {
  const value = SWITCH.get(text.toLowerCase());
  if (value !== undefined) return value;
  throw new OptionError(`${what} must be true or false, got '${text}'`, { what, value: text });
}
