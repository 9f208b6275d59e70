import { describe, expect, it } from 'vitest';
import type { SignalError } from '../../src/signals/signal-error.ts';
import { SyncSignal } from '../../src/signals/sync-signal.ts';
import { tick } from '../support/recorded.ts';

function thrownBy(work: () => unknown): SignalError {
  try {
    work();
  } catch (error) {
    return error as SignalError;
  }
  throw new Error('it was to throw');
}

describe('a synchronous signal', () => {
  it('has called all its handlers when send returns', () => {
    const signal = new SyncSignal<[text: string], string>({ name: 'said', sender: 'me' });
    const seen: string[] = [];
    using _ = signal.connect((text, { sender }) => seen.push(`${text} by ${sender}`));
    signal.connect((text) => seen.push(`once ${text}`), { once: true });
    signal.send('a');
    signal.send('b');
    expect(seen).toEqual(['a by me', 'once a', 'b by me']);
    expect(signal.size).toBe(1);
  });

  it('calls all handlers, whatever one does, and tells what each threw', () => {
    const signal = new SyncSignal({ name: 'said' });
    const boom = new Error('boom');
    let called = 0;
    signal.connect(() => {
      throw boom;
    });
    signal.connect(() => {
      throw undefined;
    });
    signal.connect(() => called++);
    const error = thrownBy(() => signal.send());
    expect(error).toMatchObject({ code: 'LIFECYCLE_SIGNAL_FAILED', data: { signal: 'said', handlers: 3 } });
    expect(error.errors).toEqual([boom, undefined]);
    expect(error.message).toBe('2 of 3 handlers of signal said failed:\n  - boom\n  - undefined');
    expect(called).toBe(1);
  });

  it('refuses what is asynchronous: where it is seen at once, and where it is seen from what it gives', async () => {
    const signal = new SyncSignal({ name: 'said' });
    expect(() =>
      signal.connect(async function save() {
        await tick();
      }),
    ).toThrow(
      'the handler save of signal said is asynchronous, and a SyncSignal waits for nothing; connect it to a Signal',
    );
    signal.connect(() => Promise.reject(new Error('unseen')));
    const error = thrownBy(() => signal.send());
    expect(error.errors).toMatchObject([{ code: 'LIFECYCLE_INVALID_OPTION', data: { signal: 'said' } }]);
    await tick();
  });

  it('has views with another sender, and clones without handlers', () => {
    const signal = new SyncSignal<[], string>({ name: 'said' });
    const seen: unknown[] = [];
    signal.connect(({ sender }) => seen.push(sender));
    const mine = signal.with({ sender: 'me' });
    mine.connect(({ sender }) => seen.push(`only ${sender}`));
    signal.with({ sender: 'you' }).send();
    mine.send();
    const clone = mine.clone();
    clone.send();
    expect(seen).toEqual(['you', 'me', 'only me']);
    expect(clone).toMatchObject({ name: 'said', sender: 'me', size: 0 });
  });

  it('refuses options that make no sense', () => {
    expect(() => new SyncSignal({ timeout: 1 } as object)).toThrow("new SyncSignal(): there is no option 'timeout'");
    expect(() => new SyncSignal().connect(1 as never)).toThrow('connect() expects a function, got 1');
  });
});
