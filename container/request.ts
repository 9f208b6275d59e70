/** What a binding asks the container for, and from where in the tree of requests it asks. */

import {
  type BindingLike,
  type ClassMetadataLike,
  type ConstraintsLike,
  ELEMENT_KIND,
  type ElementLike,
  type Identifier,
  type RequestName,
  type RequestTags,
  unwrapped,
} from './inversify.ts';

/** One injection of a binding. */
export interface Request {
  readonly identifier: Identifier;
  readonly name: RequestName;
  readonly tags: RequestTags;
  readonly optional: boolean;
  /** All bindings that match instead of exactly one. */
  readonly multiple: boolean;
  /** With `multiple`: also what the parent containers bind. */
  readonly chained: boolean;
  /** Where it is written: `constructor[0]`, `.property`, `argument[1]`, `@DependsOn`. */
  readonly via: string;
}

/** A dependency the container cannot see. */
export interface DeclaredDependency {
  readonly identifier: Identifier;
  readonly via: string;
}

/** No tags: shared, since only Inversify's predicates see it and these only read. */
export const NO_TAGS: RequestTags = new Map();

/** A request of an identifier alone, as `container.get(identifier)` makes it. */
export function plainRequest(identifier: Identifier, via: string): Request {
  return { identifier, name: undefined, tags: NO_TAGS, optional: false, multiple: false, chained: false, via };
}

/** Does the request carry neither name nor tag, so that its answer can be shared? */
export function isPlain({ name, tags, chained }: Request): boolean {
  return name === undefined && tags.size === 0 && !chained;
}

/**
 * Everything the binding has injected: constructor arguments and properties of a class, arguments of a resolved value.
 *
 * @param metadata of the class, for a class
 * @throws Error when the metadata is incomplete, and whatever a lazy identifier throws
 */
export function requestsOf(binding: BindingLike, metadata: ClassMetadataLike | undefined): Request[] {
  switch (binding.type) {
    case 'Instance':
      return metadata === undefined ? [] : classRequests(metadata);
    case 'ResolvedValue':
      return argumentRequests(binding.metadata.arguments, ARGUMENT);
    default:
      return [];
  }
}

function classRequests({ constructorArguments, properties }: ClassMetadataLike): Request[] {
  const requests = argumentRequests(constructorArguments, constructorPlace);
  for (const [key, element] of properties) addRequest(requests, element, `.${String(key)}`);
  return requests;
}

/** The places of arguments are the same strings everywhere: a graph has one for each edge. */
export const constructorPlace = placesOf('constructor');
const ARGUMENT = placesOf('argument');

function placesOf(list: string): (index: number) => string {
  const places = Array.from({ length: 16 }, (_, index) => `${list}[${index}]`);
  return (index) => places[index] ?? `${list}[${index}]`;
}

function argumentRequests(
  elements: readonly (ElementLike | undefined)[],
  placeOf: (index: number) => string,
): Request[] {
  const requests: Request[] = [];
  for (let index = 0; index < elements.length; index++) addRequest(requests, elements[index], placeOf(index));
  return requests;
}

/** An element is absent, or of an unknown kind, where a decorator is missing. */
function addRequest(requests: Request[], element: ElementLike | undefined, via: string): void {
  if (element?.kind === ELEMENT_KIND.unmanaged) return;
  const multiple = element?.kind === ELEMENT_KIND.multiple;
  if (element === undefined || !(multiple || element.kind === ELEMENT_KIND.single)) {
    throw new Error(`${via} does not say what to inject`);
  }
  const { name, tags, optional, chained = false } = element;
  requests.push({ identifier: unwrapped(element.value), name, tags, optional, multiple, chained, via });
}

/** How far up the tree of requests the `when...` predicates looked: the smallest depth they reached. */
export class Reach {
  depth = Number.POSITIVE_INFINITY;

  extendTo(depth: number): void {
    if (depth < this.depth) this.depth = depth;
  }

  /** The depth reached since the last call. */
  take(): number {
    const reached = this.depth;
    this.depth = Number.POSITIVE_INFINITY;
    return reached;
  }
}

/** A request in the tree: what predicates are asked with. The root has depth 0; what lies above it has depth -1. */
export class RequestPath implements ConstraintsLike {
  readonly depth: number;

  constructor(
    readonly serviceIdentifier: Identifier,
    readonly name: RequestName,
    readonly tags: RequestTags,
    readonly previous: RequestPath | undefined,
    private readonly reach: Reach,
  ) {
    this.depth = previous === undefined ? 0 : previous.depth + 1;
  }

  /** The request as it is made below `previous`, or at the top. */
  static of(request: Request, previous: RequestPath | undefined, reach: Reach): RequestPath {
    return new RequestPath(request.identifier, request.name, request.tags, previous, reach);
  }

  /** The same request, passed on by an alias. */
  redirectedTo(identifier: Identifier): RequestPath {
    return new RequestPath(identifier, this.name, this.tags, this, this.reach);
  }

  getAncestor(): RequestPath | undefined {
    this.reach.extendTo(this.depth - 1);
    return this.previous;
  }
}
