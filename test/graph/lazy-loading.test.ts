import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { chain } from './pictures.ts';

const require = createRequire(import.meta.url);
const isLoaded = (library: string): boolean => require.resolve(library) in require.cache;

it('loads each library when it is first needed, and not before', () => {
  const graph = chain(3);
  expect([graph.toMermaid(), graph.toString(), graph.dependenciesOf('N0')]).toHaveLength(3);
  expect(['graphology', 'graphology-dag', 'ts-graphviz'].filter(isLoaded)).toEqual([]);
  expect(graph.graphology.order).toBe(3);
  expect(['graphology', 'graphology-dag', 'ts-graphviz'].filter(isLoaded)).toEqual(['graphology']);
  expect(graph.order).toHaveLength(3);
  expect(['graphology-dag', 'ts-graphviz'].filter(isLoaded)).toEqual(['graphology-dag']);
  expect(graph.toDot()).toContain('digraph');
  expect(isLoaded('ts-graphviz')).toBe(true);
});
