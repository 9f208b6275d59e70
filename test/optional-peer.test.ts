import { describe, expect, it } from 'vitest';
import { optionalPeer } from '../src/optional-peer.ts';

/** What Node says where a package is not there. */
function notFound(name: string): Error {
  const error = new Error(`Cannot find package '${name}' imported from /app/main.js`);
  return Object.assign(error, { code: 'ERR_MODULE_NOT_FOUND' });
}

describe('a package that few need', () => {
  const loaded = (load: () => Promise<unknown>): Promise<unknown> => optionalPeer('peer', 'drawing', load);

  it('is loaded if it is there', async () => {
    expect(await loaded(async () => 'the package')).toBe('the package');
  });

  it('that is not there is told of with what needs it, and how to install it', async () => {
    const cause = notFound('peer');
    await expect(loaded(() => Promise.reject(cause))).rejects.toMatchObject({
      code: 'LIFECYCLE_MISSING_PEER',
      message: 'drawing needs the package peer, which is not installed; write npm install peer',
      data: { package: 'peer' },
      cause,
    });
  });

  it('is told of the same where a loader of a thread of its own has lost the code', async () => {
    const cause = new Error("Cannot find package 'peer' imported from /app/main.js");
    await expect(loaded(() => Promise.reject(cause))).rejects.toMatchObject({ code: 'LIFECYCLE_MISSING_PEER', cause });
  });

  it.each([
    ['lacks a package of its own', notFound('another')],
    ['lacks a package with a longer name', new Error("Cannot find package 'peer-of-it' imported from /app/main.js")],
    ['is there and broken', new Error('peer is broken')],
    ['throws what is no error', 'peer'],
  ])('that %s fails as it does', async (_, thrown) => {
    await expect(loaded(() => Promise.reject(thrown))).rejects.toBe(thrown);
  });
});
