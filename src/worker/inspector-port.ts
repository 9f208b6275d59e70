import { isIP } from 'node:net';
import { messageOf, OptionError } from '../errors.ts';
import { checkOption } from '../option-check.ts';
import type { Companion } from './companion.ts';

/** Node's own. */
const PORT = 9_229;

const LOOPBACK = '127.0.0.1';

const FORM = /^(?:(.+):)?(\d{1,5})$/;

interface Address {
  readonly host: string;
  readonly port: number;
}

/** Opens Node's inspector; one that is open already stays as it is. @throws OptionError for an address that is none */
export function inspectorPort(inspect: boolean | number | string): Companion {
  const { host, port } = addressOf(inspect);
  return async ({ log }) => {
    const inspector = await import('node:inspector');
    if (inspector.url() !== undefined) return undefined;
    if (!isLoopback(host)) {
      log.warn(`The inspector listens on ${host}: whoever reaches that port can run any code in this process`);
    }
    try {
      inspector.open(port, host);
    } catch (error) {
      throw new OptionError(`inspect: the inspector cannot be opened: ${messageOf(error)}`, { host, port });
    }
    // Node says so itself when the port is taken, and goes on without.
    if (inspector.url() === undefined) {
      throw new OptionError(
        `inspect: the inspector cannot listen on ${host}:${port}; is the port taken? Choose another, or 0 for any that is free`,
        { host, port },
      );
    }
    return () => inspector.close();
  };
}

function addressOf(inspect: boolean | number | string): Address {
  if (inspect === true) return { host: LOOPBACK, port: PORT };
  const match = FORM.exec(String(inspect));
  const port = Number(match?.[2]);
  checkOption(match !== null && port < 65_536, 'inspect', "true, a port, or a text like '127.0.0.1:9229'", inspect);
  return { host: (match?.[1] ?? LOOPBACK).replace(/^\[(.*)\]$/, '$1'), port };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || (isIP(host) === 4 ? host.startsWith('127.') : host === '::1');
}
