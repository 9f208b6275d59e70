/** What the bindings of one container are to its lifecycle, at one moment: who lives, who needs whom, what is wrong. */

import { findCycles } from '../src/graph/cycles.ts';
import { cycleIssue } from '../src/graph/graph-error.ts';
import type { GraphIssue } from '../src/graph/model.ts';
import { disposed } from '../src/lifecycle/instance.ts';
import type { Lifecycle } from '../src/lifecycle/lifecycle.ts';
import type { ServiceSpec } from '../src/spec.ts';
import type { BindingDependency, BindingGraph, BindingNode } from './binding-graph.ts';
import { wordsOf, wordsOfValue } from './class-words.ts';
import { DECLARED } from './declared.ts';
import {
  type BindingLike,
  type ClassLike,
  type Identifier,
  isThenable,
  type RedirectionBindingLike,
  type TargetBindingLike,
} from './inversify.ts';
import {
  disposedService,
  issueOfProblem,
  parentWithoutPlugin,
  requestCaptured,
  staleDependency,
  unknownGroup,
  unmanagedScope,
} from './issues.ts';
import type { Labels } from './labels.ts';

/** One binding as the lifecycle sees it. */
export interface SurveyNode {
  readonly id: number;
  readonly binding: TargetBindingLike;
  readonly label: string;
  readonly spec: ServiceSpec | undefined;
  /**
   * It lives: a singleton that the container makes, or a constant with hooks. All else is passed through: what it needs is
   * needed by those that need it.
   */
  readonly lives: boolean;
  /** The lifecycle of the parent container that it belongs to. */
  readonly owner: Lifecycle | undefined;
  readonly node: BindingNode;
  readonly dependencies: readonly SurveyNode[];
}

/** A fault, and the bindings that have it. */
interface Finding {
  readonly issue: GraphIssue;
  readonly nodes: readonly SurveyNode[];
  /** An error in the closure of what would start; otherwise a warning wherever it is. */
  readonly grave: boolean;
}

export interface SurveyOptions {
  readonly labels: Labels;
  /** The lifecycle that owns a parent's binding, where the parent has one. */
  readonly ownerOf: (binding: BindingLike) => Lifecycle | undefined;
  /** Bindings of the package itself, which nobody wants to see. */
  readonly isHidden: (binding: BindingLike) => boolean;
  /** The container's own aliases: what they lead to goes by their names too. */
  readonly aliases: readonly RedirectionBindingLike[];
  /** Warnings are errors. */
  readonly strict: boolean;
  /** The groups that services can be supervised in. */
  readonly groups: readonly string[];
  /** Warnings that concern no binding. */
  readonly extraWarnings: readonly GraphIssue[];
}

/** Those of whose objects it is known what was injected. */
const INJECTED: ReadonlySet<string> = new Set<TargetBindingLike['type']>(['Instance', 'ResolvedValue']);
/** Those whose objects the container makes. */
const MADE: ReadonlySet<string> = new Set<TargetBindingLike['type']>(['Instance', 'ResolvedValue', 'DynamicValue']);

interface Draft extends SurveyNode {
  dependencies: readonly Draft[];
  /** Its place among the nodes. */
  readonly index: number;
  /** How many of its dependencies are not yet sorted. */
  missing: number;
}

/** So many at most, as a rule: looking for one among them is cheaper than a set. */
const FEW = 8;

const NONE: readonly Draft[] = [];

export class Survey {
  readonly nodes = new Map<number, SurveyNode>();
  /** All nodes, dependencies first; those on a cycle or behind one are missing. */
  readonly order: SurveyNode[] = [];
  readonly #findings: Finding[] = [];
  /** By what they stand for. */
  readonly #aliases = new Map<Identifier, Identifier[]>();
  readonly #options: SurveyOptions;

