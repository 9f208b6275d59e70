/** From a survey to the graph that people look at. */

import { Graph } from '../src/graph/graph.ts';
import type { GraphEdge, GraphNode, NodeOrigin, NodeScope } from '../src/graph/model.ts';
import type { NodeKey } from '../src/lifecycle/host.ts';
import type { LivingUnits } from '../src/lifecycle/source.ts';
import type { Unit } from '../src/lifecycle/unit.ts';
import { DECLARED } from './declared.ts';
import type { TargetBindingLike } from './inversify.ts';
import type { Survey, SurveyNode } from './survey.ts';

/** What is bound, with the states that its parts are in now. */
export function pictureOf(survey: Survey, living: LivingUnits): Graph {
  const nodes = [...survey.nodes.values()];
  const children = [...living.runningGraph.units].filter(({ parent }) => parent !== undefined);
  const { errors, warnings } = survey.issues(survey.closure(survey.services));
  return new Graph({
    nodes: [...nodes.map((node) => nodeOf(node, living)), ...children.filter(isByHand).map(adoptedNode)],
    edges: [...nodes.flatMap(edgesOf), ...children.map(childEdge)],
    errors,
    warnings,
  });
}

function nodeOf({ id, label, spec, binding, owner, node }: SurveyNode, living: LivingUnits): GraphNode {
  const unit = (owner ?? living).runningGraph.get(id);
  return {
    id: idOf(id),
    label,
    kind: (unit?.spec ?? spec) === undefined ? 'component' : 'service',
    origin: ORIGINS[binding.type],
    scope: binding.scope.toLowerCase() as NodeScope,
    ...(unit === undefined ? {} : { state: unit.state.at }),
    ...(node.foreign ? { foreign: true } : {}),
  };
}

const ORIGINS: Readonly<Record<TargetBindingLike['type'], NodeOrigin>> = {
  Instance: 'class',
  ResolvedValue: 'resolved value',
  ConstantValue: 'constant',
  DynamicValue: 'dynamic value',
  Factory: 'factory',
  Provider: 'factory',
};

function edgesOf({ id, node, dependencies }: SurveyNode): GraphEdge[] {
  return dependencies.flatMap((dependency) => {
    const via = node.dependencies.get(dependency.id)?.via ?? [];
    const ends = { from: idOf(id), to: idOf(dependency.id) };
    const declared = via.filter((place) => place === DECLARED);
    const injected = via.filter((place) => place !== DECLARED);
    return [
      ...(injected.length > 0 ? [{ ...ends, via: injected, kind: 'injected' } as const] : []),
      ...(declared.length > 0 ? [{ ...ends, via: declared, kind: 'declared' } as const] : []),
    ];
  });
}

/** An object that is bound nowhere. */
function isByHand({ key }: Unit): boolean {
  return typeof key === 'object';
}

function adoptedNode({ key, label, state }: Unit): GraphNode {
  return { id: idOf(key), label, kind: 'service', origin: 'adopted', scope: 'singleton', state: state.at };
}

function childEdge({ key, parent }: Unit): GraphEdge {
  return { from: idOf((parent as Unit).key), to: idOf(key), via: ['adopt()'], kind: 'child' };
}

const numbers = new WeakMap<object, number>();
let last = 0;

function idOf(key: NodeKey): string {
  if (typeof key === 'number') return `b${key}`;
  const number = numbers.get(key) ?? ++last;
  numbers.set(key, number);
  return `a${number}`;
}
