import process from 'node:process';
import { Redis } from 'ioredis';

/** What is needed of Redis. */
interface Client {
  incrby(key: string, by: number): Promise<number>;
  get(key: string): Promise<string | null>;
  del(...keys: string[]): Promise<number>;
  quit(): Promise<unknown>;
}

/** The few commands that are needed, in this process. */
class EmbeddedRedis implements Client {
  readonly #values = new Map<string, number>();

  async incrby(key: string, by: number): Promise<number> {
    const value = (this.#values.get(key) ?? 0) + by;
    this.#values.set(key, value);
    return value;
  }

  async get(key: string): Promise<string | null> {
    return this.#values.get(key)?.toString() ?? null;
  }

  async del(...keys: string[]): Promise<number> {
    return keys.filter((key) => this.#values.delete(key)).length;
  }

  async quit(): Promise<void> {}
}

/** Page views under keys of this process alone; a service because of its `onStop`. */
export class PageViewStore {
  readonly #client: Client;
  readonly #keys = new Set<string>();
  lastWritten: string | undefined;

  constructor(client: Client) {
    this.#client = client;
  }

  async incrby(page: string, count: number): Promise<void> {
    this.lastWritten = page;
    await this.#client.incrby(this.#key(page), count);
  }

  async get(page: string): Promise<number> {
    return Number(await this.#client.get(this.#key(page)));
  }

  async onStop(): Promise<void> {
    if (this.#keys.size > 0) await this.#client.del(...this.#keys);
    await this.#client.quit();
  }

  #key(page: string): string {
    const key = `page-views:${process.pid}:${page}`;
    this.#keys.add(key);
    return key;
  }
}

/** Over Redis when one can be reached. */
export async function openStore(): Promise<PageViewStore> {
  const url = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379';
  const redis = new Redis(url, { lazyConnect: true, connectTimeout: 1_000, retryStrategy: () => null });
  redis.on('error', () => {}); // told by connect() already
  try {
    await redis.connect();
    console.error(`over Redis at ${url}`);
    return new PageViewStore(redis);
  } catch {
    redis.disconnect();
    console.error(`no Redis at ${url}: over a store in this process`);
    return new PageViewStore(new EmbeddedRedis());
  }
}
