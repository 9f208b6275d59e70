import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { numberOf, ProcessSignals, STOP_SIGNALS } from '../../src/worker/process-signals.ts';

describe('signals of the process', () => {
  it('are counted as a person presses: the same one within 300 ms is the same press', () => {
    let now = 0;
    const pressed: unknown[] = [];
    const undo = new ProcessSignals(
      STOP_SIGNALS,
      () => now,
      (name, count) => pressed.push(name, count),
    ).install();
    const send = (name: NodeJS.Signals, at: number): void => {
      now = at;
      process.emit(name);
    };
    send('SIGINT', 0);
    send('SIGINT', 299);
    send('SIGTERM', 299);
    send('SIGINT', 300);
    send('SIGINT', 500);
    undo();
    expect(pressed).toEqual(['SIGINT', 1, 'SIGTERM', 2, 'SIGINT', 3]);
  });

  it('are listened to by one table: nothing is left when it goes', () => {
    const count = (): number[] => STOP_SIGNALS.map((name) => process.listenerCount(name));
    const before = count();
    const undo = new ProcessSignals(
      STOP_SIGNALS,
      () => 0,
      () => {},
    ).install();
    expect(count()).toEqual(before.map((listeners) => listeners + 1));
    undo();
    undo();
    expect(count()).toEqual(before);
  });

  it('that cannot be listened to leave no listener on the others', () => {
    const before = process.listenerCount('SIGTERM');
    const signals = new ProcessSignals(
      ['SIGTERM', 'SIGKILL' as never],
      () => 0,
      () => {},
    );
    expect(() => signals.install()).toThrow('EINVAL');
    expect(process.listenerCount('SIGTERM')).toBe(before);
  });

  it('have their numbers', () => {
    expect([numberOf('SIGHUP'), numberOf('SIGINT'), numberOf('SIGTERM')]).toEqual([1, 2, 15]);
    expect(numberOf('SIGBREAK')).toBe(0);
  });
});