  constructor(graph: BindingGraph, options: SurveyOptions) {
    this.#options = options;
    for (const { serviceIdentifier, targetServiceIdentifier: target } of options.aliases) {
      this.#aliases.set(target, [...(this.#aliases.get(target) ?? []), serviceIdentifier]);
    }
    for (const node of graph.nodes.values()) if (!options.isHidden(node.binding)) this.#add(node);
    for (const draft of this.nodes.values() as Iterable<Draft>) this.#connect(draft);
    if ([...this.nodes.values()].some(({ binding }) => binding.scope === 'Request')) this.#findCaptured();
    for (const problem of graph.problems) {
      // An alias is no node: what is wrong with one that nobody asks for concerns nobody that starts.
      const at = this.nodes.get(problem.node);
      this.#find(issueOfProblem(problem, at?.label ?? problem.label), at === undefined ? [] : [at], true);
    }
    for (const issue of options.extraWarnings) this.#find(issue, [], false);
    this.#sort();
  }

  /** What a node is bound as, and the aliases that lead there. */
  identifiersOf({ binding }: SurveyNode): readonly Identifier[] {
    if (this.#aliases.size === 0) return [binding.serviceIdentifier];
    const identifiers = new Set([binding.serviceIdentifier]);
    for (const each of identifiers) for (const alias of this.#aliases.get(each) ?? []) identifiers.add(alias);
    return [...identifiers];
  }

  /** What is started when nothing else is said: singleton classes, constants and objects that exist, with hooks. */
  get services(): SurveyNode[] {
    return [...this.nodes.values()].filter(({ lives, spec, node }) => lives && spec !== undefined && !node.foreign);
  }

  /** These and all that they need. */
  closure(roots: Iterable<SurveyNode>): Set<SurveyNode> {
    const closure = new Set(roots);
    for (const node of closure) for (const dependency of node.dependencies) closure.add(dependency);
    return closure;
  }

  /** The faults as they look when this is what would start. */
  issues(closure: ReadonlySet<SurveyNode>): { readonly errors: GraphIssue[]; readonly warnings: GraphIssue[] } {
    const errors: GraphIssue[] = [];
    const warnings: GraphIssue[] = [];
    for (const { issue, nodes, grave } of this.#findings) {
      const counts = this.#options.strict || (grave && nodes.some((node) => closure.has(node)));
      (counts ? errors : warnings).push(issue);
    }
    return { errors, warnings };
  }

  #add(node: BindingNode): void {
    const { binding, id, foreign } = node;
    const owner = foreign && binding.scope === 'Singleton' ? this.#options.ownerOf(binding) : undefined;
    const isClass = binding.type === 'Instance';
    const words = isClass ? wordsOf(binding.implementationType) : wordsOfValue(instanceOf(binding));
    const spec = words.spec ?? (isClass ? wordsOfValue(instanceOf(binding)).spec : undefined);
    const label = this.#options.labels.of(id, words.name ?? node.label);
    const single = binding.scope === 'Singleton' && binding.type !== 'Factory' && binding.type !== 'Provider';
    const lives =
      single && (binding.type !== 'ConstantValue' || spec !== undefined) && (!foreign || owner !== undefined);
    const draft: Draft = {
      id,
      binding,
      label,
      spec,
      lives,
      owner,
      node,
      dependencies: NONE,
      index: this.nodes.size,
      missing: 0,
    };
    this.nodes.set(id, draft);
    for (const { code, message, grave } of words.faults) this.#find({ code, message, nodes: [label] }, [draft], grave);
    this.#check(draft);
  }

  /** The faults that one binding has where it is bound. */
  #check(draft: Draft): void {
    const { binding, label, spec, node, owner, lives } = draft;
    if (lives && !node.foreign && disposed(instanceOf(binding))) this.#find(disposedService(label), [draft], true);
    if (spec === undefined) return;
    const { groups } = this.#options;
    const group = spec.supervised?.group;
    if (group !== undefined && !node.foreign && !groups.includes(group)) {
      this.#find(unknownGroup(label, group, groups), [draft], true);
    }
    if (binding.scope !== 'Singleton') this.#find(unmanagedScope(label, spec, binding.scope), [draft], true);
    else if (node.foreign && owner === undefined) this.#find(parentWithoutPlugin(label), [draft], false);
  }

