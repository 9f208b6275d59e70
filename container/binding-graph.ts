/** What a walk over bindings finds: nodes, what they depend on, and what is wrong. */

import {
  type BindingLike,
  bindingLabel,
  type ClassMetadataLike,
  type Identifier,
  identifierText,
  type RequestName,
  type RequestTags,
  type TargetBindingLike,
} from './inversify.ts';
import { constructorPlace, type DeclaredDependency, type Request } from './request.ts';

/** The graph of some bindings and all they lead to. */
export interface BindingGraph {
  /** By binding id, in the order found: roots first, then breadth first. */
  readonly nodes: ReadonlyMap<number, BindingNode>;
  readonly problems: readonly BindingProblem[];
  /** Roots that answer only to some requester, and nobody in the graph is one: no instance of them can be asked for. */
  readonly unreachable: readonly TargetBindingLike[];
}

/** A binding with an instance; aliases are no nodes. */
export interface BindingNode {
  /** The binding's id. */
  readonly id: number;
  readonly binding: TargetBindingLike;
  /** Not made unique. */
  readonly label: string;
  /** Of a parent container. */
  readonly foreign: boolean;
  /** `getAsync(binding.serviceIdentifier)` gives exactly this binding. */
  readonly plain: boolean;
  /** Nothing of the binding itself takes longer than a call: a class without `@postConstruct` and activation. */
  readonly isSynchronous: boolean;
  /**
   * What it is given may depend on who asks for it (`whenAnyAncestorIs`, ... below it, beyond its own request). The
   * dependencies are those under all who ask; made on its own, it gets what nobody's ancestors decide.
   */
  readonly contextual: boolean;
  readonly dependencies: ReadonlyMap<number, BindingDependency>;
  /** The nodes of `dependencies`, in no particular order; one may be there more than once. */
  readonly needs: readonly BindingNode[];
}

/** That one binding needs another, be it in several places. */
export interface BindingDependency {
  /** `constructor[0]`, `.property`, `argument[1]`, `@DependsOn`. */
  readonly via: string[];
  /** Every place can do without. */
  optional: boolean;
  /** Every place takes all bindings of the identifier. */
  multiple: boolean;
}

/** A request that cannot be answered, or a class whose requests cannot be read. */
export interface BindingProblem {
  readonly kind: 'missing' | 'ambiguous' | 'redirection cycle' | 'invalid metadata';
  /** Who needs it: a node, or an alias among the roots; `via` is the place, and empty if the whole is at fault. */
  readonly node: number;
  readonly label: string;
  readonly via: string;
  /** What was asked for, with the name and tags of the request. */
  readonly identifier: Identifier;
  readonly name: RequestName;
  readonly tags: RequestTags;
  /** What matched, if ambiguous. */
  readonly candidates: readonly BindingLike[];
  /** What was thrown, if something was. */
  readonly cause?: unknown;
}

/** A problem in words, as `nothing is bound to store named main, needed by Web (constructor[1])`. */
export function problemText(problem: BindingProblem): string {
  const what = `${identifierText(problem.identifier)}${qualifiersText(problem)}`;
  const who = `needed by ${problem.label}${problem.via === '' ? '' : ` (${problem.via})`}`;
  switch (problem.kind) {
    case 'missing':
      return `nothing is bound to ${what}, ${who}`;
    case 'ambiguous':
      return `${problem.candidates.length} bindings of ${what} match, ${who}`;
    case 'redirection cycle':
      return `the toService() redirections of ${what} form a cycle, ${who}`;
    case 'invalid metadata':
      return `${problem.label}${problem.via === '' ? '' : ` (${problem.via})`}: ${causeText(problem.cause)}`;
  }
}

function qualifiersText({ name, tags }: BindingProblem): string {
  const named = name === undefined ? '' : ` named ${String(name)}`;
  return [...tags].reduce((text, [key, value]) => `${text} tagged ${String(key)}=${String(value)}`, named);
}

function causeText(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** A node while the graph is being built. What few readers want is found out when they ask. */
export class NodeDraft implements BindingNode {
  readonly id: number;
  #needs: readonly NodeDraft[] = [];
  /** The request behind each of `needs`; absent where these are the constructor's arguments, in order. */
  #asked: Request[] | undefined;
  contextual = false;

  constructor(
    readonly binding: TargetBindingLike,
    readonly foreign: boolean,
    readonly plain: boolean,
    /** Of its class. */
    readonly metadata: ClassMetadataLike | undefined,
    /** What it depends on besides what is injected. */
    readonly declared: readonly DeclaredDependency[],
  ) {
    this.id = binding.id;
  }

  get label(): string {
    return bindingLabel(this.binding);
  }

  get isSynchronous(): boolean {
    const { binding, metadata } = this;
    if (metadata === undefined || metadata.lifecycle.postConstructMethodNames.size > 0) return false;
    return binding.type === 'Instance' && binding.onActivation === undefined;
  }

  /** What its requests were answered with, one for each answer: a node may be there twice. */
  get needs(): readonly NodeDraft[] {
    return this.#needs;
  }

  /** Made when asked for: a start does with `needs`. */
  get dependencies(): ReadonlyMap<number, BindingDependency> {
    const dependencies = new Map<number, BindingDependency>();
    this.#needs.forEach(({ id }, index) => {
      const { via, optional, multiple } = this.#asked?.[index] ?? argumentAt(index);
      const known = dependencies.get(id);
      if (known === undefined) dependencies.set(id, { via: [via], optional, multiple });
      else if (!known.via.includes(via)) {
        known.via.push(via);
        known.optional &&= optional;
        known.multiple &&= multiple;
      }
    });
    return dependencies;
  }

  /** Records the answers to all its requests at once: single ones, for the constructor's arguments in order. */
  answerInOrder(needs: readonly NodeDraft[]): void {
    this.#needs = needs;
  }

  /** Records an answer to one of its requests. */
  addNeed(need: NodeDraft, request: Request): void {
    if (this.#asked === undefined) {
      this.#asked = [];
      this.#needs = [];
    }
    this.#asked.push(request);
    (this.#needs as NodeDraft[]).push(need);
  }

  /** The same where the request may have had the same answer before: it is asked once for each path. */
  addNeedOnce(need: NodeDraft, request: Request): void {
    // Answered in order, it has the same answers under any path.
    if (this.#asked === undefined && this.#needs.length > 0) return;
    for (let index = 0; index < this.#needs.length; index++) {
      if (this.#needs[index] === need && this.#asked?.[index] === request) return;
    }
    this.addNeed(need, request);
  }
}

function argumentAt(index: number): Pick<Request, 'via' | 'optional' | 'multiple'> {
  return { via: constructorPlace(index), optional: false, multiple: false };
}
