import { injectable } from 'inversify';
import { type TaskContext, Timer } from 'inversify-lifecycle';
import { Store } from './store.ts';

/** The users, read from the store once in a while. */
@injectable()
export class UserCache {
  #names: Promise<string[]> | undefined;

  constructor(private readonly store: Store) {}

  @Timer('10s')
  expire({ log }: TaskContext): void {
    if (this.#names === undefined) return;
    this.#names = undefined;
    log.info('Users expired');
  }

  all(): Promise<string[]> {
    this.#names ??= this.store.names();
    return this.#names;
  }

  /** @returns whether it is a new one */
  async add(name: string): Promise<boolean> {
    if ((await this.all()).includes(name)) return false;
    await this.store.append(name);
    this.#names = undefined;
    return true;
  }
}
