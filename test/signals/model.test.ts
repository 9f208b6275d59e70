import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Connection } from '../../src/signals/connections.ts';
import { Signal } from '../../src/signals/signal.ts';
import { SignalError } from '../../src/signals/signal-error.ts';
import { SyncSignal } from '../../src/signals/sync-signal.ts';

/** What a handler does when it is called. */
type Deed =
  | { readonly kind: 'nothing' | 'throw' }
  | { readonly kind: 'connect' }
  | { readonly kind: 'disconnect'; readonly which: number };

type Step =
  | { readonly kind: 'connect'; readonly sender: string | undefined; readonly once: boolean; readonly deed: Deed }
  | { readonly kind: 'disconnect'; readonly which: number }
  | { readonly kind: 'send'; readonly sender: string | undefined };

const which = fc.nat({ max: 12 });
const sender = fc.constantFrom(undefined, 'a', 'b');
const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({ kind: fc.constantFrom('nothing' as const, 'throw' as const, 'connect' as const) }),
  fc.record({ kind: fc.constant('disconnect' as const), which }),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('connect' as const), sender, once: fc.boolean(), deed }),
  fc.record({ kind: fc.constant('disconnect' as const), which }),
  fc.record({ kind: fc.constant('send' as const), sender }),
);

/** What is to be seen: which handlers were called, with what sender, and how many failed in each send. */
interface Sight {
  readonly calls: string[];
  readonly failures: number[];
  size: number;
}

/** All that a signal is, in one list. */
function model(steps: readonly Step[]): Sight {
  const sight: Sight = { calls: [], failures: [], size: 0 };
  const links: { readonly sender: string | undefined; readonly once: boolean; readonly deed: Deed; on: boolean }[] = [];
  const off = (index: number): void => {
    const link = links[index];
    if (link !== undefined) link.on = false;
  };
  for (const each of steps) {
    if (each.kind === 'connect') links.push({ ...each, on: true });
    else if (each.kind === 'disconnect') off(each.which);
    else {
      let failures = 0;
      const reached = links.filter((link) => link.on && (link.sender === undefined || link.sender === each.sender));
      for (const link of reached) {
        if (!link.on) continue;
        if (link.once) link.on = false;
        sight.calls.push(`${links.indexOf(link)} by ${each.sender}`);
        if (link.deed.kind === 'throw') failures++;
        if (link.deed.kind === 'connect') {
          links.push({ sender: undefined, once: false, deed: { kind: 'nothing' }, on: true });
        }
        if (link.deed.kind === 'disconnect') off(link.deed.which);
      }
      sight.failures.push(failures);
    }
  }
  sight.size = links.filter(({ on }) => on).length;
  return sight;
}

/** The same steps with the real thing. */
async function real(signal: Signal<[], string> | SyncSignal<[], string>, steps: readonly Step[]): Promise<Sight> {
  const sight: Sight = { calls: [], failures: [], size: 0 };
  const connections: Connection[] = [];
  const connect = (from: string | undefined, once: boolean, todo: Deed): void => {
    const index = connections.length;
    const handler = (context: { readonly sender: string | undefined }): void => {
      sight.calls.push(`${index} by ${context.sender}`);
      if (todo.kind === 'throw') throw new Error(`${index}`);
      if (todo.kind === 'connect') connect(undefined, false, { kind: 'nothing' });
      if (todo.kind === 'disconnect') connections[todo.which]?.disconnect();
    };
    connections.push(signal.connect(handler, from === undefined ? { once } : { sender: from, once }));
  };
  for (const each of steps) {
    if (each.kind === 'connect') connect(each.sender, each.once, each.deed);
    else if (each.kind === 'disconnect') connections[each.which]?.disconnect();
    else {
      try {
        await (each.sender === undefined ? signal : signal.with({ sender: each.sender })).send();
        sight.failures.push(0);
      } catch (error) {
        sight.failures.push(error instanceof SignalError ? error.errors.length : Number.NaN);
      }
    }
  }
  sight.size = signal.size;
  return sight;
}

describe('signals', () => {
  it.each([
    ['asynchronous', () => new Signal<[], string>()],
    ['synchronous', () => new SyncSignal<[], string>()],
  ])('agree with a list of handlers, whatever these do to each other: %s', async (_, make) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        expect(await real(make(), steps)).toEqual(model(steps));
      }),
      { numRuns: 1_000 },
    );
  });
});
