import { LifecycleError } from '../errors.ts';
import type { GraphIssue } from './model.ts';

/** The graph cannot start: all its faults at once, found before anything was started. */
export class GraphError extends LifecycleError {
  /** Every fault, each with its own code, text and nodes. */
  readonly details: readonly GraphIssue[];

  constructor(details: readonly GraphIssue[]) {
    super('LIFECYCLE_GRAPH', `The graph cannot start:${details.map(bullet).join('')}`, { details });
    this.details = details;
  }
}

/** The fault of a cycle, given the labels along it; the first and the last are the same. */
export function cycleIssue(path: readonly string[]): GraphIssue {
  const message =
    `${path.join(' -> ')} is a cycle, so none of them can start first: move what they share into a class of its own, ` +
    'or let one of them look the other up later instead of injecting it';
  return { code: 'CYCLE', message, nodes: path };
}

function bullet({ message }: GraphIssue): string {
  return `\n  - ${message.replaceAll('\n', '\n    ')}`;
}
