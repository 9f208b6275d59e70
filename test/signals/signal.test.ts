import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { Signal } from '../../src/signals/signal.ts';
import { SignalError, SignalTimeoutError } from '../../src/signals/signal-error.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { collected } from '../support/garbage.ts';
import { rejection, tick } from '../support/recorded.ts';

const never = (): Promise<never> => new Promise(() => {});

describe('a signal', () => {
  it('calls its handlers in the order they were connected, and waits for all of them', async () => {
    const clock = new ManualClock();
    const signal = new Signal<[text: string, count: number]>();
    const seen: string[] = [];
    const sleep = (ms: number): Promise<void> => new Promise((resolve) => void clock.timer(ms, resolve));
    signal.connect(async (text, count) => {
      seen.push(`first ${text} ${count}`);
      await sleep(20);
      seen.push('first done');
    });
    signal.connect(async () => {
      seen.push('second');
      await sleep(10);
      seen.push('second done');
    });
    signal.connect(() => seen.push('third'));
    let isOver = false;
    const sent = signal.send('a', 1).then(() => {
      isOver = true;
    });
    expect(seen).toEqual(['first a 1', 'second', 'third']);
    await clock.advance(19);
    expect(isOver).toBe(false);
    await clock.advance(1);
    await sent;
    expect(seen.slice(3)).toEqual(['second done', 'first done']);
  });

  it('that nobody listens to is sent all the same', async () => {
    await expect(new Signal().send()).resolves.toBeUndefined();
  });

  it('calls all handlers, whatever one does, and tells what each threw', async () => {
    const signal = new Signal({ name: 'placed' });
    const [boom, late] = [new Error('boom'), new Error('late')];
    let called = 0;
    signal.connect(async () => {
      await tick();
      throw late;
    });
    signal.connect(() => {
      throw boom;
    });
    signal.connect(() => Promise.reject('no error'));
    signal.connect(() => called++);
    const error = (await rejection(signal.send())) as SignalError;
    expect(error).toBeInstanceOf(SignalError);
    expect(error).toMatchObject({ code: 'LIFECYCLE_SIGNAL_FAILED', name: 'SignalError', data: { signal: 'placed' } });
    expect(error.errors).toEqual([late, boom, 'no error']);
    expect(error.errors[0]).toBe(late);
    expect(error.message).toBe('3 of 4 handlers of signal placed failed:\n  - late\n  - boom\n  - no error');
    expect(called).toBe(1);
  });

  it('tells of one error in the same way', async () => {
    class Placed extends Signal {}
    const signal = new Placed();
    signal.connect(() => {
      throw new Error('boom');
    });
    const error = (await rejection(signal.send())) as SignalError;
    expect(error.message).toBe('the handler of signal Placed failed:\n  - boom');
    expect(error.errors).toMatchObject([{ message: 'boom' }]);
  });

  it('is not stopped by what cannot be turned into a text', async () => {
    const signal = new Signal();
    const thrown = Object.create(null);
    signal.connect(() => Promise.reject(thrown));
    const error = (await rejection(signal.send())) as SignalError;
    expect(error.errors).toEqual([thrown]);
  });

  it('can be sent by one of its handlers', async () => {
    const signal = new Signal<[depth: number]>();
    const seen: number[] = [];
    signal.connect(async (depth) => {
      seen.push(depth);
      if (depth < 3) await signal.send(depth + 1);
    });
    await signal.send(1);
    expect(seen).toEqual([1, 2, 3]);
  });
});

describe('a connection', () => {
  it('ends by disconnect, once and for all, and with its block', async () => {
    const signal = new Signal();
    let called = 0;
    const handler = (): void => void called++;
    const connection = signal.connect(handler);
    {
      using second = signal.connect(handler);
      expect(second.connected).toBe(true);
      expect(signal.size).toBe(2);
      await signal.send();
      expect(called).toBe(2);
    }
    await signal.send();
    expect(called).toBe(3);
    connection.disconnect();
    connection.disconnect();
    expect(connection.connected).toBe(false);
    expect(signal.size).toBe(0);
    await signal.send();
    expect(called).toBe(3);
  });

  it('ends with its signal, and leaves no listener on it', async () => {
    const signal = new Signal();
    const controller = new AbortController();
    let called = 0;
    const [first] = [1, 2].map(() => signal.connect(() => called++, { signal: controller.signal }));
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(2);
    first?.disconnect();
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
    controller.abort();
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    expect(signal.size).toBe(0);
    expect(signal.connect(() => called++, { signal: controller.signal }).connected).toBe(false);
    expect(signal.size).toBe(0);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    await signal.send();
    expect(called).toBe(0);
  });

  it('may be for one call, also when that call sends again', async () => {
    const signal = new Signal();
    let called = 0;
    const connection = signal.connect(
      async () => {
        called++;
        await signal.send();
      },
      { once: true },
    );
    await signal.send();
    await signal.send();
    expect(called).toBe(1);
    expect(connection.connected).toBe(false);
  });

  it('of a handler that disconnects itself or others counts from that moment on', async () => {
    const signal = new Signal();
    const seen: string[] = [];
    const self = signal.connect(async () => {
      self.disconnect();
      other.disconnect();
      signal.connect(() => seen.push('new'));
      await tick();
      seen.push('self, to its end');
    });
    const other = signal.connect(() => seen.push('other'));
    signal.connect(() => seen.push('last'));
    await signal.send();
    expect(seen).toEqual(['last', 'self, to its end']);
    await signal.send();
    expect(seen.slice(2)).toEqual(['last', 'new']);
  });

  it('that ends while its handler is at work is waited for, and its failure told', async () => {
    const signal = new Signal();
    const connection = signal.connect(async () => {
      await tick();
      throw new Error('boom');
    });
    const sent = rejection(signal.send());
    connection.disconnect();
    expect(((await sent) as SignalError).errors).toMatchObject([{ message: 'boom' }]);
  });
});

