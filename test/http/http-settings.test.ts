import { describe, expect, it } from 'vitest';
import { httpSettings } from '../../src/http/http-settings.ts';

describe('the option http', () => {
  it.each([
    [true, { host: '127.0.0.1', port: 9_100 }],
    [0, { host: '127.0.0.1', port: 0 }],
    ['8080', { host: '127.0.0.1', port: 8_080 }],
    ['0.0.0.0:8080', { host: '0.0.0.0', port: 8_080 }],
    ['[::1]:80', { host: '::1', port: 80 }],
    [{ token: 'sixteen~letters!' }, { host: '127.0.0.1', port: 9_100, token: 'sixteen~letters!' }],
  ])('takes %o', (given, settings) => {
    expect(httpSettings(given)).toEqual(settings);
  });

  it.each<[never, string]>([
    ['localhost' as never, "http must be true, a port, or a text like '0.0.0.0:9100', got 'localhost'"],
    [70_000 as never, 'http.port must be a port from 0 to 65535, got 70000'],
    [{ prot: 1 } as never, "there is no option 'prot'; did you mean port?"],
    [{ host: '' } as never, "http.host must be an address such as '127.0.0.1'"],
    [{ token: 'short' } as never, 'http.token must be a text of at least 16 characters'],
  ])('refuses %o', (given, text) => {
    expect(() => httpSettings(given)).toThrow(text);
  });

  it.each(['sixteen~letters!\n', ' sixteen~letters!', 'sixteen letters!', 'sixteen~létters!', 'sixteen~letters\u007f'])(
    'refuses the token %o, which a header cannot carry as it is',
    (token) => {
      expect(() => httpSettings({ token })).toThrow(
        'http.token must have visible ASCII characters only, as headers carry them; a text that was read from a file may end with a line break: write text.trim()',
      );
    },
  );

  it('does not tell a token', () => {
    for (const token of ['short', 'short, at the end of a line\n'])
      expect(() => httpSettings({ token })).not.toThrow(/short/);
  });
});
