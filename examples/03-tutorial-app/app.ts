import { injectable } from 'inversify';
import type { OnStarted, ServiceContext } from 'inversify-lifecycle';
import { GraphImage } from './graph-image.ts';
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
    private readonly image: GraphImage,
  ) {}

  async onStarted({ log }: ServiceContext): Promise<void> {
    log.info(`The graph is drawn in ${await this.image.draw()}`);
    log.info('Ready');
  }
}
