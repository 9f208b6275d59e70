// Mode's tutorial: an HTTP server, a WebSocket server, a cache and a store that need each other.
//
//   npm start                                     Ctrl-C ends it
//   curl http://127.0.0.1:8000/                   what there is
//   curl -X POST http://127.0.0.1:8000/users/ada  a new user; everybody on the WebSocket hears of it
//
// PORT is the port of the HTTP server (8000), WEBSOCKET_PORT that of the other one (the next port).
import { Lifecycle, ServiceContainer, StartError } from 'inversify-lifecycle';
import { App } from './app.ts';
import { ModeLog } from './mode-log.ts';
import { Store } from './store.ts';
import { UserCache } from './user-cache.ts';
import { Webserver } from './webserver.ts';
import { Websockets } from './websockets.ts';

const log = new ModeLog();
const container = new ServiceContainer({ lifecycle: { logger: log } }).add(
  App,
  Webserver,
  Websockets,
  UserCache,
  Store,
);
const lifecycle = container.get(Lifecycle);
log.follow(lifecycle);

// on() and not once(): under npm a Ctrl-C arrives twice, from the terminal and from npm, and the second would kill.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (lifecycle.state === 'stopping') return;
    log.info('Stopping on signal received...');
    lifecycle.requestStop(signal);
  });
}

try {
  await container.startAll();
  await lifecycle.done;
} catch (error) {
  const wasAsked = error instanceof StartError && error.code === 'LIFECYCLE_START_ABORTED';
  if (!wasAsked) {
    log.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
