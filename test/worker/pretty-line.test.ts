import { describe, expect, it } from 'vitest';
import { prettyLine } from '../../src/worker/pretty-line.ts';

const time = new Date(2026, 10, 22, 15, 47, 12, 64).getTime();
const line = (fields: object, hasColour = false): string =>
  prettyLine({ level: 30, time, name: 'Worker', ...fields }, hasColour);

const lost = { type: 'Error', message: 'lost', stack: 'Error: lost\n    at here' };

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
    expect(line({ msg: 'no', err: lost })).toMatch(/: no\nError: lost\n {4}at here\n$/);
    expect(line({ msg: 'no', e: lost, port: 1 })).toMatch(/: no port=1\ne: Error: lost\n {4}at here\n$/);
    expect(line({ msg: 'no', err: 'a text' })).toMatch(/: no err=a text\n$/);
    expect(line({})).toMatch(/\[\^Worker\]: \n$/);
  });

  it('has only the message of an error whose stack is in the log already, unless the line says that itself', () => {
    const told = { ...lost, stack: '' };
    expect(line({ msg: 'Db.onStart failed: lost', err: told })).toMatch(/: Db.onStart failed: lost\n$/);
    expect(line({ msg: 'no', err: told })).toMatch(/: no err=Error: lost\n$/);
    expect(line({ msg: 'lost', e: told })).toMatch(/: lost e=Error: lost\n$/);
  });

  it('has numbers as a person reads them', () => {
    expect(
      line({ msg: 'ran', lateness: 1.8776520000000119, share: 0.000123456, all: [2, 1e21, { a: 0.1 + 0.2 }] }),
    ).toMatch(/ lateness=1\.878 share=0\.000123 all=\[ 2, 1e\+21, { a: 0\.3 } \]\n$/);
  });

  it.each([-1, 1.5, Number.NaN, 'deep', null, {}])('has no dashes for a depth that is none: %o', (depth) => {
    expect(line({ msg: 'no', service: 'Db', depth })).toMatch(/: \[\^Db\]: no\n$/);
  });

  it('has so many dashes at the most', () => {
    expect(line({ msg: 'no', service: 'Db', depth: 1e12 })).toContain(`[^${'-'.repeat(1_000)}Db]`);
  });

  it('has colour on a terminal only: that of its level', () => {
    expect(line({ level: 50, msg: 'no' }, true)).toContain('\u001b[31m[^Worker]: no\u001b[39m');
    expect(line({ level: 30, msg: 'yes' }, true)).not.toContain('\u001b');
    expect(line({ level: 50, msg: 'no' })).not.toContain('\u001b');
  });
});