describe('a sender', () => {
  it('is told to the handlers, and may be what they listen to', async () => {
    const signal = new Signal<[text: string], string>();
    const seen: string[] = [];
    signal.connect((text, { sender }) => seen.push(`all: ${text} of ${sender}`));
    signal.connect((text) => seen.push(`a: ${text}`), { sender: 'a' });
    signal.connect((text) => seen.push(`all again: ${text}`));
    await signal.with({ sender: 'a' }).send('1');
    await signal.with({ sender: 'b' }).send('2');
    await signal.send('3');
    expect(seen).toEqual([
      ...['all: 1 of a', 'a: 1', 'all again: 1'],
      ...['all: 2 of b', 'all again: 2'],
      ...['all: 3 of undefined', 'all again: 3'],
    ]);
  });

  it('that a signal has is whom its own handlers hear', async () => {
    class Door {
      static readonly opened = new Signal<[], Door>({ name: 'Door.opened' });
      readonly opened = Door.opened.with({ sender: this });
      constructor(readonly name: string) {}
    }
    const [front, back] = [new Door('front'), new Door('back')];
    const seen: string[] = [];
    Door.opened.connect(({ sender }) => seen.push(`any: ${sender?.name}`));
    front.opened.connect(({ sender }) => seen.push(`front: ${sender?.name}`));
    await front.opened.send();
    await back.opened.send();
    expect(seen).toEqual(['any: front', 'front: front', 'any: back']);
    expect(() => front.opened.connect(() => {}, { sender: back })).toThrow(
      'connect({ sender }) names somebody else than whose signal this is, so the handler would never be called',
    );
    expect(front.opened.connect(() => {}, { sender: front }).connected).toBe(true);
  });
});

describe('the memory of a signal', () => {
  it('has neither a handler nor a sender that is gone', async () => {
    const signal = new Signal<[], object>();
    const make = (): [WeakRef<object>, WeakRef<object>] => {
      const sender = { name: 'a' };
      const handler = (): unknown => sender;
      signal.connect(handler, { sender }).disconnect();
      return [new WeakRef(sender), new WeakRef(handler)];
    };
    const gone = make();
    expect(await Promise.all(gone.map(collected))).toEqual([true, true]);
  });
});

describe('with() and clone()', () => {
  it('give a signal that has the same handlers, and one that has none', async () => {
    const signal = new Signal<[number]>({ name: 'counted' });
    const seen: string[] = [];
    signal.connect((value) => seen.push(`original ${value}`));
    const clone = signal.clone();
    clone.connect((value) => seen.push(`clone ${value}`));
    const other = signal.with({ timeout: '1s' });
    other.connect((value) => seen.push(`with ${value}`));
    expect([signal.size, other.size, clone.size]).toEqual([2, 2, 1]);
    expect([clone.name, other.name, signal.clone({ name: 'x' }).name]).toEqual(['counted', 'counted', 'x']);
    await signal.send(1);
    await clone.send(2);
    await other.send(3);
    expect(seen).toEqual(['original 1', 'with 1', 'clone 2', 'original 3', 'with 3']);
  });
});

