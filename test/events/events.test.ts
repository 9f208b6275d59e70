import { describe, expect, it } from 'vitest';
import { Events } from '../../src/events/events.ts';
import type { LifecycleEvent } from '../../src/events/lifecycle-event.ts';
import { tick } from '../support/recorded.ts';

const joined = (service: string) => ({ kind: 'service:joined', service }) as const;

describe('events', () => {
  it('are numbered from 1, dated, and know their parent', () => {
    const events = new Events(() => 42);
    const seen: LifecycleEvent[] = [];
    events.on((event) => seen.push(event));
    const parent = events.emit(joined('A'));
    events.emit(joined('B'), parent);
    expect(seen).toEqual([
      { id: 1, parent: undefined, at: 42, kind: 'service:joined', service: 'A' },
      { id: 2, parent: 1, at: 42, kind: 'service:joined', service: 'B' },
    ]);
  });

  it('reach each subscription until it is undone, also twice, also from inside the listener', () => {
    const events = new Events(() => 0);
    let heard = 0;
    const listener = (): void => void heard++;
    const undo = events.on(listener);
    events.on(listener);
    events.emit(joined('A'));
    expect(heard).toBe(2);
    undo();
    undo();
    events.emit(joined('B'));
    expect(heard).toBe(3);
    let once = 0;
    const off = events.on(() => {
      once++;
      off();
    });
    events.emit(joined('C'));
    events.emit(joined('D'));
    expect(once).toBe(1);
  });

  it('that a listener leads to come in order for all listeners', () => {
    const events = new Events(() => 0);
    events.on((event) => {
      if (event.kind === 'service:joined' && event.service === 'A') events.emit(joined('B'), event.id);
    });
    const second: number[] = [];
    events.on(({ id }) => second.push(id));
    events.emit(joined('A'));
    expect(second).toEqual([1, 2]);
  });

  it('go on when a listener throws; that is an event too, but not for ever', () => {
    const events = new Events(() => 0);
    const seen: LifecycleEvent[] = [];
    events.on(() => {
      throw 'not an error';
    });
    events.on((event) => seen.push(event));
    events.emit(joined('A'));
    expect(seen).toMatchObject([
      { kind: 'service:joined' },
      { kind: 'listener:failed', parent: 1, error: { message: 'a listener threw not an error' } },
    ]);
    events.emit(joined('B'));
    expect(seen).toHaveLength(4);
  });

  it('go on when a listener rejects, which is told of as well', async () => {
    const events = new Events(() => 0);
    const seen: LifecycleEvent[] = [];
    events.on(async () => {
      throw new Error('later');
    });
    // biome-ignore lint/suspicious/noThenProperty: not every promise is one of the language's
    events.on(() => ({ then: (_: unknown, reject: (thrown: unknown) => void) => reject('no error') }));
    events.on((event) => seen.push(event));
    events.emit(joined('A'));
    expect(seen).toHaveLength(1);
    await tick();
    expect(seen.slice(1)).toMatchObject([
      { kind: 'listener:failed', parent: 1, error: { message: 'later' } },
      { kind: 'listener:failed', parent: 1, error: { message: 'a listener threw no error' } },
    ]);
    await tick();
    expect(seen).toHaveLength(3);
  });

  it('go on when a listener cannot say what it wants: it is called then', () => {
    const events = new Events(() => 0);
    const seen: string[] = [];
    const listener = ({ kind }: LifecycleEvent): void => {
      seen.push(kind);
      throw new Error('broken');
    };
    events.on(listener, () => {
      throw new Error('broken');
    });
    events.emit(joined('A'));
    events.emit(joined('B'));
    expect(seen).toEqual(['service:joined', 'listener:failed', 'service:joined', 'listener:failed']);
  });

  it('that happened before a listener came do not reach it, even where they are still to be handed on', () => {
    const events = new Events(() => 0);
    const late: number[] = [];
    let isFirst = true;
    events.on(() => {
      if (!isFirst) return;
      isFirst = false;
      events.emit(joined('B'));
      events.on(({ id }) => late.push(id));
      events.emit(joined('C'));
    });
    events.emit(joined('A'));
    expect(late).toEqual([3]);
  });

  it('do not reach a listener that another one has taken away', () => {
    const events = new Events(() => 0);
    let heard = 0;
    events.on(() => undo());
    const undo = events.on(() => heard++);
    events.emit(joined('A'));
    expect(heard).toBe(0);
  });

  it('want a function', () => {
    expect(() => new Events(() => 0).on('x' as never)).toThrow('on() expects a function, got x');
  });
});