  #connect(draft: Draft): void {
    const found = draft.node.needs.map(({ id }) => this.nodes.get(id) as Draft | undefined);
    const isPlain =
      found.length <= FEW && found.every((each, index) => each !== undefined && found.indexOf(each) === index);
    draft.dependencies = (isPlain ? found : [...new Set(found.filter((each) => each !== undefined))]) as Draft[];
    this.#checkStale(draft);
  }

  /** What is injected is there before what it is injected into, unless it was bound later. */
  #checkStale({ binding, node, label, dependencies }: Draft): void {
    if (!binding.cache.isRight || node.foreign || node.contextual || !INJECTED.has(binding.type)) return;
    for (const { id, binding: needed, label: stale, node: other } of dependencies) {
      if (needed.cache.isRight || needed.scope !== 'Singleton' || other.foreign || !MADE.has(needed.type)) continue;
      const { optional, multiple, via } = node.dependencies.get(id) as BindingDependency;
      if (!optional && !multiple && !via.includes(DECLARED)) this.#find(staleDependency(label, stale), [], false);
    }
  }

  #findCaptured(): void {
    for (const node of this.nodes.values()) {
      if (node.binding.scope !== 'Singleton') continue;
      // One with hooks has a fault of its own.
      const captured = this.#passedThrough(node).find(
        ({ binding, spec }) => binding.scope === 'Request' && spec === undefined,
      );
      if (captured !== undefined) this.#find(requestCaptured(node.label, captured.label), [node, captured], false);
    }
  }

  /** What a node needs that is made anew for it, directly or through such. */
  #passedThrough({ dependencies }: SurveyNode): SurveyNode[] {
    const found = new Set(dependencies.filter(isMadeAnew));
    for (const node of found) for (const further of node.dependencies) if (isMadeAnew(further)) found.add(further);
    return [...found];
  }

  #sort(): void {
    const drafts = [...this.nodes.values()] as Draft[];
    const users = usersOf(drafts);
    const sorted = this.order as Draft[];
    for (const draft of drafts) {
      draft.missing = draft.dependencies.length;
      if (draft.missing === 0) sorted.push(draft);
    }
    for (const { index } of sorted) {
      for (let at = users.from[index] as number; at < (users.from[index + 1] as number); at++) {
        const user = drafts[users.list[at] as number] as Draft;
        user.missing--;
        if (user.missing === 0) sorted.push(user);
      }
    }
    if (sorted.length < drafts.length) this.#findCycles();
  }

  #findCycles(): void {
    for (const cycle of findCycles(this.nodes.values(), ({ dependencies }) => dependencies)) {
      this.#find(cycleIssue(cycle.map(({ label }) => label)), cycle, true);
    }
  }

  #find(issue: GraphIssue, nodes: readonly SurveyNode[], grave: boolean): void {
    this.#findings.push({ issue, nodes, grave });
  }
}

function isMadeAnew({ binding }: SurveyNode): boolean {
  return binding.scope !== 'Singleton';
}

/** Who depends on each, in two flat lists: the users of i are in `list` from `from[i]` up to `from[i + 1]`. */
function usersOf(drafts: readonly Draft[]): { readonly from: Int32Array; readonly list: Int32Array } {
  const from = new Int32Array(drafts.length + 1);
  for (const { dependencies } of drafts)
    for (const { index } of dependencies) from[index + 1] = (from[index + 1] ?? 0) + 1;
  for (let index = 0; index < drafts.length; index++) from[index + 1] = (from[index + 1] ?? 0) + (from[index] ?? 0);
  const next = from.slice();
  const list = new Int32Array(from[drafts.length] ?? 0);
  for (const { index: user, dependencies } of drafts) {
    for (const { index } of dependencies) {
      list[next[index] as number] = user;
      next[index] = (next[index] as number) + 1;
    }
  }
  return { from, list };
}

/** The object of a binding, where the container has it already. */
export function instanceOf(binding: TargetBindingLike): unknown {
  if (binding.cache.isRight) return isThenable(binding.cache.value) ? undefined : binding.cache.value;
  return binding.type === 'ConstantValue' ? binding.value : undefined;
}

/** The class behind a binding. */
export function implementationOf(binding: TargetBindingLike): ClassLike | undefined {
  return binding.type === 'Instance' ? binding.implementationType : undefined;
}
