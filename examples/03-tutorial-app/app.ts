import { injectable } from 'inversify';
import type { OnStarted, ServiceContext } from 'inversify-lifecycle';
import { UserCache } from './user-cache.ts';
import { Webserver } from './webserver.ts';
import { Websockets } from './websockets.ts';

/** The root: nothing depends on it, so it starts last and stops first. */
@injectable()
export class App implements OnStarted {
  constructor(
    readonly websockets: Websockets,
    readonly webserver: Webserver,
    readonly users: UserCache,
  ) {}

  onStarted({ log }: ServiceContext): void {
    log.info('Ready');
  }
}
