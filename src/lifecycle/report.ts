import { humanize, milliseconds } from '../duration.ts';
import { OptionError } from '../errors.ts';
import { longestPath } from '../graph/critical-path.ts';
import { resolveRef } from '../refs.ts';

/** One service or component in a report; the times are milliseconds. */
export interface ReportEntry {
  readonly name: string;
  readonly kind: 'service' | 'component';
  /** From the beginning of the whole until its own turn came. */
  readonly waited: number;
  /** From its turn until it was through. */
  readonly took: number;
  /** What it waited for: dependencies at a start, dependents at a stop. */
  readonly after: readonly string[];
  /** Whether it is on the critical path. */
  readonly critical: boolean;
}

/** A change to be tried on the measured times. */
export interface WhatIf {
  /** The first does not wait for the second any more. */
  readonly withoutEdge?: readonly [string, string];
  /** The service takes this many milliseconds. */
  readonly withDuration?: readonly [string, number];
}

/** A unit, as far as a report tells of it. */
interface Reported {
  readonly label: string;
  /** Undefined for a component. */
  readonly spec: object | undefined;
  readonly dependencies: Iterable<Reported>;
  readonly dependents: Iterable<Reported>;
}

/** When one unit was at it, on the clock's `now()`. */
export interface UnitTimes {
  readonly beganAt: number;
  readonly endedAt: number;
  /** When those who wait for it could go on, if before its end. */
  readonly releasedAt?: number;
}

interface Row {
  readonly name: string;
  readonly kind: ReportEntry['kind'];
  readonly beganAt: number;
  readonly took: number;
  readonly released: number;
  readonly after: Row[];
}

/** How long everything took and why: what fx and Spring leave to a profiler (see also `systemd-analyze critical-chain`). */
abstract class WalkReport {
  readonly #beganAt: number;
  readonly #times: ReadonlyMap<Reported, UnitTimes>;
  /** Who waited for whom, as it was then. */
  readonly #waited: ReadonlyMap<Reported, readonly Reported[]>;
  #allRows: readonly Row[] | undefined;
  #entries: readonly ReportEntry[] | undefined;

  protected constructor(
    beganAt: number,
    times: ReadonlyMap<Reported, UnitTimes>,
    waitsFor: (unit: Reported) => Iterable<Reported>,
  ) {
    this.#beganAt = beganAt;
    this.#times = times;
    const waited = new Map<Reported, readonly Reported[]>();
    for (const unit of times.keys()) waited.set(unit, [...waitsFor(unit)]);
    this.#waited = waited;
  }

