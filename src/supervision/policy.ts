/** What is done about a crash: what a user says, checked once and turned into plain values. */

import { suggestion } from '../did-you-mean.ts';
import { OptionError, textOf } from '../errors.ts';
import { checkNames, checkOption } from '../option-check.ts';
import { type Backoff, type BackoffOptions, backoffOf } from './backoff.ts';
import { type Intensity, intensityOf, type RestartOptions } from './intensity.ts';

const STRATEGIES = ['restForGraph', 'oneForOne', 'oneForAll', 'giveUp', 'giveUpAll', 'escalate'] as const;
const TYPES = ['permanent', 'transient', 'temporary'] as const;

/**
 * Who goes down when a service crashes, and whether it comes up again.
 *
 * - `restForGraph`: the service and all that depends on it are restarted, nothing else (OTP's `rest_for_one`, by the graph
 *   in place of a list).
 * - `oneForOne`: the service alone; what depends on it stays up, is told, and has its timers held meanwhile.
 * - `oneForAll`: all that the supervisor has, and what depends on them.
 * - `giveUp`: the service and what depends on it stay down, the application goes on (Mode's forfeit).
 * - `giveUpAll`: so do all that the supervisor has.
 * - `escalate`: the supervisor above decides; the topmost stops the application.
 */
export type Strategy = (typeof STRATEGIES)[number];

/**
 * Whether a service is started again (OTP's restart types).
 *
 * - `permanent`: always, also when its background work has come to its end.
 * - `transient`: when it crashed. The default, since background work may end.
 * - `temporary`: never; what depends on it stays down with it.
 */
export type RestartType = (typeof TYPES)[number];

/** How a supervisor deals with crashes. */
export interface SupervisorOptions {
  /** Default `restForGraph`; for a group `oneForAll`. */
  readonly strategy?: Strategy;
  /** How many restarts are too many: with more than `max` (default 3) within a span (default 60 s, without the waits) the supervisor above decides. */
  readonly restart?: RestartOptions;
  /** How long to wait before each restart; `false` for not at all. Default 100 ms, doubled each time up to 30 s, full jitter. */
  readonly backoff?: BackoffOptions | false;
}

/** A group: services that fail together. */
export interface GroupOptions extends SupervisorOptions {
  /** The group that this one is part of: what it cannot mend is that one's to decide. Default: the root. */
  readonly parent?: string;
}

/** What the root of the supervision tree does, and the groups there are. */
export interface SupervisionOptions extends SupervisorOptions {
  /** By name; `@Supervised({ group: 'io' })` makes a service part of one. */
  readonly groups?: Readonly<Record<string, GroupOptions>>;
}

/** What `@Supervised` takes. */
export interface SupervisedOptions extends SupervisorOptions {
  /** Default `transient`. */
  readonly type?: RestartType;
  /** The application ends when this service does: when its background work is done, or it crashed and is not restarted. Default false. */
  readonly significant?: boolean;
  /** The group it is part of, whose options then count. Default: a supervisor of its own. */
  readonly group?: string;
}

/** What one supervisor does, with the defaults. */
export interface Policy {
  readonly strategy: Strategy;
  readonly intensity: Intensity;
  /** Undefined for no wait. */
  readonly backoff: Backoff | undefined;
}

/** What one service says about its supervision. */
export interface Supervised {
  readonly type: RestartType;
  readonly significant: boolean;
  readonly group: string | undefined;
  /** Of the supervisor of its own; undefined for one of a group. */
  readonly policy: Policy | undefined;
}

export interface Group {
  readonly policy: Policy;
  readonly parent: string | undefined;
}

/** What the whole lifecycle says about supervision. */
export interface Supervision {
  readonly root: Policy;
  readonly groups: ReadonlyMap<string, Group>;
}

const POLICY_OPTIONS = ['strategy', 'restart', 'backoff'];
const GROUP_NAME = "the name of a group, like 'io'";

/** For a service that others do without: it is tried again for ever, alone. */
export function optionalPolicy(): Policy {
  return policyOf({ restart: { max: Number.POSITIVE_INFINITY } }, 'oneForOne', 'optional');
}

