import { injectable, postConstruct } from 'inversify';
import { expect, it } from 'vitest';
import { lifecycle, ServiceContainer } from '../../container/index.ts';
import { silent } from '../support/hand-made.ts';

/** What can be made at once is; each of these looks as if it could, and cannot. */
@injectable()
class Plain {
  ready = false;
  onStart(): void {
    if (!this.ready) throw new Error('started before it was made ready');
  }
}

@injectable()
class Constructed extends Plain {
  @postConstruct()
  async prepare(): Promise<void> {
    await new Promise(setImmediate);
    this.ready = true;
  }
}

async function later(plain: Plain): Promise<Plain> {
  await new Promise(setImmediate);
  plain.ready = true;
  return plain;
}

const cases: Readonly<Record<string, (container: ServiceContainer) => void>> = {
  'an asynchronous @postConstruct': (container) => container.bind('it').to(Constructed),
  'an asynchronous activation of the binding': (container) =>
    container
      .bind<Plain>('it')
      .to(Plain)
      .onActivation((_, plain) => later(plain)),
  'an asynchronous activation of the container': (container) => {
    container.onActivation<Plain>('it', (_, plain) => later(plain));
    container.bind('it').to(Plain);
  },
  'an asynchronous value': (container) => container.bind('it').toDynamicValue(() => later(new Plain())),
};

it.each(Object.entries(cases))('%s is awaited, by the service and by what is made with it', async (_, bind) => {
  const container = new ServiceContainer({ lifecycle: { logger: silent } });
  bind(container);
  container.bind('user').toResolvedValue((it: Plain) => ({ it, onStart() {} }), ['it']);
  await container.startAll({ only: ['user'] });
  expect(container.get<{ it: Plain }>('user').it.ready).toBe(true);
  expect(lifecycle(container).get('it').state).toBe('running');
  await container.stopAll();
});
