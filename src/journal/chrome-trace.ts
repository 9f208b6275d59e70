import type { StateName } from '../lifecycle/state.ts';
import type { JournalRun } from './journal-file.ts';
import { Tracks } from './tracks.ts';
import type { WrittenEvent } from './written.ts';

/** One entry of Chrome's trace format, which Perfetto and `chrome://tracing` open; times are in microseconds. */
export interface TraceEntry {
  /** `X` a span, `i` an instant, `s` and `f` the ends of an arrow, `M` a name of a track. */
  readonly ph: 'X' | 'i' | 's' | 'f' | 'M';
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly [more: string]: unknown;
}

type OfKind<P extends string> = Extract<WrittenEvent, { kind: P }>;
type StateChange = OfKind<`service:${StateName}` | `app:${StateName}`>;

/** What is drawn as an instant, with its words. */
const INSTANTS: ReadonlySet<WrittenEvent['kind']> = new Set<WrittenEvent['kind']>([
  ...(['incident', 'stop:requested', 'start:failed', 'service:crashed', 'service:dependencyDown'] as const),
  ...(['step:slow', 'step:failed', 'step:abandoned', 'task:failed', 'task:missed', 'task:abandoned'] as const),
  ...(['bind:failed', 'loop:blocked', 'guard:misuse', 'listener:failed'] as const),
]);

/** States that are no span: nothing goes on. */
const QUIET: ReadonlySet<StateName> = new Set(['idle', 'stopped', 'crashed']);

/** The name of the track that tells of the application as a whole. */
const APPLICATION = 'application';

/**
 * A run as a trace: a track for each service with its spans of starting, running, stopping and restarting, and its steps
 * within; a track for each task with its runs; incidents and what else went wrong as instants; an arrow from where a
 * dependency runs to where its dependent starts.
 */
export function* chromeTrace({ header, events }: Pick<JournalRun, 'header' | 'events'>): Generator<TraceEntry> {
  const drawing = new Drawing(header.at, header.pid);
  for (const event of events) yield* drawing.take(event);
  yield* drawing.end();
}

/** The trace as a file, piece by piece. */
export function* chromeTraceText(run: Pick<JournalRun, 'header' | 'events'>): Generator<string> {
  const { at, node, pid } = run.header;
  const otherData = { startedAt: new Date(at).toISOString(), node, pid };
  yield `{"displayTimeUnit":"ms","otherData":${JSON.stringify(otherData)},"traceEvents":[`;
  let separator = '\n';
  for (const entry of chromeTrace(run)) {
    yield `${separator}${JSON.stringify(entry)}`;
    separator = ',\n';
  }
  yield '\n]}\n';
}

interface Phase {
  readonly state: StateName;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

class Drawing {
  readonly #begin: number;
  readonly #pid: number;
  readonly #tracks = new Tracks(APPLICATION);
  readonly #phases = new Map<string, Phase>();
  readonly #needs = new Map<string, Set<string>>();
  /** Runs under way, by the event of their beginning. */
  readonly #runs = new Map<number, { readonly began: OfKind<'task:began'>; readonly tid: number }>();
  /** Where the last step or run on a track has ended: times of events are cut to milliseconds, and durations are not. */
  readonly #ends = new Map<number, number>();
  #last: number;
  #arrows = 0;

  constructor(begin: number, pid: number) {
    this.#begin = begin;
    this.#last = begin;
    this.#pid = pid;
  }

  *take(event: WrittenEvent): Generator<TraceEntry> {
    this.#last = Math.max(this.#last, event.at);
    if ('from' in event) yield* this.#move(event);
    else if (event.kind === 'service:linked') this.#needsOf(event.service).add(event.dependency);
    else if (event.kind === 'service:unlinked') this.#needsOf(event.service).delete(event.dependency);
    else if (event.kind === 'step:done' || event.kind === 'step:failed' || event.kind === 'step:abandoned') {
      yield this.#step(event);
    } else if (event.kind === 'task:began') this.#begins(event);
    else if (event.kind === 'task:ended') yield* this.#ended(event);
    if (INSTANTS.has(event.kind)) yield this.#instant(event);
  }