/** @param what names the options in errors; throws OptionError */
export function policyOf(options: SupervisorOptions, fallback: Strategy, what: string): Policy {
  const { strategy = fallback, restart = {}, backoff = {} } = options;
  checkChoice(strategy, STRATEGIES, `${what}.strategy`, 'strategy');
  checkNames(restart, ['max', 'within'], `${what}.restart`);
  if (backoff !== false) checkNames(backoff, ['initial', 'factor', 'max', 'jitter', 'resetAfter'], `${what}.backoff`);
  return {
    strategy,
    intensity: intensityOf({ ...restart, max: restart.max === undefined ? 3 : restart.max }, `${what}.restart`),
    backoff: backoff === false ? undefined : backoffOf(backoff, `${what}.backoff`),
  };
}

/** @throws OptionError */
export function supervisedOf(options: SupervisedOptions): Supervised {
  const what = '@Supervised';
  checkNames(options, [...POLICY_OPTIONS, 'type', 'significant', 'group'], what);
  const { type = 'transient', significant = false, group } = options;
  checkChoice(type, TYPES, `${what}.type`, 'type');
  checkOption(typeof significant === 'boolean', `${what}.significant`, 'true or false', significant);
  checkOption(group === undefined || isName(group), `${what}.group`, GROUP_NAME, group);
  if (significant && type === 'permanent') {
    throw new OptionError(
      `${what}: a permanent service is always started again, so it has no end that could be significant; write type: 'transient' or type: 'temporary'`,
    );
  }
  const own = POLICY_OPTIONS.filter((name) => options[name as keyof SupervisorOptions] !== undefined);
  if (group !== undefined && own.length > 0) {
    throw new OptionError(
      `${what}: ${own.join(' and ')} ${own.length === 1 ? 'is' : 'are'} the group's to say; write them in supervision: { groups: { ${group}: { ... } } }`,
    );
  }
  const policy = group === undefined ? policyOf(options, 'restForGraph', what) : undefined;
  return { type, significant, group, policy };
}

/** @param options a strategy stands for `{ strategy }`. Throws OptionError */
export function supervisionOf(options: Strategy | SupervisionOptions = {}): Supervision {
  const given = typeof options === 'string' ? { strategy: options } : options;
  checkNames(given, [...POLICY_OPTIONS, 'groups'], 'supervision');
  const { groups = {} } = given;
  checkNames(groups, Object.keys(groups ?? {}), 'supervision.groups');
  // Who says nothing, or only names groups, has the first crash stop the application, as Mode, fx and .NET do.
  const saysNothing = POLICY_OPTIONS.every((name) => given[name as keyof SupervisorOptions] === undefined);
  const root = policyOf(given, saysNothing ? 'escalate' : 'restForGraph', 'supervision');
  const read = new Map(
    Object.entries(groups).map(([name, group]) => [name, groupOf(group, `supervision.groups.${name}`)]),
  );
  if (read.has('root'))
    throw new OptionError("supervision.groups: 'root' is the name of the root; give the group another one");
  for (const [name, { parent }] of read) checkParent(name, parent, read);
  return { root, groups: read };
}

function groupOf(options: GroupOptions, what: string): Group {
  checkNames(options, [...POLICY_OPTIONS, 'parent'], what);
  const { parent } = options;
  checkOption(parent === undefined || isName(parent), `${what}.parent`, GROUP_NAME, parent);
  return { policy: policyOf(options, 'oneForAll', what), parent };
}

function checkParent(name: string, parent: string | undefined, groups: ReadonlyMap<string, Group>): void {
  const way = [name];
  let at = parent;
  while (at !== undefined) {
    const group = groups.get(at);
    if (group === undefined) {
      const hint = suggestion(at, [...groups.keys()]);
      throw new OptionError(`supervision.groups.${way.at(-1)}.parent: there is no group '${at}'. ${hint}`);
    }
    const isRound = way.includes(at);
    way.push(at);
    if (isRound) {
      const cycle = way.slice(way.indexOf(at)).join(' -> ');
      throw new OptionError(`supervision.groups: a group cannot be part of itself: ${cycle}`);
    }
    at = group.parent;
  }
}

function checkChoice<T extends string>(got: T, known: readonly T[], what: string, noun: string): void {
  if (known.includes(got)) return;
  const hint = typeof got === 'string' ? suggestion(got, known) : `Known: ${known.join(', ')}.`;
  throw new OptionError(`${what}: there is no ${noun} ${textOf(got)}. ${hint}`);
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}
