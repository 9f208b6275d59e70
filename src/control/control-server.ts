import type { Socket } from 'node:net';
import { basename } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { OptionError } from '../errors.ts';
import type { Close, RunningProgram } from '../worker/companion.ts';
import { Audience } from './audience.ts';
import { listenAt } from './listener.ts';
import type { Place } from './place.ts';
import { type Greeting, PROTOCOL } from './protocol.ts';
import { Session } from './session.ts';

/** How many may be connected at the same time. */
const CONNECTIONS = 16;

/** Opens the control socket of a program. @throws OptionError */
export async function openControl(place: Place, program: RunningProgram): Promise<Close> {
  const audience = new Audience(program.lifecycle);
  const sessions = new Set<Session>();
  const greeting = greetingOf();
  const serve = (socket: Socket): void => {
    const session = new Session(socket, program, audience, greeting);
    if (sessions.size >= CONNECTIONS) {
      session.refuse(new OptionError(`${CONNECTIONS} are connected already; let one of them go`));
      return;
    }
    sessions.add(session);
    socket.once('close', () => sessions.delete(session));
  };
  const close = await listenAt(place, serve, (error) => {
    program.log.warn({ err: error }, `Somebody could not attach: ${error.message}`);
  });
  program.log.info(`Waiting for inversify-lifecycle attach ${place.name}`);
  return async () => {
    close();
    // Whoever asked for the stop is answered at this moment.
    await setImmediate();
    audience.show();
    for (const session of sessions) session.end();
  };
}

function greetingOf(): Greeting {
  return {
    kind: 'hello',
    protocol: PROTOCOL,
    pid: process.pid,
    program: basename(process.argv[1] ?? process.title),
    since: Date.now() - process.uptime() * 1_000,
  };
}
