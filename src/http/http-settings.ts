import { OptionError } from '../errors.ts';
import { checkNames, checkOption } from '../option-check.ts';

/** What the port for probes, metrics and pictures can be given. */
export interface HttpOptions {
  /** Default 9100; 0 is any that is free. */
  readonly port?: number;
  /** Default `'127.0.0.1'`: whoever comes from another machine (the probes of Kubernetes do) needs `'0.0.0.0'`. */
  readonly host?: string;
  /**
   * What has to be shown (`Authorization: Bearer <token>`) by who wants to change something: trigger and pause tasks, restart
   * services, stop. Without one nothing can be changed. At least 16 characters, all of them visible ones of ASCII.
   */
  readonly token?: string;
}

export type HttpSettings = Required<Omit<HttpOptions, 'token'>> & Pick<HttpOptions, 'token'>;

const PORT = 9_100;

const LOOPBACK = '127.0.0.1';

/** What is shorter can be guessed. */
const TOKEN_LENGTH = 16;

/** What every header carries as it is. */
const VISIBLE = /^[!-~]+$/;

const ADDRESS = /^(?:(.+):)?(\d{1,5})$/;

/** @param given `true`, a port, `'host:port'`, or options @throws OptionError */
export function httpSettings(given: boolean | number | string | HttpOptions): HttpSettings {
  const { port = PORT, host = LOOPBACK, token } = optionsOf(given);
  checkOption(Number.isInteger(port) && port >= 0 && port < 65_536, 'http.port', 'a port from 0 to 65535', port);
  checkOption(typeof host === 'string' && host !== '', 'http.host', "an address such as '127.0.0.1'", host);
  if (token === undefined) return { port, host };
  checkToken(token, 'http.token');
  return { port, host, token };
}

/** It does not say what it got: that is a secret. @throws OptionError */
export function checkToken(token: unknown, what: string): void {
  const isLong = typeof token === 'string' && token.length >= TOKEN_LENGTH;
  if (!isLong) throw new OptionError(`${what} must be a text of at least ${TOKEN_LENGTH} characters`);
  if (VISIBLE.test(token)) return;
  throw new OptionError(
    `${what} must have visible ASCII characters only, as headers carry them; a text that was read from a file may end with a line break: write text.trim()`,
  );
}

function optionsOf(given: boolean | number | string | HttpOptions): HttpOptions {
  if (typeof given === 'object') {
    checkNames(given, ['port', 'host', 'token'], 'http');
    return given;
  }
  if (typeof given === 'boolean') return {};
  if (typeof given === 'number') return { port: given };
  const match = ADDRESS.exec(given);
  checkOption(match !== null, 'http', "true, a port, or a text like '0.0.0.0:9100'", given);
  const host = match?.[1]?.replace(/^\[(.*)\]$/, '$1');
  return { port: Number(match?.[2]), ...(host === undefined ? {} : { host }) };
}
