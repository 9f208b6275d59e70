import { expect, it } from 'vitest';
import { type HandMadeNode, handMade, service } from '../support/hand-made.ts';

const COUNT = 20_000;

it.each([
  ['synchronous', () => undefined],
  ['asynchronous', () => Promise.resolve()],
])(
  '20,000 services in a chain start, stop and start again: %s hooks',
  async (_, hook) => {
    const nodes: Record<string, HandMadeNode> = {};
    let up = 0;
    for (let index = 0; index < COUNT; index++) {
      const onStart = () => {
        expect(COUNT - 1 - up++).toBe(index);
        return hook();
      };
      const onStop = () => {
        up--;
        return hook();
      };
      nodes[`s${index}`] = service({ onStart, onStop }, { needs: index + 1 < COUNT ? [`s${index + 1}`] : [] });
    }
    const lifecycle = handMade(nodes);
    for (let life = 0; life < 2; life++) {
      const report = await lifecycle.startAll();
      expect(report.entries).toHaveLength(COUNT);
      expect(report.whatIf({ withoutEdge: ['s0', 's1'] })).toBeGreaterThanOrEqual(0);
      await lifecycle.stopAll();
      expect(up).toBe(0);
    }
    expect(lifecycle.get(`s${COUNT - 1}`).state).toBe('stopped');
  },
  30_000,
);

it('a ladder of 60 diamonds is walked once, not along its 2^60 paths', async () => {
  const nodes: Record<string, HandMadeNode> = {};
  const starts: string[] = [];
  const stops: string[] = [];
  const rung = (name: string, needs: string[]) =>
    service({ onStart: () => void starts.push(name), onStop: () => void stops.push(name) }, { needs });
  for (let depth = 0; depth < 60; depth++) {
    const needs = depth === 0 ? [] : [`left${depth - 1}`, `right${depth - 1}`];
    for (const side of ['left', 'right']) nodes[`${side}${depth}`] = rung(`${side}${depth}`, needs);
  }
  const lifecycle = handMade(nodes);
  const report = await lifecycle.startAll();
  expect(starts).toHaveLength(120);
  expect(report.criticalPath).toHaveLength(60);
  expect(lifecycle.get('left0').dependents).toEqual(['left1', 'right1']);
  await lifecycle.stopAll();
  expect(stops).toHaveLength(120);
  expect(new Set(stops.slice(0, 2))).toEqual(new Set(['left59', 'right59']));
});