  /** What goes on still is drawn up to the last event; then the names of the tracks. */
  *end(): Generator<TraceEntry> {
    for (const [name, phase] of this.#phases) yield* this.#span(name, phase, this.#last);
    for (const run of this.#runs.values()) yield this.#run(run.began, run.tid, this.#last - run.began.at, 'under way');
    for (const { tid, name, order } of this.#tracks.all) {
      yield this.#entry('M', 'thread_name', tid, this.#begin, { args: { name } });
      yield this.#entry('M', 'thread_sort_index', tid, this.#begin, { args: { sort_index: order } });
    }
  }

  *#move(event: StateChange): Generator<TraceEntry> {
    const [family, name] = event.kind.split(':') as ['app' | 'service', StateName];
    const who = family === 'app' ? APPLICATION : (event as OfKind<`service:${StateName}`>).service;
    const before = this.#phases.get(who);
    if (before !== undefined) yield* this.#span(who, before, event.at);
    this.#phases.set(who, { state: name, since: event.at });
    if (family === 'service' && name === 'starting') yield* this.#arrowsTo(who, event.at);
  }

  *#span(who: string, { state, since }: Phase, until: number): Generator<TraceEntry> {
    if (QUIET.has(state)) return;
    yield this.#bar(state, this.#tracks.of(who), [since, until], { cat: 'state' });
  }

  /** From where a dependency has come to run to where the dependent starts. */
  *#arrowsTo(service: string, at: number): Generator<TraceEntry> {
    for (const dependency of this.#needsOf(service)) {
      const phase = this.#phases.get(dependency);
      if (phase?.state !== 'running') continue;
      const id = ++this.#arrows;
      yield this.#entry('s', 'needs', this.#tracks.of(dependency), phase.since, { cat: 'dependency', id });
      yield this.#entry('f', 'needs', this.#tracks.of(service), at, { cat: 'dependency', id, bp: 'e' });
    }
  }

  /** Its beginning is rounded: it is not drawn before the state that it is part of, nor before the last one's end. */
  #step(event: OfKind<'step:done' | 'step:failed' | 'step:abandoned'>): TraceEntry {
    const { kind, service, step, duration, at, error } = event;
    const tid = this.#tracks.of(service);
    const earliest = Math.max(this.#phases.get(service)?.since ?? 0, this.#ends.get(tid) ?? 0);
    const since = Math.min(at, Math.max(at - duration, earliest));
    this.#ends.set(tid, at);
    const args = { outcome: kind.slice('step:'.length), ...(error && { error: error.message }) };
    return this.#bar(step, tid, [since, at], { cat: 'step', args });
  }

  #begins(began: OfKind<'task:began'>): void {
    const tid = this.#tracks.take(began.service, `${began.service}.${began.task}`);
    this.#runs.set(began.id, { began, tid });
  }

  *#ended({ parent, duration, outcome }: OfKind<'task:ended'>): Generator<TraceEntry> {
    const run = parent === undefined ? undefined : this.#runs.get(parent);
    // It began before the journal did.
    if (run === undefined || parent === undefined) return;
    this.#runs.delete(parent);
    this.#tracks.giveBack(run.tid);
    yield this.#run(run.began, run.tid, duration, outcome);
  }

  #run({ task, run, at, lateness }: OfKind<'task:began'>, tid: number, duration: number, outcome: string): TraceEntry {
    const since = Math.max(at, this.#ends.get(tid) ?? 0);
    const until = since + duration;
    this.#ends.set(tid, until);
    const args = { run, lateness, outcome };
    return this.#bar(task, tid, [since, until], { cat: 'task', args });
  }

  #instant(event: WrittenEvent): TraceEntry {
    const { id: _, parent: __, at, kind, ...args } = event;
    const who = 'service' in event && event.service !== undefined ? event.service : APPLICATION;
    return this.#entry('i', kind, this.#tracks.of(who), at, { cat: 'incident', s: 't', args });
  }

  #needsOf(service: string): Set<string> {
    const needs = this.#needs.get(service) ?? new Set();
    this.#needs.set(service, needs);
    return needs;
  }

  /** Both ends are rounded, and not its length: the next one may begin at its end. */
  #bar(name: string, tid: number, [since, until]: readonly [number, number], more: object): TraceEntry {
    const dur = microseconds(until - this.#begin) - microseconds(since - this.#begin);
    return this.#entry('X', name, tid, since, { ...more, dur: Math.max(0, dur) });
  }

  #entry(ph: TraceEntry['ph'], name: string, tid: number, at: number, more: object): TraceEntry {
    return { ph, name, pid: this.#pid, tid, ts: microseconds(at - this.#begin), ...more };
  }
}

/** A clock that was set back makes no span negative. */
function microseconds(ms: number): number {
  return Math.max(0, Math.round(ms * 1_000));
}
