/** Which bindings answer a request: what the planner of Inversify does, without its plan. */

import {
  type BindingLike,
  type BindingServiceLike,
  ELEMENT_KIND,
  type ElementLike,
  type Identifier,
  type RedirectionBindingLike,
  type TargetBindingLike,
} from './inversify.ts';
import { isPlain, NO_TAGS, plainRequest, Reach, type Request, RequestPath } from './request.ts';

/** Why a request has no answer. */
export interface SelectionFault {
  readonly kind: 'missing' | 'ambiguous' | 'redirection cycle';
  /** What was asked for at last: an alias's target where aliases led there. */
  readonly identifier: Identifier;
  readonly candidates: readonly BindingLike[];
}

/** A binding that answers a request, and the request as it arrived there through the aliases. */
export interface SelectedBinding {
  readonly binding: TargetBindingLike;
  readonly path: RequestPath;
}

/** What is bound to one identifier. */
interface Candidates {
  readonly bindings: readonly BindingLike[];
  /** They are the container's own, and not its parent's. */
  readonly own: boolean;
  /** Those that answer a request without name and tags; absent while that depends on who asks. */
  readonly plain: readonly BindingLike[] | undefined;
  /** The only one of `plain`, if it is not an alias: the common case. */
  readonly single: TargetBindingLike | undefined;
}

/** What becomes of a binding that `container.get` asks for. */
interface RootAnswer {
  readonly answers: boolean;
  /** It looked at who asks, so that it might answer somebody. */
  readonly looksUp: boolean;
}

const ANSWERS: RootAnswer = { answers: true, looksUp: false };

interface Hop {
  readonly identifier: Identifier;
  readonly path: RequestPath;
  readonly from: Hop | undefined;
}

/** Answers requests against the bindings of one moment; what an identifier has bound is looked up once. */
export class Selection {
  readonly reach = new Reach();
  readonly #service: BindingServiceLike;
  readonly #aliasesAreAncestors: boolean;
  readonly #unconstrained: unknown;
  readonly #candidates = new Map<Identifier, Candidates>();

  /**
   * @param aliasesAreAncestors an alias is a request of its own in 8, and none in 7
   * @param unconstrained the predicate of bindings without `when...()`, where it is known: it need not be asked
   */
  constructor(service: BindingServiceLike, aliasesAreAncestors: boolean, unconstrained?: unknown) {
    this.#unconstrained = unconstrained;
    this.#service = service;
    this.#aliasesAreAncestors = aliasesAreAncestors;
  }

  /** The same for an injection itself: one that says no more than an identifier, and cannot do without. */
  singleFor(element: ElementLike | undefined): TargetBindingLike | undefined {
    if (element?.kind !== ELEMENT_KIND.single || element.optional || element.name !== undefined) return undefined;
    if (typeof element.value === 'object' || element.tags.size > 0) return undefined;
    return this.#candidatesOf(element.value).single;
  }

  /** The answer in the common case: one binding, whoever asks, no alias. */
  single(request: Request): TargetBindingLike | undefined {
    return !request.multiple && isPlain(request) ? this.#candidatesOf(request.identifier).single : undefined;
  }

  /** Is it one of the container's own bindings? */
  owns(binding: BindingLike): boolean {
    const { own, single, bindings } = this.#candidatesOf(binding.serviceIdentifier);
    return own && (single === binding || bindings.includes(binding));
  }

  /** Is it what `container.get(identifier)` gives? */
  isPlainAnswer(binding: BindingLike): boolean {
    const { single, bindings } = this.#candidatesOf(binding.serviceIdentifier);
    if (single !== undefined) return single === binding;
    return this.atRoot(binding).answers && bindings.every((other) => other === binding || !this.atRoot(other).answers);
  }

  /** Does it answer a plain request nobody's injection made, and does it look for who asks? It may throw then. */
  atRoot(binding: BindingLike): RootAnswer {
    const { single, plain } = this.#candidatesOf(binding.serviceIdentifier);
    if (single === binding) return ANSWERS;
    return plain?.includes(binding) ? ANSWERS : askAtRoot(binding);
  }

  /**
   * Adds to `selected` what answers the request made at `path`, aliases followed. What the predicates looked at is left
   * in `reach`.
   *
   * @throws what a predicate throws
   */
  select(request: Request, path: RequestPath, selected: SelectedBinding[]): SelectionFault | undefined {
    return this.#follow(request, { identifier: request.identifier, path, from: undefined }, selected);
  }

