import { messageOf } from '../src/errors.ts';
import type { GraphIssue } from '../src/graph/model.ts';
import type { BindingGraph, BindingNode } from './binding-graph.ts';
import { type Identifier, identifierText } from './inversify.ts';
import { bindText } from './issues.ts';
import { anyLazy, wantedBy } from './lazy.ts';
import type { SelectionFault } from './selection.ts';

/** What is wrong with what is looked up later: it stops nothing, since it may be bound by then. */
export function lazyFaults(
  graph: BindingGraph,
  answerTo: (identifier: Identifier) => object | SelectionFault,
): GraphIssue[] {
  if (!anyLazy()) return [];
  const issues: GraphIssue[] = [];
  for (const node of graph.nodes.values()) {
    const wanted = wantedBy(node.binding.serviceIdentifier);
    if (wanted === undefined) continue;
    const users = [...graph.nodes.values()].filter(({ needs }) => needs.includes(node));
    const fault = faultOf(wanted, answerTo);
    if (fault !== undefined) issues.push(...users.map((user) => ({ ...fault, ...told(fault.message, user) })));
  }
  return issues;
}

function told(message: string, { label }: BindingNode): Pick<GraphIssue, 'message' | 'nodes'> {
  return { message: `${message}, looked up by ${label} (Lazy)`, nodes: [label] };
}

function faultOf(
  wanted: () => Identifier,
  answerTo: (identifier: Identifier) => object | SelectionFault,
): Pick<GraphIssue, 'code' | 'message'> | undefined {
  try {
    const identifier = wanted();
    const answer = answerTo(identifier);
    if (!isFault(answer)) return undefined;
    const what = identifierText(identifier);
    if (answer.kind === 'missing')
      return { code: 'MISSING', message: `nothing is bound to ${what} (write ${bindText(identifier)})` };
    return { code: 'AMBIGUOUS', message: `${answer.candidates.length} bindings of ${what} match` };
  } catch (error) {
    return { code: 'INVALID_METADATA', message: `what lazy(() => ...) gives cannot be read: ${messageOf(error)}` };
  }
}

function isFault(answer: object | SelectionFault): answer is SelectionFault {
  return 'kind' in answer;
}
