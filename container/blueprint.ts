/** From a survey to what the engine starts. */

import type { NodeKey } from '../src/lifecycle/host.ts';
import {
  type Blueprint,
  type BlueprintNode,
  type ForeignNode,
  type Selection,
  targetsOf,
} from '../src/lifecycle/source.ts';
import type { RefTarget } from '../src/refs.ts';
import { implementationOf, instanceOf, type Survey, type SurveyNode } from './survey.ts';

/** What a node needs, with all that is only passed through left out. */
interface Needs {
  readonly own: readonly SurveyNode[];
  readonly foreign: readonly SurveyNode[];
}

/**
 * What would start, dependencies included, and what is wrong with it.
 *
 * @param isGuest whether it is there only for whoever has adopted it, and so is none of everybody's
 * @throws RefError for a ref that is unknown or ambiguous
 */
export function blueprintOf(
  survey: Survey,
  selection: Selection | undefined,
  isGuest: (id: number) => boolean,
): Blueprint {
  const roots = selection === undefined ? survey.services.filter(({ id }) => !isGuest(id)) : rootsOf(survey, selection);
  const closure = survey.closure(roots);
  const { errors, warnings } = survey.issues(closure);
  const exists = (key: NodeKey): boolean => survey.nodes.has(Number(key));
  if (errors.length > 0) return { nodes: [], errors, warnings, exists };
  const living = [...survey.nodes.values()].filter((node) => closure.has(node) && isOwn(node));
  const needs = needsOf(survey, closure);
  const nodes = living.map((node) => describe(survey, node, needs.get(node) ?? NOTHING));
  return { nodes, errors, warnings, exists };
}

const NO_FOREIGN: readonly ForeignNode[] = [];

const NOTHING: Needs = { own: [], foreign: [] };

function rootsOf(survey: Survey, selection: Selection): SurveyNode[] {
  if ('keys' in selection)
    return selection.keys.map((key) => survey.nodes.get(Number(key))).filter((node) => node !== undefined);
  const targets = [...survey.nodes.values()].filter(isOwn).map((node) => ({ ...targetOf(survey, node), node }));
  return targetsOf(selection, targets).map(({ node }) => node);
}

function needsOf(survey: Survey, closure: ReadonlySet<SurveyNode>): Map<SurveyNode, Needs> {
  const needs = new Map<SurveyNode, Needs>();
  for (const node of survey.order) {
    if (!closure.has(node)) continue;
    const direct = node.dependencies.every(isOwn);
    needs.set(node, direct ? { own: node.dependencies, foreign: [] } : throughPassed(node, needs));
  }
  return needs;
}

function throughPassed(node: SurveyNode, needs: ReadonlyMap<SurveyNode, Needs>): Needs {
  const own = new Set<SurveyNode>();
  const foreign = new Set<SurveyNode>();
  for (const dependency of node.dependencies) {
    if (isOwn(dependency)) own.add(dependency);
    else if (dependency.lives) foreign.add(dependency);
    else {
      const further = needs.get(dependency) ?? NOTHING;
      for (const each of further.own) own.add(each);
      for (const each of further.foreign) foreign.add(each);
    }
  }
  return { own: [...own], foreign: [...foreign] };
}

function describe(survey: Survey, node: SurveyNode, { own, foreign }: Needs): BlueprintNode {
  const { id, binding, label, spec } = node;
  // Written out: a spread into a literal is slow, and this is done for every node.
  return {
    key: id,
    label,
    identifiers: survey.identifiersOf(node),
    implementation: implementationOf(binding),
    instance: instanceOf(binding),
    spec,
    built: binding.type !== 'ConstantValue',
    dependencies: own.map(({ id }) => id),
    foreign: foreign.length === 0 ? NO_FOREIGN : foreign.map(({ id, owner }) => ({ key: id, owner }) as ForeignNode),
  };
}

function targetOf(survey: Survey, node: SurveyNode): RefTarget {
  const { binding, label } = node;
  return {
    label,
    identifiers: survey.identifiersOf(node),
    implementation: implementationOf(binding),
    instance: instanceOf(binding),
  };
}

function isOwn({ lives, node }: SurveyNode): boolean {
  return lives && !node.foreign;
}
