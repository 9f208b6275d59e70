import type { StateName } from '../lifecycle/state.ts';
import type { WrittenEvent } from './written.ts';

/** A start or a stop of a service. */
export interface ServiceSpan {
  readonly service: string;
  readonly what: 'start' | 'stop';
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  /** What it led to; undefined while it goes on where the journal ends. */
  readonly end: StateName | undefined;
}

type Open = Omit<ServiceSpan, 'to' | 'end'>;

const BEGINS: Partial<Record<WrittenEvent['kind'], ServiceSpan['what']>> = {
  'service:starting': 'start',
  'service:stopping': 'stop',
};

/** Every start and stop of every service, in the order in which they end. */
export function* serviceSpans(events: Iterable<WrittenEvent>): Generator<ServiceSpan> {
  const open = new Map<string, Open>();
  let last = 0;
  for (const event of events) {
    last = Math.max(last, event.at);
    if (!('from' in event) || !('service' in event)) continue;
    const { kind, service, at } = event;
    const span = open.get(service);
    open.delete(service);
    if (span !== undefined) yield { ...span, ...ending(span, event), end: kind.slice('service:'.length) as StateName };
    const what = BEGINS[kind];
    if (what !== undefined) open.set(service, { service, what, from: at });
  }
  for (const span of open.values()) yield { ...span, to: Math.max(span.from, last), end: undefined };
}

/** What is dated in whole milliseconds is told more exactly where the event knows how long it took. */
function ending({ from }: Open, event: WrittenEvent): Pick<ServiceSpan, 'to'> {
  const exact = 'startDuration' in event ? event.startDuration : undefined;
  return { to: exact === undefined ? Math.max(from, event.at) : from + exact };
}
