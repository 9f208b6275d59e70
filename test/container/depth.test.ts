import { decorate, inject, injectable, type Newable } from 'inversify';
import { describe, expect, it } from 'vitest';
import { ServiceContainer } from '../../container/index.ts';
import { silent } from '../support/hand-made.ts';

/** A class that needs what is bound to these. */
function needing(needs: readonly string[], hooks: object): Newable<object> {
  class Link {}
  Object.assign(Link.prototype, hooks);
  // Inversify asks for as many injections as the constructor has parameters.
  needs.forEach((need, index) => {
    decorate(inject(need), Link, index);
  });
  decorate(injectable(), Link);
  return Link;
}

/** `start` and `stop` note who went when; each needs the ones it is given. */
function containerOf(needs: ReadonlyMap<string, readonly string[]>, names: readonly string[]) {
  const container = new ServiceContainer({ lifecycle: { logger: silent } });
  const started = new Map<string, number>();
  const stopped = new Map<string, number>();
  for (const name of names) {
    const hooks = {
      onStart: () => void started.set(name, started.size),
      onStop: () => void stopped.set(name, stopped.size),
    };
    container.bind(name).to(needing(needs.get(name) ?? [], hooks));
  }
  return { container, started, stopped };
}

/** Every one started after what it needs, and stopped before it. */
async function expectOrder(needs: ReadonlyMap<string, readonly string[]>, names: readonly string[]): Promise<void> {
  const { container, started, stopped } = containerOf(needs, names);
  await container.startAll();
  expect(started.size).toBe(needs.size);
  await container.stopAll();
  expect(stopped.size).toBe(needs.size);
  let wrong = 0;
  for (const [name, below] of needs) {
    for (const other of below) {
      if ((started.get(other) ?? 0) >= (started.get(name) ?? 0)) wrong++;
      if ((stopped.get(other) ?? 0) <= (stopped.get(name) ?? 0)) wrong++;
    }
  }
  expect(wrong).toBe(0);
}

const LENGTH = 20_000;

function chain(): Map<string, string[]> {
  return new Map(
    Array.from({ length: LENGTH }, (_, index) => [`s${index}`, index === 0 ? [] : [`s${index - 1}`]] as const),
  ) as Map<string, string[]>;
}

/** Two a step, each of which needs both of the step below: 2 to the 60th paths lead down. */
function ladder(steps: number): Map<string, string[]> {
  const needs = new Map<string, string[]>();
  for (let step = 0; step < steps; step++) {
    const below = step === 0 ? [] : [`l${step - 1}`, `r${step - 1}`];
    needs.set(`l${step}`, below).set(`r${step}`, below);
  }
  return needs;
}

describe('deep graphs, of which container.get manages about 500 levels', { timeout: 120_000 }, () => {
  it('a chain of 20,000 bound from the bottom', async () => {
    const needs = chain();
    await expectOrder(needs, [...needs.keys()]);
  });

  it('a chain of 20,000 bound from the top', async () => {
    const needs = chain();
    await expectOrder(needs, [...needs.keys()].reverse());
  });

  it('a ladder of 60 diamonds', async () => {
    const needs = ladder(60);
    await expectOrder(needs, [...needs.keys()]);
    await expectOrder(needs, [...needs.keys()].reverse());
  });

  it('a ladder of 60 diamonds with a cycle at its end is refused with a short path', async () => {
    const needs = ladder(60).set('l0', ['r1']);
    const { container } = containerOf(needs, [...needs.keys()]);
    const [cycle] = container.graph().errors;
    expect(cycle).toMatchObject({ code: 'CYCLE' });
    expect(cycle?.nodes).toHaveLength(3);
    await expect(container.startAll()).rejects.toThrow(/is a cycle/);
  });

  it('a chain of 2,000 that fails at the top is rolled back in order', async () => {
    const needs = new Map([...chain()].slice(0, 2_000));
    const { container, started, stopped } = containerOf(needs, [...needs.keys()]);
    container.bind('top').to(needing(['s1999'], { onStart: () => Promise.reject(new Error('no port')) }));
    await expect(container.startAll()).rejects.toThrow(/^Link#2001\.onStart failed: no port/);
    expect(started.size).toBe(2_000);
    expect([...stopped.keys()]).toEqual([...started.keys()].reverse());
  });
});
