/** The walk that finds nodes and their dependencies with no thought of who asks. */

import { type BindingProblem, NodeDraft } from './binding-graph.ts';
import {
  type BindingLike,
  type BindingServiceLike,
  bindingLabel,
  classMetadata,
  identifierText,
  type RedirectionBindingLike,
  type TargetBindingLike,
} from './inversify.ts';
import { type DeclaredDependency, plainRequest, type Request, RequestPath, requestsOf } from './request.ts';
import { type SelectedBinding, Selection, type SelectionFault } from './selection.ts';

/** What a walk may be told besides the roots. */
export interface WalkOptions {
  /** Dependencies the container cannot see; resolved as plain requests. */
  readonly extraDependencies?: (binding: TargetBindingLike) => readonly DeclaredDependency[];
  /**
   * Bindings that are nodes, but whose own dependencies are not looked at: a parent's singletons, say, which the parent
   * makes with its bindings and not with those of the container walked.
   */
  readonly stopAt?: (binding: TargetBindingLike, foreign: boolean) => boolean;
  /** Whether an alias counts as an ancestor in `when...` predicates: it does in 8 (the default), not in 7. */
  readonly aliasesAreAncestors?: boolean;
  /** The predicate of bindings without `when...()`, where it is known. */
  readonly unconstrained?: unknown;
}

/** Roots by how they are asked for. */
export interface SortedRoots {
  readonly direct: TargetBindingLike[];
  readonly throughAlias: SelectedBinding[];
  /** They answer to a name, a tag or certain ancestors. */
  readonly later: TargetBindingLike[];
}

/** One walk: the drafts, the problems, and what of it waits for a look at ancestors. */
export class BindingWalk {
  readonly nodes = new Map<number, NodeDraft>();
  readonly problems: BindingProblem[] = [];
  readonly selection: Selection;
  /** Nodes with a request whose answer depends on who asks. */
  readonly undecided = new Set<NodeDraft>();
  readonly #options: WalkOptions;
  readonly #reported = new Set<string>();
  /** Found, and its requests not yet answered. */
  readonly #open: NodeDraft[] = [];
  /** Of those that were not answered simply. */
  readonly #requests = new Map<NodeDraft, readonly Request[]>();
  readonly #found: TargetBindingLike[] = [];

  constructor(service: BindingServiceLike, options: WalkOptions) {
    this.selection = new Selection(service, options.aliasesAreAncestors ?? true, options.unconstrained);
    this.#options = options;
  }

  /** Tells roots that answer when nobody asks in particular from those to try later; aliases are followed. */
  sort(roots: Iterable<BindingLike>): SortedRoots {
    const sorted: SortedRoots = { direct: [], throughAlias: [], later: [] };
    for (const root of roots) {
      if (root.type === 'ServiceRedirection') this.#followAlias(root, sorted.throughAlias);
      else (this.selection.atRoot(root).answers ? sorted.direct : sorted.later).push(root);
    }
    return sorted;
  }

  /** Of roots nobody led to: those that answer to a name or a tag, and those that answer only to some ancestor. */
  sortAbsent(roots: readonly TargetBindingLike[]): {
    readonly reachable: TargetBindingLike[];
    readonly unreachable: TargetBindingLike[];
  } {
    const absent = roots.filter((root) => !this.nodes.has(root.id));
    return {
      reachable: absent.filter((root) => !this.selection.atRoot(root).looksUp),
      unreachable: absent.filter((root) => this.selection.atRoot(root).looksUp),
    };
  }

  /** A root as `container.get` asks for it. */
  asRoot(binding: TargetBindingLike): SelectedBinding {
    const request = plainRequest(binding.serviceIdentifier, '');
    return { binding, path: RequestPath.of(request, undefined, this.selection.reach) };
  }

  /** The node of a binding; a new one is opened by the next `settle`. */
  node(binding: TargetBindingLike): NodeDraft {
    const known = this.nodes.get(binding.id);
    if (known !== undefined) return known;
    const draft = this.#draft(binding);
    this.nodes.set(binding.id, draft);
    this.#open.push(draft);
    return draft;
  }

