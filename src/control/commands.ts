/** What can be asked of a program through its control socket. */

import { cryOf } from '../cry/cry.ts';
import { suggestion } from '../did-you-mean.ts';
import { humanize } from '../duration.ts';
import { OptionError } from '../errors.ts';
import { graphFormat, graphText } from '../graph/format.ts';
import type { StartReport } from '../lifecycle/report.ts';
import type { RunningProgram } from '../worker/companion.ts';
import { changeLogLevel } from './log-level.ts';
import { onBehalf, triggered } from './operator.ts';
import { pictureOf } from './picture.ts';
import { healthText, servicesText, tasksText } from './picture-text.ts';
import { tableText } from './table.ts';

interface Command {
  /** How it is written: `<x>` must be given, `[x]` may. */
  readonly usage: string;
  readonly about: string;
  /** Whether it changes something, which the log is told of. */
  readonly acts: boolean;
  /** @returns the answer @throws whatever it fails with */
  run(program: RunningProgram, first: string, second: string | undefined): string | Promise<string>;
}

const REASON = 'asked for through the control socket';

const COMMANDS: Readonly<Record<string, Command>> = {
  restart: {
    usage: 'restart <service>',
    about: 'stop a service and all that depends on it, and start them again',
    acts: true,
    run: async ({ lifecycle }, service) => runs(await lifecycle.restart(service), 'again'),
  },
  stop: {
    usage: 'stop [service]',
    about: 'stop a service and all that depends on it; without one, the whole program',
    acts: true,
    run: stop,
  },
  start: {
    usage: 'start [service]',
    about: 'start a service that is down, and what it needs; without one, all',
    acts: true,
    run: async ({ lifecycle }, service) =>
      runs(await lifecycle.startAll(service === undefined ? {} : { only: [service] }), 'now'),
  },
  trigger: {
    usage: 'trigger <task>',
    about: 'run a task now, and wait for its end, unless it is a background task',
    acts: true,
    run: trigger,
  },
  pause: {
    usage: 'pause <task>',
    about: 'have a task not begin by itself any more',
    acts: true,
    run({ lifecycle }, task) {
      lifecycle.tasks.get(task).pause();
      return `${task} is paused.`;
    },
  },
  resume: {
    usage: 'resume <task>',
    about: 'have it begin by itself again',
    acts: true,
    run({ lifecycle }, task) {
      lifecycle.tasks.get(task).resume();
      return `${task} goes on.`;
    },
  },
  'log-level': {
    usage: 'log-level <level> [service]',
    about: 'the finest level that is logged from now on',
    acts: true,
    run: (program, level, service) => changeLogLevel(program, level, service),
  },
  services: {
    usage: 'services',
    about: 'all services and how they are',
    acts: false,
    run: ({ lifecycle }) => servicesText(pictureOf(lifecycle)),
  },
  tasks: {
    usage: 'tasks',
    about: 'all tasks, their last and next runs',
    acts: false,
    run: ({ lifecycle }) => tasksText(pictureOf(lifecycle)),
  },
  health: {
    usage: 'health',
    about: 'whether it is live, started and ready, and why not',
    acts: false,
    run: ({ lifecycle }) => healthText(lifecycle.health()),
  },
  graph: {
    usage: 'graph [format]',
    about: 'what needs what: text, mmd, dot, json or svg',
    acts: false,
    run: ({ lifecycle }, format = 'text') => graphText(lifecycle.graph(), graphFormat(format)),
  },
  cry: { usage: 'cry', about: 'all that is known of it at this moment', acts: false, run: cryOf },
  help: { usage: 'help', about: 'this list', acts: false, run: () => helpText() },
};

/** A list of all commands, one a line. */
export function helpText(): string {
  return tableText(Object.values(COMMANDS).map(({ usage, about }) => [usage, about]));
}

/**
 * Has a command done.
 *
 * @param words its name, and what is given to it
 * @param by who asks for it
 * @returns the answer
 * @throws OptionError for a command that there is none of, or that is given too little or too much
 * @throws whatever the command fails with; if it acts, the log has it too
 */
export async function perform(program: RunningProgram, words: readonly string[], by: string): Promise<string> {
  const [name = '', ...given] = words;
  const command = commandOf(name, given);
  if (!command.acts) return command.run(program, ...argumentsOf(given));
  return onBehalf(program.lifecycle, { words, by }, () => command.run(program, ...argumentsOf(given)));
}

function commandOf(name: string, given: readonly string[]): Command {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    throw new OptionError(`there is no command '${name}'. ${suggestion(name, Object.keys(COMMANDS))}`, { name });
  }
  const least = command.usage.split('<').length - 1;
  const most = least + command.usage.split('[').length - 1;
  if (given.length >= least && given.length <= most) return command;
  const few = given.length < least ? 'too little' : 'too much';
  throw new OptionError(`${name} was given ${few}; write ${command.usage}`, { name });
}

/** What a command is not given it has declared that it can do without. */
function argumentsOf([first, second]: readonly string[]): [string, string | undefined] {
  return [first as string, second];
}

async function stop({ lifecycle, runnable }: RunningProgram, service: string | undefined): Promise<string> {
  if (service === undefined) {
    await runnable.stopAll({ reason: REASON });
    return 'All is stopped.';
  }
  await lifecycle.stops.stopService(lifecycle.runningGraph.find(service, 'stop'), { reason: REASON });
  return `${service} is stopped.`;
}

async function trigger({ lifecycle }: RunningProgram, name: string): Promise<string> {
  const began = lifecycle.clock.now();
  const underWay = await triggered(lifecycle, name);
  return underWay ?? `${name} took ${humanize(lifecycle.clock.now() - began)}.`;
}

function runs({ entries, makespan }: StartReport, how: string): string {
  const names = entries.filter(({ kind }) => kind === 'service').map(({ name }) => name);
  if (names.length === 0) return 'There was nothing to start.';
  return `${names.join(', ')} ${names.length === 1 ? 'runs' : 'run'} ${how}, after ${humanize(makespan)}.`;
}