  /** What `container.get(identifier)` gives, aliases followed; or why it gives nothing. */
  answerTo(identifier: Identifier): TargetBindingLike | SelectionFault {
    const request = plainRequest(identifier, '');
    const selected: SelectedBinding[] = [];
    const fault = this.select(request, RequestPath.of(request, undefined, this.reach), selected);
    return fault ?? (selected[0] as SelectedBinding).binding;
  }

  /** Adds to `selected` what an alias stands for when nobody asks; one that stands for nothing is no fault. */
  followAlias(alias: RedirectionBindingLike, selected: SelectedBinding[]): SelectionFault | undefined {
    const request: Request = { ...plainRequest(alias.serviceIdentifier, ''), optional: true, multiple: true };
    const path = RequestPath.of(request, undefined, this.reach);
    const hop: Hop = { identifier: alias.serviceIdentifier, path, from: undefined };
    return this.#follow(request, this.#redirect(hop, alias.targetServiceIdentifier), selected);
  }

  #follow(request: Request, first: Hop, selected: SelectedBinding[]): SelectionFault | undefined {
    const hops = [first];
    for (const hop of hops) {
      const satisfied = this.#satisfied(request, hop);
      const fault = faultOf(request, hop.identifier, satisfied);
      if (fault !== undefined) return fault;
      for (const binding of satisfied) {
        if (binding.type !== 'ServiceRedirection') selected.push({ binding, path: hop.path });
        else if (cameBy(hop, binding.targetServiceIdentifier)) return redirectionCycle(binding);
        else hops.push(this.#redirect(hop, binding.targetServiceIdentifier));
      }
    }
    return undefined;
  }

  #redirect(from: Hop, identifier: Identifier): Hop {
    return { identifier, from, path: this.#aliasesAreAncestors ? from.path.redirectedTo(identifier) : from.path };
  }

  #satisfied(request: Request, { identifier, path }: Hop): readonly BindingLike[] {
    const candidates = this.#candidatesOf(identifier);
    if (isPlain(request) && candidates.plain !== undefined) return candidates.plain;
    const bindings = request.chained ? [...this.#service.getChained(identifier)] : candidates.bindings;
    return bindings.filter((binding) => binding.isSatisfiedBy(path));
  }

  #candidatesOf(identifier: Identifier): Candidates {
    let candidates = this.#candidates.get(identifier);
    if (candidates === undefined) {
      candidates = this.#lookUp(identifier);
      this.#candidates.set(identifier, candidates);
    }
    return candidates;
  }

  #lookUp(identifier: Identifier): Candidates {
    const bindings = [...(this.#service.get(identifier) ?? [])];
    const isSimple = bindings.length === 1 && bindings[0]?.isSatisfiedBy === this.#unconstrained;
    const plain = isSimple ? bindings : this.#plainAnswers(identifier, bindings);
    const only = plain?.length === 1 ? plain[0] : undefined;
    return {
      bindings,
      // Asked after `get`: what that autobinds is the container's own.
      own: this.#service.getNonParentBindings(identifier) !== undefined,
      plain,
      single: only?.type === 'ServiceRedirection' ? undefined : only,
    };
  }

  #plainAnswers(identifier: Identifier, bindings: readonly BindingLike[]): readonly BindingLike[] | undefined {
    const reach = new Reach();
    const root = new RequestPath(identifier, undefined, NO_TAGS, undefined, reach);
    try {
      const satisfied = bindings.filter((binding) => binding.isSatisfiedBy(root));
      return reach.depth < 0 ? undefined : satisfied;
    } catch {
      return undefined;
    }
  }
}

function askAtRoot(binding: BindingLike): RootAnswer {
  const reach = new Reach();
  const root = new RequestPath(binding.serviceIdentifier, undefined, NO_TAGS, undefined, reach);
  try {
    return { answers: binding.isSatisfiedBy(root), looksUp: reach.depth < 0 };
  } catch {
    return { answers: false, looksUp: true };
  }
}

function faultOf(
  { multiple, optional }: Request,
  identifier: Identifier,
  satisfied: readonly BindingLike[],
): SelectionFault | undefined {
  if (multiple || satisfied.length === 1) return undefined;
  if (satisfied.length > 1) return { kind: 'ambiguous', identifier, candidates: satisfied };
  return optional ? undefined : { kind: 'missing', identifier, candidates: [] };
}

function redirectionCycle(alias: BindingLike): SelectionFault {
  return { kind: 'redirection cycle', identifier: alias.serviceIdentifier, candidates: [alias] };
}

function cameBy(hop: Hop, identifier: Identifier): boolean {
  for (let at: Hop | undefined = hop; at !== undefined; at = at.from) if (at.identifier === identifier) return true;
  return false;
}
