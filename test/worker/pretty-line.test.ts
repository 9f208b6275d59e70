import { describe, expect, it } from 'vitest';
import { prettyLine } from '../../src/worker/pretty-line.ts';

const time = new Date(2026, 10, 22, 15, 47, 12, 64).getTime();
const line = (fields: object, hasColour = false): string =>
  prettyLine({ level: 30, time, name: 'Worker', ...fields }, hasColour);

describe('a pretty line', () => {
  it("is Mode's, to the letter", () => {
    expect(line({ msg: 'Starting...' })).toBe('[2026-11-22 15:47:12,064: INFO]: [^Worker]: Starting...\n');
    expect(line({ msg: 'Serving on port 8000', service: 'Webserver', depth: 2 })).toBe(
      '[2026-11-22 15:47:12,064: INFO]: [^--Webserver]: Serving on port 8000\n',
    );
    expect(line({ msg: '-Stopped!', service: 'UserCache', depth: 4, task: 'expire' })).toBe(
      '[2026-11-22 15:47:12,064: INFO]: [^----UserCache.expire]: -Stopped!\n',
    );
  });

  it.each([
    [10, 'DEBUG'],
    [20, 'DEBUG'],
    [30, 'INFO'],
    [35, 'INFO'],
    [40, 'WARNING'],
    [50, 'ERROR'],
    [60, 'CRITICAL'],
  ])('has level %d in the words of Python', (level, word) => {
    expect(line({ level, msg: 'x' })).toContain(`: ${word}]: `);
  });

  it('has further fields after the message, and the stack of an error below', () => {
    expect(
      line({ msg: 'Listening', port: 8000, host: 'localhost', tags: ['a', { b: 1 }], pid: 1, hostname: 'h' }),
    ).toBe("[2026-11-22 15:47:12,064: INFO]: [^Worker]: Listening port=8000 host=localhost tags=[ 'a', { b: 1 } ]\n");
    expect(line({ msg: 'no', err: { type: 'Error', message: 'lost', stack: 'Error: lost\n    at here' } })).toMatch(
      /: no\nError: lost\n {4}at here\n$/,
    );
    expect(line({ msg: 'no', err: 'a text' })).toMatch(/: no err=a text\n$/);
    expect(line({})).toMatch(/\[\^Worker\]: \n$/);
  });

  it('has colour on a terminal only: that of its level', () => {
    expect(line({ level: 50, msg: 'no' }, true)).toContain('\u001b[31m[^Worker]: no\u001b[39m');
    expect(line({ level: 30, msg: 'yes' }, true)).not.toContain('\u001b');
    expect(line({ level: 50, msg: 'no' })).not.toContain('\u001b');
  });
});
