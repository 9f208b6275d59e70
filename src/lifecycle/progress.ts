import { humanize } from '../duration.ts';
import type { StateName } from './state.ts';

/** How far a start or a stop has come. */
export interface Progress {
  /** Services that run. */
  readonly running: number;
  /** All services that are to run. */
  readonly total: number;
  /** Services that are starting or stopping, those that take the longest first. */
  readonly awaited: readonly {
    readonly name: string;
    /** Milliseconds so far. */
    readonly since: number;
  }[];
}

interface Starting {
  readonly label: string;
  /** Undefined for a component, which is not counted. */
  readonly spec: unknown;
  readonly state: { readonly at: StateName; readonly since?: number };
}

/** How many names are told. */
const NAMED = 3;

/** @param now on the clock's `now()` */
export function progressOf(units: Iterable<Starting>, now: number): Progress {
  const services = [...units].filter(({ spec }) => spec !== undefined);
  const awaited = services
    .filter(({ state }) => state.at === 'starting' || state.at === 'stopping')
    .map(({ label, state }) => ({ name: label, since: now - (state.since ?? now) }))
    .sort((one, other) => other.since - one.since);
  return { running: services.filter(({ state }) => state.at === 'running').length, total: services.length, awaited };
}

/** `7/12: Kafka 4.1 s, Redis 1.2 s`. */
export function progressText({ running, total, awaited }: Progress): string {
  const count = `${running}/${total}`;
  if (awaited.length === 0) return count;
  return `${count}: ${firstOf(awaited.map(({ name, since }) => `${name} ${humanize(since)}`))}`;
}

/** `Kafka, Redis, Db and 9 more`. */
export function firstOf(names: readonly string[]): string {
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return `${names.slice(0, NAMED).join(', ')}${more}`;
}
