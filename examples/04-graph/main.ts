// The graph of a container, drawn three ways. To draw it is not to start it: no object is made.
import { injectable } from 'inversify';
import { DependsOn, ServiceContainer } from 'inversify-lifecycle';

class Hooks {
  onStart(): void {}
}

@injectable()
class Database extends Hooks {}

@injectable()
class Cache extends Hooks {
  constructor(readonly database: Database) {
    super();
  }
}

@injectable()
class Mailer extends Hooks {}

/** It sends its mail through a function that it is handed elsewhere, so the container cannot see that it needs the Mailer. */
@injectable()
@DependsOn(Mailer)
class Api extends Hooks {
  constructor(
    readonly cache: Cache,
    readonly database: Database,
  ) {
    super();
  }
}

const container = new ServiceContainer().add(Api, Cache, Mailer, Database);

console.log('As text:\n');
console.log(container.graph().toString());

console.log('\nAs Mermaid, which GitHub draws by itself:\n');
console.log(container.graph().toMermaid());

console.log('As DOT, for Graphviz (dot -Tsvg), with where each dependency comes from:\n');
console.log(container.graph().toDot({ via: true }));

console.log(
  '\nA start order:',
  container
    .graph()
    .order.map(({ label }) => label)
    .join(', '),
);

await container.startAll({ only: [Cache] });

console.log('\nWhile a part of it runs:\n');
console.log(container.graph().toString());

await container.stopAll();
