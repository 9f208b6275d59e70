import { type Container, ContainerModule } from 'inversify';
import { describe, expect, it } from 'vitest';
import { onBindingChange } from '../../container/binding-changes.ts';
import { identifierText } from '../../container/inversify.ts';
import { contextOf, load, singletons, unbind, unbindAll, unload } from '../support/plugin-context.ts';

class Db {}

/** The changes of a container so far, as `added a`, and how to forget them or to stop. */
function recorder(container: Container): { readonly take: () => string[]; readonly undo: () => void } {
  const changes: string[] = [];
  const undo = onBindingChange(contextOf(container), (change) =>
    changes.push(
      change.kind === 'reset' ? 'reset' : `${change.kind} ${identifierText(change.binding.serviceIdentifier)}`,
    ),
  );
  return { take: () => changes.splice(0), undo };
}

describe('a change is heard', () => {
  it('of bind, unbind by identifier and by binding, and rebind', async () => {
    const container = singletons();
    const { take } = recorder(container);
    container.bind('a').toConstantValue(1);
    const second = container.bind('a').toConstantValue(2).getIdentifier();
    expect(take()).toEqual(['added a', 'added a']);
    await unbind(container, second);
    expect(take()).toEqual(['removed a']);
    (await (container.rebindAsync ?? container.rebind).call(container, 'a')).toConstantValue(3);
    expect(take()).toEqual(['removed a', 'added a']);
    await unbind(container, 'a');
    expect(take()).toEqual(['removed a']);
  });

  it('of modules, with what they bind, unbind and rebind themselves', async () => {
    const container = singletons();
    container.bind('a').toConstantValue(1);
    const { take } = recorder(container);
    const module = new ContainerModule(async (options) => {
      options.bind('b').toConstantValue(2);
      await (options.unbindAsync ?? options.unbind)('a');
    });
    await load(container, module);
    expect(take()).toEqual(['added b', 'removed a']);
    await unload(container, module);
    expect(take()).toEqual(['reset']);
  });

  it('of unbindAll and of restore, when all is done', async () => {
    const container = singletons();
    container.bind('a').toConstantValue(1);
    container.snapshot();
    container.bind('b').toConstantValue(1);
    const { take } = recorder(container);
    container.restore();
    expect(take()).toEqual(['reset']);
    expect(container.isBound('b')).toBe(false);
    await unbindAll(container);
    expect(take()).toEqual(['reset']);
  });

  it('of the parents too, and of children not', () => {
    const parent = singletons();
    const child = singletons({ parent });
    const [above, below] = [recorder(parent), recorder(child)];
    parent.bind('a').toConstantValue(1);
    child.bind('b').toConstantValue(1);
    expect(above.take()).toEqual(['added a']);
    expect(below.take()).toEqual(['added a', 'added b']);
  });

  it('when the binding is in place or gone', async () => {
    const container = singletons();
    const seen: boolean[] = [];
    onBindingChange(contextOf(container), () => seen.push(container.isBound('a')));
    container.bind('a').toConstantValue(1);
    await unbind(container, 'a');
    expect(seen).toEqual([true, false]);
  });
});

describe('no change is heard', () => {
  it('of what the container option binds by itself; of the option of `get` it is', () => {
    const silent = singletons({ autobind: true });
    const quiet = recorder(silent);
    silent.get(Db);
    expect(quiet.take()).toEqual([]);

    const container = singletons();
    const { take } = recorder(container);
    container.get(Db, { autobind: true });
    expect(take()).toEqual(['added Db']);
  });

  it('after the undo', () => {
    const container = singletons();
    const { take, undo } = recorder(container);
    undo();
    container.bind('a').toConstantValue(1);
    expect(take()).toEqual([]);
  });
});

it('says that a binding was removed which a child cannot remove from its parent', async () => {
  const parent = singletons();
  const child = singletons({ parent });
  parent.bind('a').toConstantValue(1);
  const { take } = recorder(child);
  await unbind(child, 'a');
  expect(take()).toEqual(['removed a']);
  expect(child.isBound('a')).toBe(true);
});
