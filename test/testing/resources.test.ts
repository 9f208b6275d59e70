import { expect, it } from 'vitest';
import { labelOf } from '../../src/testing/at-work.ts';
import { type OpenResource, Resources } from '../../src/testing/resources.ts';
import { handMade, service } from '../support/hand-made.ts';

it('what is opened is counted until it is closed, and cannot be used after', async () => {
  const resources = new Resources();
  let socket: OpenResource | undefined;
  const lifecycle = handMade({
    Db: service({
      onStart() {
        socket = resources.open('a socket');
      },
    }),
  });
  await lifecycle.startAll();
  const file = resources.open('a file');
  expect(resources.left.map(({ name, owner }) => [name, owner && labelOf(owner)])).toEqual([
    ['a socket', 'Db.onStart'],
    ['a file', undefined],
  ]);
  socket?.use();
  expect(socket).toMatchObject({ name: 'a socket', isOpen: true });
  socket?.close();
  socket?.close();
  expect(socket?.isOpen).toBe(false);
  expect(() => socket?.use()).toThrow('a socket, opened in Db.onStart, is used after it was closed');
  file[Symbol.dispose]();
  expect(() => file.use()).toThrow('a file is used after it was closed');
  expect(resources.left).toEqual([]);
});
