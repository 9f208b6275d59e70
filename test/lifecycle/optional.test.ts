import { describe, expect, it } from 'vitest';
import { handMade, service } from '../support/hand-made.ts';

describe('an optional service that fails to start', () => {
  it('is cleaned up, and the others go on without it; the next start tries it again', async () => {
    const log: string[] = [];
    let broken = true;
    const lifecycle = handMade({
      Api: service({ onStart: () => log.push('Api.onStart') }, { needs: ['Cache'] }),
      Cache: service(
        {
          onStart({ defer }) {
            defer(() => log.push('disposer'));
            if (broken) throw new Error('no');
          },
          onShutdown: () => log.push('Cache.onShutdown'),
        },
        { optional: true },
      ),
    });
    await lifecycle.startAll();
    expect(log.toSorted()).toEqual(['Api.onStart', 'Cache.onShutdown', 'disposer']);
    expect(lifecycle.services.map(({ state }) => state)).toEqual(['running', 'restarting']);
    expect(lifecycle.state).toBe('running');
    broken = false;
    await lifecycle.startAll();
    expect(lifecycle.get('Cache').state).toBe('running');
    await lifecycle.stopAll();
    expect(lifecycle.services.map(({ state }) => state)).toEqual(['stopped', 'stopped']);
  });
});
