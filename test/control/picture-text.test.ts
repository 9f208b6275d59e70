import { describe, expect, it } from 'vitest';
import type { Picture, ServicePicture } from '../../src/control/picture.ts';
import { servicesText } from '../../src/control/picture-text.ts';

function picture(services: readonly ServicePicture[]): Picture {
  const health = { live: true, started: true, ready: true, reasons: [], degraded: [] };
  return { at: 1_000, state: 'running', uptime: 1_000, memory: 0, health, services, tasks: [], lines: [] };
}

function service(name: string, more: Partial<ServicePicture> = {}): ServicePicture {
  return { name, state: 'running', startedAt: 0, restarts: 0, flags: [], needs: [], ...more };
}

describe('the table of the services', () => {
  it('has a line for each, whatever it has failed with', () => {
    const failure = '\u001B[2J\u001B[31mno such host\u001B[39m\r\n  at Db';
    const text = servicesText(
      picture([service('Api', { needs: ['Db'] }), service('Db', { state: 'crashed', failure })]),
    );
    expect(text.split('\n')).toEqual([
      'SERVICE  STATE    UP   RESTARTS  NEEDS',
      'Api      running  1 s  0         Db',
      'Db       crashed  1 s  0         -      no such host   at Db',
    ]);
  });

  it('has columns of one width, also of characters that are wide or have none', () => {
    const text = servicesText(picture([service('倉庫'), service('Cafe\u0301'), service('Db')]));
    expect(text.split('\n')).toEqual([
      'SERVICE  STATE    UP   RESTARTS  NEEDS',
      '倉庫     running  1 s  0         -',
      'Cafe\u0301     running  1 s  0         -',
      'Db       running  1 s  0         -',
    ]);
  });
});