  /** Milliseconds from the first beginning to the last end. */
  get makespan(): number {
    let end = this.#beganAt;
    for (const { endedAt } of this.#times.values()) end = Math.max(end, endedAt);
    return end - this.#beganAt;
  }

  /** Milliseconds all units took together: what it would have been one after the other. */
  get sum(): number {
    let sum = 0;
    for (const { beganAt, endedAt } of this.#times.values()) sum += endedAt - beganAt;
    return sum;
  }

  /** In the order they began. */
  get entries(): readonly ReportEntry[] {
    this.#entries ??= this.#describe();
    return this.#entries;
  }

  /** The chain that set the time, from the first to the last. */
  get criticalPath(): readonly ReportEntry[] {
    return this.entries.filter((entry) => entry.critical);
  }

  /**
   * What the total would have been, in milliseconds, had this been different. Exact where nothing but the graph holds
   * things up: no limited concurrency, no blocked loop.
   *
   * @throws RefError for a name that is not in the report
   * @throws OptionError for a duration that is none, or a wait that there was not
   */
  whatIf(change: WhatIf): number {
    const [from, to] = change.withoutEdge ?? [];
    const [changed, duration] = change.withDuration ?? [];
    for (const name of [from, to, changed]) if (name !== undefined) this.#row(name);
    if (from !== undefined && to !== undefined) this.#checkWait(from, to);
    if (duration !== undefined) milliseconds(duration, 'whatIf({ withDuration })');
    const rows = this.#rows;
    const isCut = (row: Row, other: Row): boolean => row.name === from && other.name === to;
    const weightOf = (row: Row): number => (row.name === changed ? (duration ?? 0) : row.released);
    const { finishOf } = longestPath(rows, (row) => row.after.filter((other) => !isCut(row, other)), weightOf);
    let end = 0;
    for (const row of rows) {
      const total = row.name === changed ? (duration ?? 0) : row.took;
      end = Math.max(end, (finishOf.get(row) ?? 0) - weightOf(row) + total);
    }
    return end;
  }

  /** A tree with times: each line waited for the lines indented under it; `*` marks the critical path. */
  toString(): string {
    const path = this.criticalPath.map(({ name, took }) => `${name} ${humanize(took)}`).join(' -> ');
    const head = `${this.title()} in ${humanize(this.makespan)} (${humanize(this.sum)} one after the other)`;
    const lines = this.entries.map((entry) => {
      const waited = entry.waited >= 0.05 ? `, after ${humanize(entry.waited)}` : '';
      return `  ${entry.critical ? '*' : ' '} ${entry.name}  ${humanize(entry.took)}${waited}`;
    });
    return [head, ...lines, ...(path === '' ? [] : [`  critical path: ${path}`])].join('\n');
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  protected abstract title(): string;

  /** Made when first asked for: most reports are never read. */
  get #rows(): readonly Row[] {
    this.#allRows ??= rowsOf(this.#times, this.#waited);
    return this.#allRows;
  }

  #row(name: string): Row {
    const targets = this.#rows.map((row) => ({
      row,
      label: row.name,
      identifiers: [],
      implementation: undefined,
      instance: undefined,
    }));
    return resolveRef(name, targets, 'whatIf()').row;
  }

  #checkWait(from: string, to: string): void {
    const after = this.#row(from).after.map(({ name }) => name);
    if (after.includes(to)) return;
    const others = after.length === 0 ? 'nothing' : after.join(', ');
    throw new OptionError(`whatIf({ withoutEdge }): ${from} did not wait for ${to}; it waited for ${others}`, {
      from,
      to,
      after,
    });
  }

  #describe(): ReportEntry[] {
    const path = longestPath(
      this.#rows,
      (row) => row.after,
      (row) => row.released,
    ).path;
    const critical = new Set(path);
    return this.#rows.map((row) => ({
      name: row.name,
      kind: row.kind,
      waited: row.beganAt - this.#beganAt,
      took: row.took,
      after: row.after.map((other) => other.name),
      critical: critical.has(row),
    }));
  }
}

/** How a start went. */
export class StartReport extends WalkReport {
  constructor(beganAt: number, times: ReadonlyMap<Reported, UnitTimes>) {
    super(beganAt, times, (unit) => unit.dependencies);
  }

  protected title(): string {
    return `Started ${this.entries.length}`;
  }
}

/** How a stop went. */
export class StopReport extends WalkReport {
  /** What went wrong; `stopAll` rejects with a StopError that holds the same. */
  readonly errors: readonly Error[];

  constructor(beganAt: number, times: ReadonlyMap<Reported, UnitTimes>, errors: readonly Error[]) {
    super(beganAt, times, (unit) => unit.dependents);
    this.errors = errors;
  }

  protected title(): string {
    return `Stopped ${this.entries.length}`;
  }
}

function rowsOf(times: ReadonlyMap<Reported, UnitTimes>, waited: ReadonlyMap<Reported, readonly Reported[]>): Row[] {
  const rows = new Map<Reported, Row>();
  for (const [unit, { beganAt, endedAt, releasedAt }] of times) {
    const kind = unit.spec === undefined ? 'component' : 'service';
    const took = endedAt - beganAt;
    const released = (releasedAt ?? endedAt) - beganAt;
    rows.set(unit, { name: unit.label, kind, beganAt, took, released, after: [] });
  }
  for (const [unit, row] of rows) {
    for (const other of waited.get(unit) ?? []) {
      const found = rows.get(other);
      if (found !== undefined) row.after.push(found);
    }
  }
  return [...rows.values()].sort((a, b) => a.beganAt - b.beganAt);
}
