import { Container, injectable, type ServiceIdentifier } from 'inversify';
import { ServiceContainer } from '../../container/index.ts';
import { silent } from './hand-made.ts';
import { Recorded } from './recorded.ts';

@injectable()
export class Db extends Recorded {}

@injectable()
export class Cache extends Recorded {
  constructor(readonly db: Db) {
    super();
  }
}

@injectable()
export class Mail extends Recorded {}

export const quiet = { lifecycle: { logger: silent } };

export function parentOf(): ServiceContainer {
  return new ServiceContainer(quiet).add(Db, Cache, Mail);
}

/** A child with one service, which needs this of its parents, and one that needs nothing. */
export function childOf(parent: Container, name = 'Kid', needs: typeof Cache | typeof Db = Cache): ServiceContainer {
  const child = new ServiceContainer({ parent, ...quiet });
  needing(child, name, needs);
  child.bind(`${name}.own`).toConstantValue(new Recorded(`${name}.own`));
  return child;
}

/** Binds a service that needs one other. */
export function needing(
  container: Container,
  name: string,
  needs: ServiceIdentifier,
  service: object = new Recorded(name),
): void {
  container.bind(name).toResolvedValue((_: unknown) => service, [needs]);
}

export const start = (child: ServiceContainer, name = 'Kid') => child.startAll({ only: [name, `${name}.own`] });
