import { injectable } from 'inversify';
import type { OnStart, ServiceContext } from 'inversify-lifecycle';
import { Store } from './store.ts';

const LIFETIME = '10s';

/** The users, read from the store once in a while. */
@injectable()
export class UserCache implements OnStart {
  #names: Promise<string[]> | undefined;

  constructor(private readonly store: Store) {}

  onStart({ spawn }: ServiceContext): void {
    spawn(
      async ({ signal, sleep }) => {
        for (await sleep(LIFETIME); !signal.aborted; await sleep(LIFETIME)) this.#names = undefined;
      },
      { name: 'forget' },
    );
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