describe('the patience of a signal', () => {
  it('ends at its timeout: who is late is named, and the signal of the handlers aborts', async () => {
    const clock = new ManualClock();
    const signal = new Signal({ name: 'placed', timeout: '5s', clock });
    const seen: unknown[] = [];
    signal.connect(function stuck({ signal: { aborted } }): Promise<never> {
      seen.push(aborted);
      return never();
    });
    signal.connect(() => {
      throw new Error('boom');
    });
    signal.connect(async ({ signal: own }) => {
      await new Promise((resolve) => own.addEventListener('abort', resolve));
      seen.push((own.reason as Error).name);
      throw new Error('too late to be told');
    });
    const sent = rejection(signal.send());
    await clock.advance(5_000);
    const error = (await sent) as SignalError;
    expect(error.errors).toMatchObject([
      { code: 'LIFECYCLE_SIGNAL_TIMEOUT', data: { signal: 'placed', handler: 'stuck', timeout: 5_000 } },
      { message: 'boom' },
      { code: 'LIFECYCLE_SIGNAL_TIMEOUT', data: { handler: '' } },
    ]);
    expect(error.errors[0]).toBeInstanceOf(SignalTimeoutError);
    expect(error.errors[0].message).toBe(
      'the handler stuck of signal placed had not settled after its timeout of 5 s and is not waited for any longer; let it end when the signal that it is given aborts',
    );
    expect(error.errors[2].message).toContain('the handler (anonymous) of signal placed had not settled');
    await tick();
    expect(seen).toEqual([false, 'TimeoutError']);
    expect(clock.pending).toBe(0);
  });

  it('sets no timer where nothing is waited for, and takes it back where all settle in time', async () => {
    const clock = new ManualClock();
    const signal = new Signal({ timeout: 10, clock });
    signal.connect(() => {});
    await signal.send();
    expect(clock.pending).toBe(0);
    signal.connect(() => tick());
    const sent = signal.send();
    expect(clock.pending).toBe(1);
    await sent;
    expect(clock.pending).toBe(0);
  });

  it('ends with the sender’s signal, whose reason send() rejects with', async () => {
    const signal = new Signal({ name: 'placed' });
    const controller = new AbortController();
    const reasons: unknown[] = [];
    signal.connect(({ signal: own }) => {
      own.addEventListener('abort', () => reasons.push(own.reason));
      return never();
    });
    const bounded = signal.with({ signal: controller.signal });
    const sent = rejection(bounded.send());
    const stop = new Error('stop');
    controller.abort(stop);
    expect(await sent).toBe(stop);
    expect(reasons).toEqual([stop]);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    let called = 0;
    signal.connect(() => called++);
    expect(await rejection(bounded.send())).toBe(stop);
    expect(called).toBe(0);
  });

  it('that ends is no failure of a handler that heeds the same signal', async () => {
    const controller = new AbortController();
    const signal = new Signal({ signal: controller.signal });
    signal.connect(() => {
      return new Promise((_, reject) => controller.signal.addEventListener('abort', () => reject(new Error('heeded'))));
    });
    const sent = rejection(signal.send());
    const stop = new Error('stop');
    controller.abort(stop);
    expect(await sent).toBe(stop);
  });

  it('is told by the signal of the handlers also to one that asks late', async () => {
    const clock = new ManualClock();
    const signal = new Signal({ timeout: 10, clock });
    let late: boolean | undefined;
    signal.connect(async (context) => {
      await new Promise((resolve) => void clock.timer(20, () => resolve(undefined)));
      late = context.signal.aborted;
    });
    const sent = rejection(signal.send());
    await clock.advance(20);
    await sent;
    expect(late).toBe(true);
  });

  it('that ends after a handler has failed loses neither', async () => {
    const controller = new AbortController();
    const signal = new Signal({ signal: controller.signal });
    signal.connect(never);
    signal.connect(() => {
      throw new Error('boom');
    });
    signal.connect(() => controller.abort());
    const error = (await rejection(signal.send())) as SignalError;
    expect(error.errors).toMatchObject([{ message: 'boom' }, { name: 'AbortError' }]);
  });

  it('leaves no listener on the sender’s signal', async () => {
    const { signal: own } = new AbortController();
    const signal = new Signal({ signal: own });
    signal.connect(() => tick());
    await signal.send();
    expect(getEventListeners(own, 'abort')).toHaveLength(0);
  });
});

describe('bad input', () => {
  it('is refused at once', () => {
    const signal = new Signal();
    const connect = (handler: unknown, options?: object) => () => signal.connect(handler as () => void, options);
    expect(connect('x')).toThrow("connect() expects a function, got 'x'; write connect((...args) => ...)");
    expect(connect(undefined)).toThrow('connect() expects a function, got undefined');
    expect(connect(() => {}, { sendr: 1 })).toThrow("connect(): there is no option 'sendr'; did you mean sender?");
    expect(connect(() => {}, { signal: 'x' })).toThrow("connect({ signal }) must be an AbortSignal, got 'x'");
    expect(connect(() => {}, { once: 1 })).toThrow('connect({ once }) must be true or false, got 1');
    const make = (options: object) => () => new Signal(options);
    expect(make({ timeot: 1 })).toThrow("new Signal(): there is no option 'timeot'; did you mean timeout?");
    expect(make({ timeout: -1 })).toThrow('timeout must be a duration');
    expect(make({ name: 1 })).toThrow('new Signal({ name }) must be a text, got 1');
    expect(make({ signal: signal })).toThrow('signal must be an AbortSignal');
    expect(() => signal.with({ once: true } as object)).toThrow("there is no option 'once'");
    expect(signal.size).toBe(0);
  });
});
