import { humanize } from '../duration.ts';
import { type ServiceSpan, serviceSpans } from './service-spans.ts';
import type { WrittenEvent } from './written.ts';

/** A time in which nothing starts or stops is cut where it is longer than this share of all starts and stops. */
const LONG = 0.25;

/** A time that was cut out. */
interface Cut {
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  /** How much of it is drawn, in milliseconds. */
  readonly drawn: number;
}

/**
 * Starts and stops as a Mermaid Gantt chart, a section for each service. A program starts in a second and runs for days: the
 * long times in between, in which nothing starts or stops, are cut short, and milestones say how long they were.
 */
export function gantt(events: Iterable<WrittenEvent>): string {
  const spans = [...serviceSpans(events)].sort((one, other) => one.from - other.from);
  const begin = spans[0]?.from ?? 0;
  const cuts = cutsOf(spans);
  const drawnAt = (at: number): number => Math.round(at - begin - lost(at, cuts));
  const lines = ['gantt', '  title Starts and stops', '  dateFormat x', '  axisFormat %M:%S.%L'];
  if (cuts.length > 0) {
    lines.push('  section Application');
    for (const { from, to } of cuts) lines.push(`  ${humanize(to - from)} go by :milestone, ${drawnAt(from)}, 1ms`);
  }
  for (const [service, own] of grouped(spans)) {
    lines.push(`  section ${plain(service)}`);
    for (const span of own) lines.push(`  ${lineOf(span, drawnAt)}`);
  }
  return `${lines.join('\n')}\n`;
}

function lineOf({ what, from, to, end }: ServiceSpan, drawnAt: (at: number) => number): string {
  const isBad = end === 'crashed' || (what === 'start' && end === 'stopping');
  const tag = isBad ? 'crit, ' : what === 'stop' ? 'done, ' : 'active, ';
  const outcome = end === undefined ? ', under way' : isBad ? ', failed' : '';
  const begin = drawnAt(from);
  // Nothing is drawn of what takes no time.
  return `${what} ${humanize(to - from)}${outcome} :${tag}${begin}, ${Math.max(begin + 1, drawnAt(to))}`;
}

/** Where it is long that nothing starts or stops, beside all that does. */
function cutsOf(spans: readonly ServiceSpan[]): Cut[] {
  const gaps: { from: number; to: number }[] = [];
  let busy = 0;
  let end = spans[0]?.from ?? 0;
  for (const { from, to } of spans) {
    if (from > end) gaps.push({ from: end, to: from });
    busy += Math.max(0, to - Math.max(from, end));
    end = Math.max(end, to);
  }
  const drawn = Math.max(1, busy * LONG);
  return gaps.filter(({ from, to }) => to - from > drawn).map((gap) => ({ ...gap, drawn }));
}

/** How much of the time up to a moment is cut out. */
function lost(at: number, cuts: readonly Cut[]): number {
  let sum = 0;
  for (const { from, to, drawn } of cuts) if (at >= to) sum += to - from - drawn;
  return sum;
}

function grouped(spans: readonly ServiceSpan[]): Map<string, ServiceSpan[]> {
  const groups = new Map<string, ServiceSpan[]>();
  for (const span of spans) groups.set(span.service, [...(groups.get(span.service) ?? []), span]);
  return groups;
}

/** Without what means something to Mermaid. */
function plain(name: string): string {
  return name.replace(/[\s:;#%,]+/g, ' ').trim() || 'service';
}
