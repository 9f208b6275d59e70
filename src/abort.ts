import { setMaxListeners } from 'node:events';

/** A controller whose signal any number may listen to; by itself Node takes more than ten for a leak and warns. */
export function abortController(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

/** Whether something was thrown because a signal had aborted: what `fetch`, streams and timers reject with then. */
export function isAbortOf(signal: AbortSignal, thrown: unknown): boolean {
  return signal.aborted && (thrown === signal.reason || (thrown instanceof Error && thrown.name === 'AbortError'));
}
