import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventStream } from '../../src/events/event-stream.ts';
import { Events } from '../../src/events/events.ts';
import type { LifecycleEvent } from '../../src/events/lifecycle-event.ts';
import { handMade, service } from '../support/hand-made.ts';
import { rejection, tick } from '../support/recorded.ts';

function emitter(): { readonly events: Events; readonly emit: (...names: string[]) => void } {
  const events = new Events(() => 0);
  return {
    events,
    emit: (...names) => {
      for (const service of names) events.emit({ kind: 'service:joined', service });
    },
  };
}

const nameOf = (event: LifecycleEvent): string => ('service' in event ? event.service : '');

async function names(stream: EventStream): Promise<string[]> {
  const all: string[] = [];
  for await (const event of stream) all.push(nameOf(event));
  return all;
}

/** Whether anybody listens. */
const isHeard = (events: Events): boolean => events.wants('service:joined');

describe('a stream of events', () => {
  it('has what happens from its making on, at its reader’s pace', async () => {
    const { events, emit } = emitter();
    emit('before');
    const stream = new EventStream(events);
    emit('A', 'B');
    const seen: string[] = [];
    for await (const event of stream) {
      seen.push(nameOf(event));
      if (seen.length === 2) setImmediate(emit, 'C');
      if (seen.length === 3) break;
    }
    expect(seen).toEqual(['A', 'B', 'C']);
    expect(isHeard(events)).toBe(false);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it('ends when its signal aborts, after what had happened by then', async () => {
    const { events, emit } = emitter();
    const controller = new AbortController();
    const stream = new EventStream(events, { signal: controller.signal });
    emit('A', 'B');
    controller.abort();
    emit('C');
    expect(isHeard(events)).toBe(false);
    expect(await names(stream)).toEqual(['A', 'B']);
  });

  it('ends for those who wait, and at once under a signal that has aborted', async () => {
    const { events, emit } = emitter();
    const controller = new AbortController();
    const stream = new EventStream(events, { signal: controller.signal });
    const waiting = [stream.next(), stream.next()];
    emit('A');
    controller.abort();
    expect(await Promise.all(waiting)).toMatchObject([{ value: { service: 'A' } }, { done: true }]);
    expect(await names(new EventStream(events, { signal: controller.signal }))).toEqual([]);
    expect(isHeard(events)).toBe(false);
  });

  it('listens no longer when its loop throws, nor when it is disposed of', async () => {
    const { events, emit } = emitter();
    const stream = new EventStream(events);
    emit('A');
    const loop = async (): Promise<void> => {
      for await (const event of stream) throw new Error(nameOf(event));
    };
    expect(await rejection(loop())).toMatchObject({ message: 'A' });
    expect(isHeard(events)).toBe(false);
    {
      await using unread = new EventStream(events);
      emit('B');
      expect((await unread.next()).value).toMatchObject({ service: 'B' });
    }
    expect(isHeard(events)).toBe(false);
  });

  it('ends with an error once its queue was full, after all that was in it, and keeps no more', async () => {
    const { events, emit } = emitter();
    const stream = new EventStream(events, { maxQueue: 2 });
    emit('A', 'B');
    expect(isHeard(events)).toBe(true);
    emit('C', 'D');
    expect(isHeard(events)).toBe(false);
    const seen: string[] = [];
    const loop = async (): Promise<void> => {
      for await (const event of stream) seen.push(nameOf(event));
    };
    expect(await rejection(loop())).toMatchObject({
      code: 'LIFECYCLE_EVENTS_LOST',
      data: { maxQueue: 2 },
      message: expect.stringContaining('2 events were waiting for the reader of watch() when one more came'),
    });
    expect(seen).toEqual(['A', 'B']);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it('refuses what makes no sense', () => {
    const { events } = emitter();
    const watch = (options: object): (() => EventStream) => {
      return () => new EventStream(events, options);
    };
    expect(watch({ maxQueue: 0 })).toThrow('watch({ maxQueue }) must be a whole number of 1 or more, got 0');
    expect(watch({ maxQueue: 1.5 })).toThrow('got 1.5');
    expect(watch({ signal: 'x' })).toThrow("watch({ signal }) must be an AbortSignal, got 'x'");
    expect(watch({ signl: undefined })).toThrow("watch(): there is no option 'signl'; did you mean signal?");
    expect(isHeard(events)).toBe(false);
  });

  it('agrees with a model, whatever happens in whatever order', async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.constant('emit' as const) },
      { weight: 6, arbitrary: fc.constant('read' as const) },
      { weight: 1, arbitrary: fc.constantFrom('abort' as const, 'return' as const) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 5 }), async (steps, maxQueue) => {
        const { events, emit } = emitter();
        const controller = new AbortController();
        const stream = new EventStream(events, { signal: controller.signal, maxQueue });
        const got: Promise<string>[] = [];
        const model = { queue: [] as string[], waiting: [] as number[], isOver: false, expected: [] as string[] };
        const end = (): void => {
          model.isOver = true;
          for (const index of model.waiting.splice(0)) model.expected[index] = 'over';
        };
        const arrive = (name: string): void => {
          const reader = model.waiting.shift();
          if (model.isOver) return;
          if (reader !== undefined) model.expected[reader] = name;
          else if (model.queue.filter((each) => each !== 'error').length < maxQueue) model.queue.push(name);
          else {
            model.queue.push('error');
            end();
          }
        };
        for (const [index, what] of steps.entries()) {
          if (what === 'emit') {
            arrive(`${index}`);
            emit(`${index}`);
          } else if (what === 'read') {
            const next = model.queue.shift() ?? (model.isOver ? 'over' : undefined);
            if (next === undefined) model.waiting.push(model.expected.length);
            model.expected.push(next ?? 'waits');
            got.push(
              stream.next().then(
                ({ value }) => (value === undefined ? 'over' : nameOf(value)),
                () => 'error',
              ),
            );
          } else if (what === 'abort') {
            controller.abort();
            end();
          } else {
            void stream.return();
            model.queue.length = 0;
            end();
          }
        }
        await tick();
        const settled = await Promise.all(got.map((each) => Promise.race([each, tick().then(() => 'waits')])));
        expect(settled).toEqual(model.expected);
        expect(isHeard(events)).toBe(!model.isOver);
      }),
      { numRuns: 500 },
    );
  });
});

describe('watch()', () => {
  it('is the stream of a lifecycle', async () => {
    const lifecycle = handMade({ Db: service({}) });
    const stream = lifecycle.watch();
    await lifecycle.startAll();
    await lifecycle.stopAll();
    const kinds: string[] = [];
    for await (const { kind } of stream) {
      kinds.push(kind);
      if (kind === 'app:stopped') break;
    }
    expect(kinds).toContain('service:running');
    expect(kinds.at(-1)).toBe('app:stopped');
  });
});
