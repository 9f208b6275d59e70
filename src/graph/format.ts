import { extname } from 'node:path';
import { suggestion } from '../did-you-mean.ts';
import { OptionError } from '../errors.ts';
import type { DrawingOptions } from './drawing.ts';
import type { Graph } from './graph.ts';

/** How a graph can be written, by the names of the formats. */
const FORMATS = {
  text: (graph: Graph) => `${graph}\n`,
  svg: (graph: Graph, options: DrawingOptions) => graph.toSvg(options),
  dot: (graph: Graph, options: DrawingOptions) => graph.toDot(options),
  mmd: (graph: Graph, options: DrawingOptions) => graph.toMermaid(options),
  json: (graph: Graph) => `${JSON.stringify(graph, undefined, 2)}\n`,
} as const;

export type GraphFormat = keyof typeof FORMATS;

export const GRAPH_FORMATS = Object.keys(FORMATS) as readonly GraphFormat[];

/** Other names that files of these formats have. */
const ALIASES: Readonly<Record<string, GraphFormat>> = { gv: 'dot', mermaid: 'mmd', txt: 'text' };

/** @param what gives the name, where that has to be said @throws OptionError for a name that no format has */
export function graphFormat(name: string, what?: string): GraphFormat {
  const format = ALIASES[name] ?? GRAPH_FORMATS.find((known) => known === name);
  if (format !== undefined) return format;
  const whose = what === undefined ? '' : `${what}: `;
  throw new OptionError(`${whose}there is no format '${name}'. ${suggestion(name, GRAPH_FORMATS)}`, { name });
}

/** The format that the name of a file asks for. @throws OptionError */
export function formatOfFile(file: string): GraphFormat {
  return graphFormat(extname(file).slice(1), file);
}

/** @throws LifecycleError with code LIFECYCLE_MISSING_PEER for an SVG without its optional peer */
export async function graphText(graph: Graph, format: GraphFormat, options: DrawingOptions = {}): Promise<string> {
  return FORMATS[format](graph, options);
}
