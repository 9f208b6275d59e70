/** The graph in DOT, the language of Graphviz. */

import { createRequire } from 'node:module';
import type { EdgeAttributesObject, GraphAttributesObject, NodeAttributesObject } from 'ts-graphviz';
import { type DrawingOptions, FAULT, type Faults, faultsOf, KIND_COLOURS, LINE, STATE_COLOURS } from './drawing.ts';
import type { GraphEdge, GraphNode, GraphPicture } from './model.ts';

/** Loaded on first use: to import this package is not to import ts-graphviz. */
const require = createRequire(import.meta.url);
const graphviz = (): typeof import('ts-graphviz') => require('ts-graphviz');

/** ts-graphviz stops at 100,000 syntax nodes unless told not to; 0 is no limit. */
const NO_LIMIT = { convert: { maxASTNodes: 0 } };

/**
 * The graph in DOT: services are solid boxes, components dashed ellipses, whatever is not a singleton is dotted; a state
 * gives a soft colour, an error a red line. The arrows point as "depends on" does.
 */
export function renderDot(picture: GraphPicture, options: DrawingOptions = {}): string {
  const { Digraph, toDot } = graphviz();
  const faults = faultsOf(picture);
  const graph = new Digraph('lifecycle', sheet(options));
  graph.attributes.node.apply({ fontname: 'Helvetica', fontsize: 12, margin: '0.2,0.08', height: 0.4 });
  graph.attributes.edge.apply({
    fontname: 'Helvetica',
    fontsize: 9,
    fontcolor: KIND_COLOURS.component.text,
    color: LINE,
    arrowsize: 0.7,
  });
  for (const node of picture.nodes) graph.node(node.id, nodeLook(node, faults));
  for (const edge of picture.edges) graph.edge([edge.from, edge.to], edgeLook(edge, faults, options));
  return toDot(graph, NO_LIMIT);
}

function sheet({ direction = 'TB' }: DrawingOptions): GraphAttributesObject {
  return { rankdir: direction, nodesep: 0.35, ranksep: 0.5, bgcolor: 'transparent' };
}

function nodeLook(node: GraphNode, faults: Faults): NodeAttributesObject {
  const colours = node.state === undefined ? KIND_COLOURS[node.kind] : STATE_COLOURS[node.state];
  return {
    label: plain(node.label),
    tooltip: plain(factsOf(node)),
    ...(node.kind === 'service' ? { shape: 'box' } : { shape: 'ellipse', margin: '0.06,0.04' }),
    style: styleOf(node),
    fillcolor: colours.fill,
    fontcolor: colours.text,
    color: colours.border,
    ...(faults.nodes.has(node) && { color: FAULT, penwidth: 2 }),
  };
}

function styleOf({ kind, scope }: GraphNode): NonNullable<NodeAttributesObject['style']> {
  if (kind === 'service') return scope === 'singleton' ? 'filled,rounded' : 'filled,rounded,dotted';
  return scope === 'singleton' ? 'filled,dashed' : 'filled,dotted';
}

function factsOf({ label, kind, origin, scope, state, foreign }: GraphNode): string {
  const facts = [`${label}: ${scope} ${kind}`, origin, state, foreign && 'of a parent container'];
  return facts.filter(Boolean).join(', ');
}

function edgeLook(edge: GraphEdge, faults: Faults, { via = false }: DrawingOptions): EdgeAttributesObject {
  const text = plain(edge.via.join(', '));
  return {
    ...(text !== '' && { tooltip: text }),
    ...(via && text !== '' && { label: ` ${text} ` }),
    ...(edge.kind === 'declared' && { style: 'dashed' }),
    ...(edge.kind === 'child' && { style: 'dotted', arrowhead: 'odiamond' }),
    ...(faults.edges.has(edge) && { color: FAULT, penwidth: 2 }),
  };
}

/**
 * A text that Graphviz shows as it is: no backslash sequences, no HTML label, no entities. ts-graphviz escapes only
 * quotes, and not one after a backslash.
 */
function plain(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"');
}
