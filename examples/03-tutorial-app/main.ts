// Mode's tutorial: an HTTP server, a WebSocket server, a cache and a store that need each other, run by a Worker.
//
//   npm start                                     Ctrl-C ends it
//   curl http://127.0.0.1:8000/                   what there is
//   curl -X POST http://127.0.0.1:8000/users/ada  a new user; everybody on the WebSocket hears of it
//
// PORT is the port of the HTTP server (8000), WEBSOCKET_PORT that of the other one (the next port), GRAPH the file that
// the graph is drawn in (graph.svg beside this program).
import { ServiceContainer, Worker } from 'inversify-lifecycle';
import { App } from './app.ts';
import { GraphImage } from './graph-image.ts';
import { Store } from './store.ts';
import { UserCache } from './user-cache.ts';
import { Webserver } from './webserver.ts';
import { Websockets } from './websockets.ts';

const container = new ServiceContainer().add(App, Webserver, Websockets, UserCache, Store);
container.bind(GraphImage).toConstantValue(new GraphImage(container));

await Worker.run(container, { logFormat: 'pretty' });
