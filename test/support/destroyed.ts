import { Container, injectable, preDestroy } from 'inversify';
import { ServiceContainer } from '../../container/index.ts';
import { silent } from './hand-made.ts';
import { diary, Recorded, tick } from './recorded.ts';

export class Destroyed extends Recorded {
  async destroy(): Promise<void> {
    diary.push(`<<${this.constructor.name}`);
    await tick();
    diary.push(`--${this.constructor.name}`);
  }
}

@injectable()
export class Db extends Destroyed {
  @preDestroy()
  override destroy(): Promise<void> {
    return super.destroy();
  }
}

@injectable()
export class Cache extends Destroyed {
  constructor(readonly db: Db) {
    super();
  }
  @preDestroy()
  override destroy(): Promise<void> {
    return super.destroy();
  }
}

@injectable()
export class Web extends Destroyed {
  constructor(readonly cache: Cache) {
    super();
  }
  @preDestroy()
  override destroy(): Promise<void> {
    return super.destroy();
  }
}

@injectable()
export class Stubborn extends Recorded {
  constructor(readonly db: Db) {
    super();
  }
  override async onStop(): Promise<void> {
    throw new Error('will not');
  }
}

export function three(): ServiceContainer {
  return new ServiceContainer({ lifecycle: { logger: silent } }).add(Web, Cache, Db);
}

export async function rebindToSelf(container: Container, Class: unknown): Promise<void> {
  const methods = container as unknown as Record<string, (id: unknown) => Promise<{ toSelf(): void }>>;
  const bound = await (methods.rebindAsync ?? methods.rebind)?.call(container, Class);
  bound?.toSelf();
}
