/** From a survey to what the engine starts. */

import { disposed } from '../src/lifecycle/instance.ts';
import type { Blueprint, BlueprintNode, ForeignNode, Selection } from '../src/lifecycle/source.ts';
import { type RefTarget, resolveRef } from '../src/refs.ts';
import { disposedService } from './issues.ts';
import { implementationOf, instanceOf, type Survey, type SurveyNode } from './survey.ts';

/** What a node needs, with all that is only passed through left out. */
interface Needs {
  readonly own: readonly SurveyNode[];
  readonly foreign: readonly SurveyNode[];
}

/** @throws RefError for a ref that is unknown or ambiguous */
export function blueprintOf(survey: Survey, selection: Selection | undefined): Blueprint {
  const closure = survey.closure(rootsOf(survey, selection));
  const { errors, warnings } = survey.issues(closure);
  const living = [...survey.nodes.values()].filter((node) => closure.has(node) && isOwn(node));
  for (const { binding, label } of living) if (disposed(instanceOf(binding))) errors.push(disposedService(label));
  if (errors.length > 0) return { nodes: [], errors, warnings };
  const needs = needsOf(survey, closure);
  return { nodes: living.map((node) => describe(node, needs.get(node) ?? NOTHING)), errors, warnings };
}

const NOTHING: Needs = { own: [], foreign: [] };

function rootsOf(survey: Survey, selection: Selection | undefined): SurveyNode[] {
  if (selection === undefined) return survey.services;
  if ('keys' in selection)
    return selection.keys.map((key) => survey.nodes.get(Number(key))).filter((node) => node !== undefined);
  const targets = [...survey.nodes.values()].filter(isOwn).map((node) => ({ ...targetOf(node), node }));
  return selection.refs.map((ref) => resolveRef(ref, targets, 'startAll({ only })').node);
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

function describe(node: SurveyNode, { own, foreign }: Needs): BlueprintNode {
  return {
    ...targetOf(node),
    key: node.id,
    spec: node.spec,
    built: node.binding.type !== 'ConstantValue',
    dependencies: own.map(({ id }) => id),
    foreign: foreign.map(({ id, owner }) => ({ key: id, owner }) as ForeignNode),
  };
}

function targetOf({ binding, label }: SurveyNode): RefTarget {
  return {
    label,
    identifiers: [binding.serviceIdentifier],
    implementation: implementationOf(binding),
    instance: instanceOf(binding),
  };
}

function isOwn({ lives, node }: SurveyNode): boolean {
  return lives && !node.foreign;
}
