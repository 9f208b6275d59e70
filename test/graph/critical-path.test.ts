import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { longestPath } from '../../src/graph/critical-path.ts';
import { acyclicLinks, type Links } from './pictures.ts';

const LINKS: Record<string, string[]> = {
  app: ['http', 'jobs'],
  http: ['db'],
  jobs: ['db', 'queue'],
  db: [],
  queue: [],
};
const WEIGHTS: Record<string, number> = { app: 1, http: 5, jobs: 2, db: 3, queue: 9 };
const ofApp = (nodes: string[]) =>
  longestPath(
    nodes,
    (node) => LINKS[node] ?? [],
    (node) => WEIGHTS[node] ?? 0,
  );

describe('longestPath', () => {
  it('is empty for no nodes', () => {
    expect(ofApp([])).toEqual({ total: 0, path: [], finishOf: new Map() });
  });

  it('runs from what starts first to what starts last', () => {
    const { total, path } = ofApp(Object.keys(LINKS));
    expect(path).toEqual(['queue', 'jobs', 'app']);
    expect(total).toBe(12);
  });

  it('knows when each node is done', () => {
    expect(Object.fromEntries(ofApp(['app']).finishOf)).toEqual({ db: 3, queue: 9, http: 8, jobs: 11, app: 12 });
  });

  it('ends where nothing heavier follows, be it a root or not', () => {
    const path = longestPath(
      ['a', 'b'],
      () => [],
      (node) => (node === 'b' ? 2 : 1),
    ).path;
    expect(path).toEqual(['b']);
  });

  it('takes the first of those that are equally heavy: of the ends, and of what each needs', () => {
    const pathOf = (nodes: string[], links: Record<string, string[]>): string[] =>
      longestPath(
        nodes,
        (node) => links[node] ?? [],
        () => 1,
      ).path;
    expect(pathOf(['a', 'b'], {})).toEqual(['a']);
    expect(pathOf(['b', 'a'], {})).toEqual(['b']);
    expect(pathOf(['a', 'b', 'top'], { top: ['a', 'b'] })).toEqual(['a', 'top']);
    expect(pathOf(['a', 'b', 'top'], { top: ['b', 'a'] })).toEqual(['b', 'top']);
  });

  it('gives a path even if nothing weighs anything', () => {
    expect(
      longestPath(
        [0, 1],
        (node) => (node === 0 ? [1] : []),
        () => 0,
      ),
    ).toMatchObject({ total: 0, path: [1] });
  });

  it('ends on a cycle, too', () => {
    expect(
      longestPath(
        [0, 1],
        (node) => [1 - node],
        () => 1,
      ).total,
    ).toBe(2);
    expect(
      longestPath(
        [0],
        () => [0],
        () => 1,
      ),
    ).toMatchObject({ total: 1, path: [0] });
  });

  it('is as long as the longest of all paths', () => {
    const weighted = acyclicLinks().chain((links) =>
      fc.tuple(fc.constant(links), fc.array(fc.nat(20), { minLength: links.length, maxLength: links.length })),
    );
    fc.assert(
      fc.property(weighted, ([links, weights]) => {
        const weightOf = (node: number): number => weights[node] ?? 0;
        const { total, path, finishOf } = longestPath(links.keys(), (node) => links[node] ?? [], weightOf);
        const finishes = [...links.keys()].map((node) => heaviest(node, links, weightOf));
        expect([...links.keys()].map((node) => finishOf.get(node))).toEqual(finishes);
        expect(total).toBe(Math.max(0, ...finishes));
        expect(path.reduce((sum, node) => sum + weightOf(node), 0)).toBe(total);
        path.slice(1).forEach((node, index) => {
          expect(links[node]).toContain(path[index]);
        });
      }),
    );
  });
});

/** By trying every path. */
function heaviest(node: number, links: Links, weightOf: (node: number) => number): number {
  return weightOf(node) + Math.max(0, ...(links[node] ?? []).map((next) => heaviest(next, links, weightOf)));
}
