/** The graph in Mermaid, which GitHub and many wikis draw by themselves. */

import {
  type Colours,
  type DrawingOptions,
  FAULT,
  type Faults,
  faultsOf,
  KIND_COLOURS,
  LINE,
  STATE_COLOURS,
} from './drawing.ts';
import type { GraphEdge, GraphNode, GraphPicture } from './model.ts';

const ARROWS: Readonly<Record<GraphEdge['kind'], string>> = { injected: '-->', declared: '-.->', child: '--o' };

/**
 * The graph as a Mermaid flowchart, with the shapes, lines and colours of `renderDot`. (Mermaid itself draws no more
 * than 500 edges unless its `maxEdges` is raised.)
 */
export function renderMermaid(picture: GraphPicture, options: DrawingOptions = {}): string {
  const faults = faultsOf(picture);
  const lines = [
    `flowchart ${options.direction ?? 'TB'}`,
    ...picture.nodes.map(nodeLine),
    ...picture.edges.map((edge) => edgeLine(edge, options)),
    ...classesOf(faults).flatMap((rule) => classLines(rule, picture.nodes)),
    ...edgeStyles(picture.edges, faults),
  ];
  return `${lines.join('\n  ')}\n`;
}

function nodeLine(node: GraphNode): string {
  const label = quoted(node.label);
  return node.kind === 'service' ? `${key(node.id)}(${label})` : `${key(node.id)}([${label}])`;
}

function edgeLine(edge: GraphEdge, { via = false }: DrawingOptions): string {
  const text = via && edge.via.length > 0 ? `|${quoted(edge.via.join(', '))}|` : '';
  return `${key(edge.from)} ${ARROWS[edge.kind]}${text} ${key(edge.to)}`;
}

/** A Mermaid class: its name, its style, and the nodes that are of it. */
type ClassRule = readonly [name: string, style: string, has: (node: GraphNode) => boolean];

/** Of two classes the later wins, so they go from the general to the particular. */
function classesOf(faults: Faults): ClassRule[] {
  return [
    ['service', fill(KIND_COLOURS.service), (node) => node.kind === 'service'],
    ['component', `${fill(KIND_COLOURS.component)},stroke-dasharray:5 4`, (node) => node.kind === 'component'],
    ...Object.entries(STATE_COLOURS).map(
      ([state, colours]): ClassRule => [state, fill(colours), (node) => node.state === state],
    ),
    ['passing', 'stroke-dasharray:2 3', (node) => node.scope !== 'singleton'],
    ['fault', `stroke:${FAULT},stroke-width:2px`, (node) => faults.nodes.has(node)],
  ];
}

function classLines([name, style, has]: ClassRule, nodes: readonly GraphNode[]): string[] {
  const keys = nodes.filter(has).map((node) => key(node.id));
  return keys.length === 0 ? [] : [`classDef ${name} ${style}`, `class ${keys.join(',')} ${name}`];
}

function fill({ fill, border, text }: Colours): string {
  return `fill:${fill},stroke:${border},color:${text}`;
}

function edgeStyles(edges: readonly GraphEdge[], faults: Faults): string[] {
  if (edges.length === 0) return [];
  const plain = `linkStyle default stroke:${LINE}`;
  const faulty = edges.flatMap((edge, index) => (faults.edges.has(edge) ? [index] : []));
  return faulty.length === 0 ? [plain] : [plain, `linkStyle ${faulty.join(',')} stroke:${FAULT},stroke-width:2px`];
}

/** A prefix keeps ids apart from Mermaid's words, of which `end` and `default` break a diagram. */
function key(id: string): string {
  return `n_${id}`;
}

/**
 * Mermaid writes characters as `#35;`; all that could be read as its syntax, as markdown or as HTML is written so. An
 * empty text would be a syntax error.
 */
function quoted(text: string): string {
  const escaped = text.replaceAll(/[^\p{L}\p{N}_ .,:()[\]/@]/gu, (character) => `#${character.codePointAt(0)};`);
  return `"${escaped || ' '}"`;
}
