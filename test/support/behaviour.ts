import fc from 'fast-check';
import { type Clock, sleep } from '../../src/clock.ts';

/** What a hook does when it is called. */
export type Behaviour =
  | { readonly kind: 'returns' }
  | { readonly kind: 'takes'; readonly ms: number }
  | { readonly kind: 'throws'; readonly thrown: unknown }
  | { readonly kind: 'rejects'; readonly ms: number; readonly thrown: unknown }
  | { readonly kind: 'hangs' }
  | { readonly kind: 'thenable hangs' }
  /** Waits long, and rejects as soon as its signal aborts, as `fetch` does. */
  | { readonly kind: 'heeds'; readonly ms: number };

export const returns: Behaviour = { kind: 'returns' };

export function takes(ms: number): Behaviour {
  return { kind: 'takes', ms };
}

/** @returns what the hook gives back */
export function behave(behaviour: Behaviour, clock: Clock, signal: AbortSignal): unknown {
  switch (behaviour.kind) {
    case 'returns':
      return undefined;
    case 'takes':
      return sleep(clock, behaviour.ms);
    case 'throws':
      throw behaviour.thrown;
    case 'rejects':
      return sleep(clock, behaviour.ms).then(() => Promise.reject(behaviour.thrown));
    case 'hangs':
      return new Promise(() => {});
    case 'thenable hangs':
      // biome-ignore lint/suspicious/noThenProperty: a thenable that never settles is what is to be tested
      return { then() {} };
    case 'heeds':
      return sleep(clock, behaviour.ms, signal).then(() => signal.throwIfAborted());
  }
}

/** Whether it ends without a failure and by itself within so many milliseconds. */
export function endsWithin(behaviour: Behaviour, ms: number): boolean {
  return behaviour.kind === 'returns' || (behaviour.kind === 'takes' && behaviour.ms <= ms);
}

const thrown = fc.constantFrom<unknown>(
  new Error('boom'),
  'a text',
  undefined,
  null,
  42,
  { code: 1 },
  Object.create(null),
);

export const healthy: fc.Arbitrary<Behaviour> = fc.oneof(
  fc.constant(returns),
  fc.integer({ min: 0, max: 2_000 }).map(takes),
);

export const faulty: fc.Arbitrary<Behaviour> = fc.oneof(
  thrown.map((error): Behaviour => ({ kind: 'throws', thrown: error })),
  fc.record({ kind: fc.constant('rejects' as const), ms: fc.integer({ min: 0, max: 2_000 }), thrown }),
  fc.constant<Behaviour>({ kind: 'hangs' }),
  fc.constant<Behaviour>({ kind: 'thenable hangs' }),
  fc.integer({ min: 1_000, max: 90_000 }).map((ms): Behaviour => ({ kind: 'heeds', ms })),
  fc.integer({ min: 10_000, max: 90_000 }).map(takes),
);

/** Mostly healthy. */
export const anyHook = fc.oneof({ weight: 6, arbitrary: healthy }, { weight: 1, arbitrary: faulty });