  /** Answers all requests that can be answered without knowing who asks, of all nodes found so far and so on. */
  settle(): void {
    for (const draft of this.#open) {
      if (this.#answerSimply(draft)) continue;
      for (const request of this.requestsOf(draft)) this.#answer(draft, request);
    }
    this.#open.length = 0;
  }

  /** Everything a node asks for; nothing where that cannot be read, which is then reported. */
  requestsOf(draft: NodeDraft): readonly Request[] {
    const known = this.#requests.get(draft);
    if (known !== undefined) return known;
    const requests = this.#readRequests(draft);
    this.#requests.set(draft, requests);
    return requests;
  }

  /** Records a problem; the same of the same place is one. */
  report(who: Pick<NodeDraft, 'id' | 'label'>, request: Request, fault: SelectionFault): void {
    const { kind, identifier, candidates } = fault;
    const { name, tags, via } = request;
    this.#add({ kind, node: who.id, label: who.label, via, identifier, name, tags, candidates });
  }

  /** Records that a predicate threw, or that the binding's own requests cannot be read. */
  reportThrown(binding: TargetBindingLike, via: string, cause: unknown): void {
    const { identifier, name, tags } = plainRequest(binding.serviceIdentifier, via);
    const [node, label] = [binding.id, bindingLabel(binding)];
    this.#add({ kind: 'invalid metadata', node, label, via, identifier, name, tags, candidates: [], cause });
  }

  /**
   * The common case: a class with nothing but constructor arguments, each answered by one binding whoever asks.
   *
   * @returns false for any other, with nothing done
   */
  #answerSimply(draft: NodeDraft): boolean {
    const { metadata, declared } = draft;
    if (metadata === undefined || metadata.properties.size > 0 || declared.length > 0) return false;
    this.#found.length = 0;
    for (const element of metadata.constructorArguments) {
      const single = this.selection.singleFor(element);
      if (single === undefined) return false;
      this.#found.push(single);
    }
    if (this.#found.length > 0) draft.answerInOrder(this.#found.map((single) => this.node(single)));
    return true;
  }

  /** A request whose answer depends on who asks is left to the ancestor walk. */
  #answer(draft: NodeDraft, request: Request): void {
    try {
      const single = this.selection.single(request);
      if (single === undefined) this.#select(draft, request);
      else draft.addNeed(this.node(single), request);
    } catch {
      // It may throw only because there is no ancestor here; the ancestor walk asks again, and reports.
      this.undecided.add(draft);
    }
  }

  #select(draft: NodeDraft, request: Request): void {
    const { reach } = this.selection;
    const selected: SelectedBinding[] = [];
    reach.take();
    const fault = this.selection.select(request, RequestPath.of(request, undefined, reach), selected);
    if (reach.take() < 0) this.undecided.add(draft);
    else if (fault !== undefined) this.report(draft, request, fault);
    else for (const { binding } of selected) draft.addNeed(this.node(binding), request);
  }

  #followAlias(alias: RedirectionBindingLike, selected: SelectedBinding[]): void {
    const asked = { id: alias.id, label: bindingLabel(alias) };
    try {
      const fault = this.selection.followAlias(alias, selected);
      if (fault !== undefined) this.report(asked, plainRequest(alias.serviceIdentifier, ''), fault);
    } catch {
      // An alias nobody injects, to what cannot answer without an ancestor, leads nowhere.
    }
  }

  #draft(binding: TargetBindingLike): NodeDraft {
    const foreign = !this.selection.owns(binding);
    const isLeaf = this.#options.stopAt?.(binding, foreign) === true;
    const metadata = binding.type === 'Instance' && !isLeaf ? classMetadata(binding.implementationType) : undefined;
    const declared = isLeaf ? NONE : this.#declaredBy(binding);
    const draft = new NodeDraft(binding, foreign, this.selection.isPlainAnswer(binding), metadata, declared);
    if (isLeaf) this.#requests.set(draft, []);
    return draft;
  }

  #declaredBy(binding: TargetBindingLike): readonly DeclaredDependency[] {
    try {
      return this.#options.extraDependencies?.(binding) ?? NONE;
    } catch (error) {
      this.reportThrown(binding, '', error);
      return NONE;
    }
  }

  #readRequests({ binding, metadata, declared }: NodeDraft): readonly Request[] {
    try {
      const requests = requestsOf(binding, metadata);
      for (const { identifier, via } of declared) requests.push(plainRequest(identifier, via));
      return requests;
    } catch (error) {
      this.reportThrown(binding, '', error);
      return [];
    }
  }

  #add(problem: BindingProblem): void {
    const key = `${problem.kind} ${problem.node} ${problem.via} ${identifierText(problem.identifier)}`;
    if (this.#reported.has(key)) return;
    this.#reported.add(key);
    this.problems.push(problem);
  }
}

const NONE: readonly DeclaredDependency[] = [];
