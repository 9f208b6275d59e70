import { constants, PerformanceObserver } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { Companion } from '../worker/companion.ts';

/**
 * The share of the limit from which on the heap is told of, and the one below which it may be told of again. V8 gives up when
 * collections bring little: with 64 MB at 86 %.
 */
const HIGH = 0.8;
const WELL_BELOW = 0.65;

const MEGABYTE = 2 ** 20;

/** Node's flag, which may be written with dashes or underscores. */
const FLAG = /--max[-_]old[-_]space[-_]size[= ](\d+)/g;

/** What is in use of a heap, and what may be, in bytes. */
export interface HeapLevel {
  readonly used: number;
  readonly limit: number;
}

/** Tells each crossing of the mark once: after it the level has to be well below before the next one counts. */
export class HeapGauge {
  readonly #tell: (level: HeapLevel) => void;
  #isHigh = false;

  constructor(tell: (level: HeapLevel) => void) {
    this.#tell = tell;
  }

  measured(level: HeapLevel): void {
    const share = level.used / level.limit;
    const wasHigh = this.#isHigh;
    if (share >= HIGH) this.#isHigh = true;
    else if (share < WELL_BELOW) this.#isHigh = false;
    if (this.#isHigh && !wasHigh) this.#tell(level);
  }
}

/**
 * Looks after each full garbage collection, of which Node tells: only then what is in use is what is needed, and a program that
 * is idle has none. Whoever fills the heap in one go, without a turn of the event loop, is not told in time.
 */
export const heapWatch: Companion = ({ lifecycle }) => {
  const gauge = new HeapGauge((level) => lifecycle.events.emit({ kind: 'process:heapNearLimit', ...level }));
  const observer = new PerformanceObserver((list) => {
    const isFull = (entry: object): boolean => kindOf(entry) === constants.NODE_PERFORMANCE_GC_MAJOR;
    if (list.getEntries().some(isFull)) gauge.measured(heapLevel());
  });
  observer.observe({ entryTypes: ['gc'] });
  return () => observer.disconnect();
};

/** The level at this moment. V8's own limit counts what is young too, of which the flag of Node says nothing. */
export function heapLevel(args: readonly string[] = nodeFlags()): HeapLevel {
  const { used_heap_size: used, heap_size_limit: all } = getHeapStatistics();
  const [, flag] = [...args.join(' ').matchAll(FLAG)].at(-1) ?? [];
  return { used, limit: flag === undefined ? all : Math.min(all, Number(flag) * MEGABYTE) };
}

/** The command line counts more than the environment. */
function nodeFlags(): string[] {
  return [process.env.NODE_OPTIONS ?? '', ...process.execArgv];
}

/** Of a garbage collection. */
function kindOf(entry: { readonly detail?: { readonly kind?: unknown } }): unknown {
  return entry.detail?.kind;
}
