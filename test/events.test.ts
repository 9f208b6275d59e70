import { describe, expect, it } from 'vitest';
import { Events, type LifecycleEvent } from '../src/events.ts';

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

  it('want a function', () => {
    expect(() => new Events(() => 0).on('x' as never)).toThrow('on() expects a function, got x');
  });
});
