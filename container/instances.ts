/** The instance behind one binding. */

import {
  type BindingLike,
  type BindingServiceLike,
  type CacheLike,
  type ClassLike,
  type ConstraintsLike,
  isThenable,
  type ResolverLike,
  type TargetBindingLike,
} from './inversify.ts';

const PRIVATE_NAME = 'inversify-lifecycle:binding#';
const EMPTY: CacheLike = { isRight: false, value: undefined };

/**
 * Gets the instance of exactly one binding through the container's own `getAsync`, so that activations, scopes and
 * `@postConstruct` are Inversify's.
 *
 * A parent's singleton must be asked of the parent's `Instances`: asked of a child's, it would be made with what the
 * child binds and kept by the parent for everybody.
 */
export class Instances {
  readonly #container: ResolverLike;
  readonly #bindingService: () => BindingServiceLike;

  /** @param bindingService asked each time, since `restore` swaps it */
  constructor(container: ResolverLike, bindingService: () => BindingServiceLike) {
    this.#container = container;
    this.#bindingService = bindingService;
  }

  /**
   * The instance itself if the container has it already, else the promise of it. Errors are Inversify's own; after a
   * rejection the next call makes it anew.
   *
   * @param plain `getAsync(identifier)` gives this binding and no other (`BindingNode.plain`)
   */
  get(binding: TargetBindingLike, plain: boolean): unknown {
    const { cache } = binding;
    if (isThenableConstant(binding)) return binding.value;
    if (cache.isRight && !isThenable(cache.value)) return cache.value;
    const pending = plain ? this.#container.getAsync(binding.serviceIdentifier) : this.#getByName(binding);
    forgetOnRejection(binding);
    return pending;
  }

  /** Gives every binding of the identifier a name of its own, besides what it answers to, and asks for that name. */
  #getByName(binding: TargetBindingLike): Promise<unknown> {
    const { serviceIdentifier } = binding;
    for (const sibling of this.#bindingService().get(serviceIdentifier) ?? []) answerToPrivateName(sibling);
    answerToPrivateName(binding);
    return this.#container.getAsync(serviceIdentifier, { name: privateName(binding) });
  }
}

/**
 * Has instances of this class a method `then`? Promises take these for promises: whoever awaits one waits for what its
 * `then` does, and never gets the instance.
 */
export function hasThen(Class: ClassLike): boolean {
  const prototype: unknown = Class.prototype;
  return typeof prototype === 'object' && prototype !== null && 'then' in prototype;
}

/** A query builder, say: `getAsync` would run it. */
function isThenableConstant(binding: TargetBindingLike): binding is TargetBindingLike & { readonly value: unknown } {
  return binding.type === 'ConstantValue' && isThenable(binding.value) && !(binding.value instanceof Promise);
}

/**
 * Inversify keeps a rejected promise as the singleton for ever. It is put there synchronously, so it is at hand here,
 * and it is watched itself because whoever waits for the instance may have given up before it rejects.
 */
function forgetOnRejection(binding: TargetBindingLike): void {
  const { value } = binding.cache;
  if (!isThenable(value)) return;
  value.then(undefined, () => {
    if (binding.cache.value === value) binding.cache = EMPTY;
  });
}

function privateName({ id }: BindingLike): string {
  return `${PRIVATE_NAME}${id}`;
}

const named = new WeakSet<BindingLike>();

/** Lets the binding answer to its private name and to no other private one; all else is as before. */
function answerToPrivateName(binding: BindingLike): void {
  if (named.has(binding)) return;
  named.add(binding);
  const { isSatisfiedBy } = binding;
  const own = privateName(binding);
  binding.isSatisfiedBy = (constraints: ConstraintsLike) =>
    isPrivateName(constraints.name) ? constraints.name === own : isSatisfiedBy(constraints);
}

function isPrivateName(name: ConstraintsLike['name']): boolean {
  return typeof name === 'string' && name.startsWith(PRIVATE_NAME);
}
