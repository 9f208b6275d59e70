import fc from 'fast-check';
import { fromDot } from 'ts-graphviz';
import { describe, expect, it } from 'vitest';
import { type Hex, KIND_COLOURS, STATE_COLOURS } from '../../src/graph/drawing.ts';
import { Graph } from '../../src/graph/graph.ts';
import { cycleIssue } from '../../src/graph/graph-error.ts';
import type { GraphNode } from '../../src/graph/model.ts';
import { edge, node, picture } from './pictures.ts';

const one = (facts: Partial<GraphNode>): Graph =>
  new Graph({ nodes: [node('A', facts)], edges: [], warnings: [], errors: [] });

const cyclic = picture('A B C', 'A->B B->A A->C', [cycleIssue(['A', 'B', 'A'])]);

/** Labels made of what could break out of them. */
const wildLabel = fc.string({
  unit: fc.constantFrom('"', '\\', '<', '>', '&', '#', ';', '`', '\n', '{', 'N', 'é', '😀'),
});

/** How much brighter one colour is than another, from 1 to 21, as WCAG counts. */
function contrast(one: Hex, other: Hex): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(hex: Hex): number {
  const [, ...pairs] = /^#(\w\w)(\w\w)(\w\w)$/.exec(hex) ?? [];
  const [red = Number.NaN, green = Number.NaN, blue = Number.NaN] = pairs.map((pair) => {
    const share = Number.parseInt(pair, 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

describe('the colours of a node', () => {
  it.each(Object.entries({ ...KIND_COLOURS, ...STATE_COLOURS }))('of %s can be read', (_, { fill, text, border }) => {
    expect(contrast(fill, text)).toBeGreaterThan(3.5);
    expect(contrast(fill, border)).toBeGreaterThan(2);
    expect(contrast('#ffffff', border)).toBeGreaterThan(2);
  });
});

describe('the DOT of a graph', () => {
  it('is a sheet, the looks of nodes and edges, nodes, and edges', () => {
    const nodes = [node('Api', { state: 'running' }), node('Db', { kind: 'component', scope: 'transient' })];
    const edges = [
      edge('Api', 'Db', { via: ['constructor[0]', '.db'] }),
      edge('Db', 'Api', { kind: 'child', via: [] }),
    ];
    const graph = new Graph({ nodes, edges, warnings: [], errors: [cycleIssue(['Api', 'Db', 'Api'])] });
    expect(graph.toDot({ via: true }).split(/\n */)).toEqual([
      'digraph "lifecycle" {',
      ...['rankdir = "TB";', 'nodesep = 0.35;', 'ranksep = 0.5;', 'bgcolor = "transparent";'],
      ...['edge [', 'fontname = "Helvetica";', 'fontsize = 9;', 'fontcolor = "#64748b";', 'color = "#94a3b8";'],
      ...['arrowsize = 0.7;', '];'],
      ...['node [', 'fontname = "Helvetica";', 'fontsize = 12;', 'margin = "0.2,0.08";', 'height = 0.4;', '];'],
      ...['"id_Api" [', 'label = "Api";', 'tooltip = "Api: singleton service, class, running";', 'shape = "box";'],
      ...['style = "filled,rounded";', 'fillcolor = "#dcfce7";', 'fontcolor = "#1e293b";', 'color = "#dc2626";'],
      ...['penwidth = 2;', '];'],
      ...['"id_Db" [', 'label = "Db";', 'tooltip = "Db: transient component, class";', 'shape = "ellipse";'],
      ...['margin = "0.06,0.04";', 'style = "filled,dotted";', 'fillcolor = "#f8fafc";', 'fontcolor = "#64748b";'],
      ...['color = "#dc2626";', 'penwidth = 2;', '];'],
      ...['"id_Api" -> "id_Db" [', 'tooltip = "constructor[0], .db";', 'label = " constructor[0], .db ";'],
      ...['color = "#dc2626";', 'penwidth = 2;', '];'],
      ...['"id_Db" -> "id_Api" [', 'style = "dotted";', 'arrowhead = "odiamond";', 'color = "#dc2626";'],
      ...['penwidth = 2;', '];', '}'],
    ]);
  });

  it('points from what depends to what is depended on', () => {
    const [drawn] = fromDot(picture('A B', 'A->B').toDot()).edges;
    expect(drawn?.targets).toMatchObject([{ id: 'id_A' }, { id: 'id_B' }]);
  });

  it('tells services, components and what is not a singleton apart', () => {
    const lookOf = (facts: Partial<GraphNode>) => fromDot(one(facts).toDot()).getNode('id_A')?.attributes;
    expect(lookOf({})?.get('shape')).toBe('box');
    expect(lookOf({})?.get('style')).toBe('filled,rounded');
    expect(lookOf({ kind: 'component' })?.get('shape')).toBe('ellipse');
    expect(lookOf({ kind: 'component' })?.get('style')).toBe('filled,dashed');
    expect(lookOf({ scope: 'transient' })?.get('style')).toBe('filled,rounded,dotted');
    expect(lookOf({ kind: 'component', scope: 'request' })?.get('style')).toBe('filled,dotted');
  });

  it('gives each state its own colour', () => {
    const fills = Object.keys(STATE_COLOURS).map((state) =>
      fromDot(one({ state: state as keyof typeof STATE_COLOURS }).toDot())
        .getNode('id_A')
        ?.attributes.get('fillcolor'),
    );
    expect(new Set(fills).size).toBe(7);
  });

  it('tells the facts of a node where the pointer rests', () => {
    const dot = one({ origin: 'constant', state: 'running', foreign: true }).toDot();
    expect(dot).toContain('tooltip = "A: singleton service, constant, running, of a parent container";');
  });

  it('draws the errors in red, and of the edges only those of the cycle', () => {
    const model = fromDot(cyclic.toDot());
    const red = (thing: { attributes: { get(key: 'color'): unknown } } | undefined) =>
      thing?.attributes.get('color') === '#dc2626';
    expect(['id_A', 'id_B', 'id_C'].map((id) => red(model.getNode(id)))).toEqual([true, true, false]);
    expect(model.edges.map(red)).toEqual([true, true, false]);
  });

  it('draws the nodes that an error names in red, and no edge unless they are a cycle', () => {
    const missing = { code: 'MISSING', message: 'A needs X', nodes: ['A', 'B'] } as const;
    const model = fromDot(picture('A B C', 'A->B', [missing]).toDot());
    const widthOf = (thing: { attributes: { get(key: 'penwidth'): unknown } } | undefined) =>
      thing?.attributes.get('penwidth');
    expect(['id_A', 'id_B', 'id_C'].map((id) => widthOf(model.getNode(id)))).toEqual(['2', '2', undefined]);
    expect(model.edges.map(widthOf)).toEqual([undefined]);
  });

  it('turns and writes on the edges when asked to', () => {
    const graph = picture('A B', 'A->B');
    expect(graph.toDot()).toContain('rankdir = "TB"');
    expect(graph.toDot()).not.toContain('label = " constructor[0] "');
    expect(graph.toDot({ direction: 'LR', via: true })).toContain('rankdir = "LR"');
    expect(graph.toDot({ direction: 'LR', via: true })).toContain('label = " constructor[0] "');
  });

  it('draws declared dependencies dashed and children dotted', () => {
    const edges = [edge('A', 'B', { kind: 'declared' }), edge('B', 'A', { kind: 'child' })];
    const graph = new Graph({ nodes: [node('A'), node('B')], edges, warnings: [], errors: [] });
    expect(fromDot(graph.toDot()).edges.map((drawn) => drawn.attributes.get('style'))).toEqual(['dashed', 'dotted']);
  });

  it('never merges nodes of one label', () => {
    const nodes = [node('Db'), node('Db', { id: 'other' })];
    const graph = new Graph({ nodes, edges: [], warnings: [], errors: [] });
    expect(fromDot(graph.toDot()).nodes.map(({ id }) => id)).toEqual(['id_Db', 'other']);
  });

  it('escapes what Graphviz would read as more than text', () => {
    expect(one({ label: 'a"b' }).toDot()).toContain('label = "a\\"b";');
    expect(one({ label: 'a\\"b' }).toDot()).toContain('label = "a\\\\\\"b";');
    expect(one({ label: '\\N' }).toDot()).toContain('label = "\\\\N";');
    expect(one({ label: '<b>&amp;</b>' }).toDot()).toContain('label = "&lt;b&gt;&amp;amp;&lt;/b&gt;";');
  });

  it('stays one node whatever its label', () => {
    fc.assert(
      fc.property(wildLabel, (label) => {
        const texts = [
          ...one({ label })
            .toDot()
            .matchAll(/^ {4}label = "((?:[^"\\]|\\.)*)";$/gm),
        ];
        expect(texts).toHaveLength(1);
        const shown = texts[0]?.[1]?.replaceAll(/\\(.)/g, (_, it) => (it === 'n' ? '\n' : it));
        const entities: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&amp;': '&' };
        expect(shown?.replaceAll(/&\w+;/g, (it) => entities[it] ?? it)).toBe(label);
      }),
    );
  });
});

describe('the Mermaid of a graph', () => {
  it('is a flowchart of nodes, edges, classes and line colours', () => {
    const nodes = [node('Api', { state: 'running' }), node('Db', { kind: 'component', scope: 'transient' })];
    const graph = new Graph({ nodes, edges: [edge('Api', 'Db')], warnings: [], errors: [] });
    expect(graph.toMermaid().split('\n  ')).toEqual([
      'flowchart TB',
      'n_id_Api("Api")',
      'n_id_Db(["Db"])',
      'n_id_Api --> n_id_Db',
      'classDef service fill:#ffffff,stroke:#475569,color:#1e293b',
      'class n_id_Api service',
      'classDef component fill:#f8fafc,stroke:#94a3b8,color:#64748b,stroke-dasharray:5 4',
      'class n_id_Db component',
      'classDef running fill:#dcfce7,stroke:#16a34a,color:#1e293b',
      'class n_id_Api running',
      'classDef passing stroke-dasharray:2 3',
      'class n_id_Db passing',
      'linkStyle default stroke:#94a3b8\n',
    ]);
  });

  it('turns and writes on the edges when asked to', () => {
    const edges = [
      edge('A', 'B', { kind: 'declared', via: ['@DependsOn', '.b'] }),
      edge('B', 'A', { kind: 'child', via: [] }),
    ];
    const graph = new Graph({ nodes: [node('A'), node('B')], edges, warnings: [], errors: [] });
    const text = graph.toMermaid({ direction: 'LR', via: true });
    expect(text).toMatch(/^flowchart LR\n/);
    expect(text).toContain('n_id_A -.->|"@DependsOn, .b"| n_id_B\n  n_id_B --o n_id_A\n');
  });

  it('draws the errors in red, and of the edges only those of the cycle', () => {
    expect(cyclic.toMermaid()).toContain('classDef fault stroke:#dc2626,stroke-width:2px\n');
    expect(cyclic.toMermaid()).toContain('class n_id_A,n_id_B fault\n');
    expect(cyclic.toMermaid()).toContain('linkStyle 0,1 stroke:#dc2626,stroke-width:2px\n');
  });

  it('has nothing but its head for an empty graph', () => {
    expect(picture('').toMermaid()).toBe('flowchart TB\n');
  });

  it('writes a label as one quoted text from which it can be read again', () => {
    fc.assert(
      fc.property(wildLabel.filter(Boolean), (label) => {
        const line = one({ label }).toMermaid().split('\n')[1];
        const text = /^ {2}n_id_A\("([^"`<>\\&\n]*)"\)$/.exec(line ?? '')?.[1];
        expect(text?.replaceAll(/#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))).toBe(label);
      }),
    );
  });

  it('never writes an empty text, which Mermaid refuses', () => {
    expect(one({ label: '' }).toMermaid()).toContain('n_id_A(" ")\n');
  });
});
