// A cache in front of a store: page views are counted in memory and written to Redis once in a while, by a timer that stops
// before the connection does, after one last write. With no Redis about, a store in this process takes its place.
//
//   REDIS_URL=redis://127.0.0.1:6379 npm run example examples/07-page-view-cache/main.ts
import { inject, injectable } from 'inversify';
import { ServiceContainer, type ServiceContext, TaskRegistry, Timer } from 'inversify-lifecycle';
import { openStore, type PageViewStore } from './store.ts';

@injectable()
class PageViewCache {
  readonly #fresh = new Map<string, number>();

  constructor(@inject('store') private readonly store: PageViewStore) {}

  count(page: string): void {
    this.#fresh.set(page, (this.#fresh.get(page) ?? 0) + 1);
  }

  @Timer('1s')
  async flush(): Promise<void> {
    const views = [...this.#fresh];
    this.#fresh.clear();
    await Promise.all(views.map(([page, count]) => this.store.incrby(page, count)));
  }

  /** No timer runs any more, and the store still does. */
  async onStop({ log }: ServiceContext): Promise<void> {
    await this.flush();
    log.debug('the last views are written');
  }
}

@injectable()
class Site {
  constructor(readonly views: PageViewCache) {}

  onStart(): void {
    for (const page of ['home', 'home', 'about', 'home']) this.views.count(page);
  }

  onStop(): void {
    this.views.count('goodbye');
  }
}

const container = new ServiceContainer().add(Site, PageViewCache);
container.bind('store').toDynamicValue(openStore);

await container.startAll();
await container.get(TaskRegistry).get('PageViewCache.flush').trigger(); // not to wait a second for it
const store = await container.getAsync<PageViewStore>('store');
for (const page of ['home', 'about']) console.log(`${page}: ${await store.get(page)}`);

await container.stopAll();
console.log(`at the end: ${store.lastWritten}`);
