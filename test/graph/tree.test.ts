import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Graph } from '../../src/graph/graph.ts';
import { anyLinks, chain, edge, graphOf, node, picture } from './pictures.ts';

const tree = (labels: string, dependencies = ''): string[] => `${picture(labels, dependencies)}`.split('\n');

describe('the tree of a graph', () => {
  it('begins with what nothing depends on', () => {
    expect(tree('Config Db Api Jobs Users', 'Api->Db Api->Users Users->Db Db->Config Jobs->Users')).toEqual([
      'Api',
      '├─ Db',
      '│  └─ Config',
      '└─ Users',
      '   └─ Db ↑',
      'Jobs',
      '└─ Users ↑',
    ]);
  });

  it('repeats a node that depends on nothing without a sign', () => {
    expect(tree('A B Config', 'A->Config B->Config')).toEqual(['A', '└─ Config', 'B', '└─ Config']);
  });

  it('shows where a cycle closes, and cycles that no root leads to', () => {
    expect(tree('Root A B Alone C', 'Root->A A->B B->A C->C')).toEqual([
      'Root',
      '└─ A',
      '   └─ B',
      '      └─ A ↻',
      'Alone',
      'C',
      '└─ C ↻',
    ]);
  });

  it('tells state and scope, in one line', () => {
    const nodes = [node('A', { state: 'running' }), node('B \n C', { scope: 'transient' })];
    const graph = new Graph({ nodes, edges: [edge('A', 'B \n C')], warnings: [], errors: [] });
    expect(`${graph}`).toBe('A · running\n└─ B C (transient)');
  });

  it('admits to be empty', () => {
    expect(tree('')).toEqual(['(no nodes)']);
  });

  it('goes on at the left margin where a branch is too deep', () => {
    const lines = `${chain(30)}`.split('\n');
    expect(lines.slice(20, 23)).toEqual([`${' '.repeat(57)}└─ N20 ↓`, 'N20', '└─ N21']);
    expect(lines.at(-1)).toMatch(/^ {24}└─ N29$/);
  });

  it('goes on with what was too deep before it comes to the next root', () => {
    const links = Array.from({ length: 23 }, (_, index) => (index < 22 ? [index + 1] : []));
    const lines = `${graphOf([...links, [24], []])}`.split('\n');
    expect(lines.slice(20)).toEqual([`${' '.repeat(57)}└─ N20 ↓`, 'N20', '└─ N21', '   └─ N22', 'N23', '└─ N24']);
  });

  it('shows the dependencies of each node exactly once', () => {
    fc.assert(
      fc.property(anyLinks(30), (links) => {
        const lines = `${graphOf(links)}`.split('\n').filter((line) => line.includes('N'));
        const expanded = lines.map((line) => line.replace(/^\W+/, '')).filter((text) => /^N\d+$/.test(text));
        for (const [index, targets] of links.entries()) {
          const times = expanded.filter((text) => text === `N${index}`).length;
          if (targets.length > 0) expect(times).toBe(1);
          else expect(times).toBeGreaterThan(0);
        }
        expect(lines.filter((line) => /[├└]/.test(line))).toHaveLength(links.flat().length);
      }),
    );
  });
});
