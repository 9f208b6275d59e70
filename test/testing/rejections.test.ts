import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { labelOf } from '../../src/testing/at-work.ts';
import { quiescence } from '../../src/testing/manual-clock.ts';
import { watchRejections } from '../../src/testing/rejections.ts';
import { handMade, service } from '../support/hand-made.ts';

describe('a rejection that nobody handles', () => {
  const heard: string[] = [];
  const listener = (reason: unknown): void => void heard.push(`program: ${(reason as Error).message}`);
  let others: NodeJS.UnhandledRejectionListener[] = [];

  beforeEach(() => {
    heard.length = 0;
    others = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', listener);
  });
  afterEach(() => {
    process.removeAllListeners('unhandledRejection');
    for (const other of others) process.on('unhandledRejection', other);
  });

  const rejecting = (text: string) => service({ onStart: () => void Promise.reject(new Error(text)) });

  it('is told with the hook in which it was made, and not to the program', async () => {
    const lifecycle = handMade({ Db: rejecting('of Db') });
    const undo = watchRejections(lifecycle, (reason, entry) => {
      heard.push(`${entry && labelOf(entry)}: ${(reason as Error).message}`);
    });
    await lifecycle.startAll();
    await quiescence();
    void Promise.reject(new Error('of the program'));
    await quiescence();
    undo();
    undo();
    expect(heard).toEqual(['Db.onStart: of Db', 'program: of the program']);
    expect(process.listeners('unhandledRejection')).toEqual([listener]);
  });

  it('is told to the one whose service it is, of several', async () => {
    const [one, other] = [handMade({ One: rejecting('of One') }), handMade({ Other: rejecting('of Other') })];
    const undo = [one, other].map((lifecycle, index) =>
      watchRejections(lifecycle, (reason) => heard.push(`${index}: ${(reason as Error).message}`)),
    );
    await Promise.all([one.startAll(), other.startAll()]);
    await quiescence();
    for (const each of undo) each();
    expect(heard.toSorted()).toEqual(['0: of One', '1: of Other']);
    expect(process.listeners('unhandledRejection')).toEqual([listener]);
  });

  it('is told to all where nobody knows whose it is, and the program does not listen', async () => {
    process.removeAllListeners('unhandledRejection');
    const undo = watchRejections({}, (reason, entry) => heard.push(`${entry}: ${(reason as Error).message}`));
    void Promise.reject(new Error('stray'));
    await quiescence();
    undo();
    expect(heard).toEqual(['undefined: stray']);
    expect(process.listeners('unhandledRejection')).toEqual([]);
  });
});
