import type { Clock } from '../clock.ts';
import type { OpenResource } from './resources.ts';

/**
 * What a test hands to the code under test, to be bound in place of the real world: its time, its chance, its I/O. In a
 * simulation it is what the seed makes of it.
 */
export interface TestWorld {
  /** What the world is made of; 0 outside a simulation. */
  readonly seed: number;
  /** The lifecycle's time, for services that are injected with a `Clock`. */
  readonly clock: Clock;
  /** A number from 0 up to 1, the same for the same seed. */
  random(): number;
  /**
   * Stands for real I/O, in a double: takes a moment, and in a simulation may fail, take long, or never end. Where the signal
   * aborts first it rejects with its reason, as `fetch` does.
   *
   * @param name what it is, for the trace
   */
  io(name: string, signal?: AbortSignal): Promise<void>;
  /** Stands for something that has to be closed again: what is open once all is down was forgotten. */
  open(name: string): OpenResource;
}
