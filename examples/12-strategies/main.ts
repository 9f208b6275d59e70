// One graph, four ways to deal with the crash of its bottom: who goes down, and who comes up again.
import { injectable } from 'inversify';
import { ServiceContainer, type ServiceContext, type Strategy } from 'inversify-lifecycle';

class Told {
  context?: ServiceContext;

  onStart(context: ServiceContext): void {
    this.context = context;
    console.log(`  + ${context.name}`);
  }

  onStop({ name }: ServiceContext): void {
    console.log(`  - ${name}`);
  }
}

@injectable()
class Redis extends Told {}

@injectable()
class Cache extends Told {
  constructor(readonly redis: Redis) {
    super();
  }
}

@injectable()
class Mailer extends Told {}

const strategies: Strategy[] = ['restForGraph', 'oneForOne', 'oneForAll', 'giveUp'];
for (const strategy of strategies) {
  console.log(strategy);
  const supervision = { strategy, backoff: false, restart: { max: 2 } } as const;
  const container = new ServiceContainer({ lifecycle: { supervision } }).add(Redis, Cache, Mailer);
  await container.startAll();
  const { lifecycle } = container;
  const dealtWith = new Promise<void>((resolve) => {
    lifecycle.on((event) => {
      if (event.kind === 'incident') console.log(`  ${event.service} crashed: ${event.action}`);
      if (event.kind === 'service:dependencyDown') console.log(`  ${event.service} is told that it is down`);
      const isOver = strategy === 'giveUp' ? event.kind === 'service:crashed' && event.from === 'stopping' : false;
      if (isOver || (event.kind === 'service:running' && lifecycle.services.every(isRunning))) resolve();
    });
  });
  container.get(Redis).context?.crash(new Error('connection lost'));
  await dealtWith;
  console.log(`  ready: ${lifecycle.health().ready}`);
  await container.stopAll();
}

function isRunning({ state }: { readonly state: string }): boolean {
  return state === 'running';
}
