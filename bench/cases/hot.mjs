// Nanoseconds of `container.get` with and without the plugin: `hot.mjs <without|with|started>`.
import { Container, injectable } from 'inversify';
import { LifecyclePlugin } from '../../dist/container/index.js';
import { tell, timed } from '../measure.mjs';

const [what] = process.argv.slice(2);

class Singleton {
  onStart() {}
}
class Transient {
  constructor(singleton) {
    this.singleton = singleton;
  }
}
Reflect.defineMetadata('design:paramtypes', [Singleton], Transient);
injectable()(Singleton);
injectable()(Transient);

const container = new Container();
if (what !== 'without') container.register(LifecyclePlugin);
container.bind(Singleton).toSelf().inSingletonScope();
container.bind(Transient).toSelf();
if (what === 'started') await container.startAll();

/** The best of several rounds: what is slower is the machine's doing. */
async function nanoseconds(Class, times) {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 12; round++) {
    const { cpu } = await timed(() => {
      for (let count = 0; count < times; count++) container.get(Class);
    });
    best = Math.min(best, (cpu / times) * 1e6);
  }
  return best;
}

tell({ singleton: await nanoseconds(Singleton, 2_000_000), transient: await nanoseconds(Transient, 500_000) });
if (what === 'started') await container.stopAll();
