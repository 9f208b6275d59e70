import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { readLines } from '../../src/control/lines.ts';
import { lineOf, requestOf } from '../../src/control/protocol.ts';

describe('a request', () => {
  it('is what a client writes', () => {
    const requests = [
      { kind: 'hello', protocol: 1, by: 'me' },
      { kind: 'command', id: 1, words: ['restart', 'Db'] },
      { kind: 'watch', id: 2 },
    ] as const;
    for (const request of requests) expect(requestOf(lineOf(request))).toEqual(request);
  });

  it.each([
    ['', 'a JSON object on one line'],
    ['{', 'a JSON object on one line'],
    ['3', 'a JSON object, got 3'],
    ['{"kind":"hello","protocol":"1","by":"me"}', "a kind that is 'hello'"],
    ['{"kind":"command","words":["restart"]}', 'the number id'],
    ['{"kind":"command","id":1,"words":[]}', "words: ['restart', 'Db']"],
    ['{"kind":"command","id":1,"words":[1]}', "words: ['restart', 'Db']"],
    [`"${'x'.repeat(200)}"`, '...'],
  ])('%s is none', (line, text) => {
    expect(() => requestOf(line)).toThrow(text);
  });
});

describe('lines', () => {
  function lines(chunks: readonly string[], longest?: number): { lines: string[]; refused: number } {
    const socket = Object.assign(new EventEmitter(), { setEncoding: () => socket });
    const taken: string[] = [];
    let refused = 0;
    readLines(
      socket as unknown as Socket,
      (line) => taken.push(line),
      longest,
      () => {
        refused += 1;
      },
    );
    for (const chunk of chunks) socket.emit('data', chunk);
    return { lines: taken, refused };
  }

  it('are put together from what comes in, whatever its pieces', () => {
    expect(lines(['a', 'b\nc\n\nd', '', 'e\n', 'f']).lines).toEqual(['ab', 'c', 'de']);
  });

  it('are refused once when one is too long, whole or not', () => {
    expect(lines(['ok\n', 'too', 'long', 'and\nmore\n'], 5)).toEqual({ lines: ['ok'], refused: 1 });
    expect(lines(['ok\ntoo long\nno\n', 'no\n'], 5)).toEqual({ lines: ['ok', 'no'], refused: 1 });
  });
});
