import { describe, expect, it } from 'vitest';
import { constant, handMade, made, service } from '../support/hand-made.ts';

describe('disposal', () => {
  it('disposes of what the container built and that has no onStop, in the order of the graph', async () => {
    const log: string[] = [];
    const disposable = (name: string) => ({ [Symbol.dispose]: () => void log.push(name) });
    const lifecycle = handMade({
      Pool: made(() => disposable('Pool')),
      Api: service(
        { onStop: () => log.push('Api'), ...disposable('never: it has onStop') },
        { needs: ['Pool', 'Given'] },
      ),
      Given: constant(disposable('never: a constant')),
    });
    await lifecycle.startAll();
    await lifecycle.stopAll();
    expect(log).toEqual(['Api', 'Pool']);
  });

  it('is for good: the next start names what cannot start again', async () => {
    const lifecycle = handMade({
      Pool: made(() => ({ [Symbol.asyncDispose]: () => Promise.resolve() })),
      Api: service({}, { needs: ['Pool'] }),
    });
    await lifecycle.startAll();
    await lifecycle.stopAll();
    const start = lifecycle.startAll();
    await expect(start).rejects.toMatchObject({
      code: 'LIFECYCLE_START_FAILED',
      cause: { code: 'LIFECYCLE_DISPOSED' },
    });
    await expect(start).rejects.toThrow('Pool holds an object that was disposed of');
  });

  it('refuses an object that was disposed of under another binding, too', async () => {
    const pool = { [Symbol.dispose]() {} };
    const first = handMade({ Pool: made(() => pool) });
    await first.startAll();
    await first.stopAll();
    const second = handMade({ Other: made(() => pool) });
    await expect(second.startAll()).rejects.toThrow('holds an object that was disposed of');
  });
});
