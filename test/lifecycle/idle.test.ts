import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import type { HandMadeNode } from '../support/hand-made.ts';
import { handMade, service } from '../support/hand-made.ts';
import { background, crontab, timer } from '../support/tasks.ts';

/** Counts how often it wakes anybody. */
class CountingClock extends ManualClock {
  fired = 0;

  override timer(ms: number, fire: () => void): () => void {
    return super.timer(ms, () => {
      this.fired++;
      fire();
    });
  }
}

describe('an application that is idle', () => {
  it('of a hundred services with no due task wakes up not once', async () => {
    const clock = new CountingClock();
    const nodes: Record<string, HandMadeNode> = {};
    for (let index = 0; index < 100; index++) {
      const hooks = { onStart: () => Promise.resolve(), work: () => {}, wait: () => new Promise(() => {}) };
      const tasks = [timer('1h'), crontab('0 0 1 6 *', { name: 'yearly' }), background({}, 'wait')];
      nodes[`s${index}`] = service(hooks, { needs: index > 0 ? [`s${index - 1}`] : [], tasks });
    }
    const lifecycle = handMade(nodes, { clock });
    await lifecycle.startAll();
    expect(lifecycle.tasks.size).toBe(300);
    await clock.advance(59 * 60_000);
    expect(clock.fired).toBe(0);
    // All hundred timers are due in one millisecond.
    await clock.advance(60_000);
    expect(clock.fired).toBe(1);
    const stop = lifecycle.stopAll({ timeout: 1 }).catch(() => {});
    await clock.advance(1);
    await stop;
    expect(clock.pending).toBe(0);
  });
});
