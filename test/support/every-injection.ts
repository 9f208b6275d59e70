import { inject, injectable, LazyServiceIdentifier, multiInject, named, optional, tagged } from 'inversify';
import { DependsOn, type Graph, Managed, ServiceContainer } from '../../container/index.ts';
import { silent } from './hand-made.ts';

/** How many objects of these classes were made. */
export const made = { count: 0 };

export class Counted {
  constructor() {
    made.count++;
  }
}

@injectable()
export class Db extends Counted {
  onStart(): void {}
}

@injectable()
export class Cache extends Counted {
  constructor(readonly db: Db) {
    super();
  }
}

@injectable('Transient')
export class Query extends Counted {
  constructor(readonly db: Db) {
    super();
  }
}

@injectable()
export class Web extends Counted {
  @inject('log') readonly log: unknown;
  constructor(
    readonly cache: Cache,
    readonly query: Query,
    @inject('store') @named('main') readonly main: unknown,
    @inject('store') @tagged('kind', 'spare') readonly spare: unknown,
    @multiInject('plugin') readonly plugins: unknown[],
    @inject('absent') @optional() readonly absent: unknown,
    @inject('database') readonly database: unknown,
    @inject(new LazyServiceIdentifier(() => Late)) readonly late: unknown,
  ) {
    super();
  }
  onStart(): void {}
}

@Managed({ name: 'late' })
@DependsOn('setup')
@injectable()
export class Late extends Counted {}

/** A container with every kind of binding and of injection. */
export function everything(): ServiceContainer {
  const container = new ServiceContainer({
    lifecycle: { logger: silent, dependsOn: [{ service: 'setup', on: [Db] }] },
  }).add(Web, Cache, Db, Query, Late);
  container.bind('log').toResolvedValue((db: Db) => ({ db }), [Db]);
  container.bind('store').toConstantValue({}).whenNamed('main');
  container.bind('store').toConstantValue({}).whenTagged('kind', 'spare');
  container.bind('plugin').to(Cache);
  container.bind('plugin').to(Cache);
  container.bind('database').toService(Db);
  container.bind('setup').toDynamicValue(() => new Counted());
  container.bind<() => Counted>('make').toFactory(() => () => new Counted());
  return container;
}

/** `Web -> Db constructor[0]`, and `by` where it was declared. */
export function edges(graph: Graph): string[] {
  const label = (id: string): string => graph.node(id).label;
  return graph.edges
    .map(
      ({ from, to, via, kind }) => `${label(from)} ${kind === 'declared' ? '=>' : '->'} ${label(to)} ${via.join(' ')}`,
    )
    .sort();
}

/** The labels, sorted. */
export function labels(nodes: readonly { readonly label: string }[]): string[] {
  return nodes.map(({ label }) => label).sort();
}
