/** What happens to a process, in words. */

import type { HeapEvent, UncaughtEvent } from '../events/process-events.ts';

const MEGABYTE = 2 ** 20;

/** `Uncaught exception in what Api.onStart has set off: no port`. */
export function uncaughtText({
  origin,
  error,
  service,
  step,
}: Pick<UncaughtEvent, 'origin' | 'error' | 'service' | 'step'>): string {
  const what = origin === 'exception' ? 'Uncaught exception' : 'Unhandled rejection';
  const where =
    service === undefined
      ? ''
      : ` in what ${step === 'task' ? `a task of ${service}` : `${service}.${step}`} has set off`;
  return `${what}${where}: ${error.message}`;
}

/** `58.2 MB`. */
export function megabytes(bytes: number): string {
  return `${Math.round((bytes / MEGABYTE) * 10) / 10} MB`;
}

export function heapText({ used, limit }: Pick<HeapEvent, 'used' | 'limit'>): string {
  const share = Math.round((used / limit) * 100);
  return `The heap has ${megabytes(used)} of ${megabytes(limit)} in use (${share} %), after a full garbage collection; when it is full the process ends at once, without a stop. Give it more with node --max-old-space-size=${Math.ceil((2 * limit) / MEGABYTE)}, or look for what is held in vain in a snapshot: node --heapsnapshot-near-heap-limit=1`;
}
