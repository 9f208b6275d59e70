import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { injectable } from 'inversify';
import type { OnStart, OnStop, ServiceContext } from 'inversify-lifecycle';

/** A database in miniature: an append-only file, one name a line. It lives as long as the application does. */
@injectable()
export class Store implements OnStart, OnStop {
  #file: FileHandle | undefined;

  async onStart({ defer }: ServiceContext): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'tutorial-app-'));
    defer(() => rm(folder, { recursive: true }));
    this.#file = await open(join(folder, 'users.txt'), 'a+');
  }

  async onStop(): Promise<void> {
    await this.#open.sync();
    await this.#open.close();
    this.#file = undefined;
  }

  async append(name: string): Promise<void> {
    await this.#open.appendFile(`${name}\n`);
  }

  async names(): Promise<string[]> {
    const { size } = await this.#open.stat();
    const { buffer } = await this.#open.read(Buffer.alloc(size), 0, size, 0);
    return buffer.toString('utf8').split('\n').filter(Boolean);
  }

  /** Whoever gets here before the start or after the stop hears of it. */
  get #open(): FileHandle {
    if (this.#file === undefined) throw new Error('the store is not open');
    return this.#file;
  }
}
