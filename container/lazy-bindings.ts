/** What `Lazy` needs of a container: its identifiers bound as soon as a class asks for one, and somebody who looks things up. */

import type { Container } from 'inversify';
import { LifecycleError } from '../src/errors.ts';
import type { Lifecycle } from '../src/lifecycle/lifecycle.ts';
import type { Unit } from '../src/lifecycle/unit.ts';
import { RefError } from '../src/refs.ts';
import { wordsOf, wordsOfValue } from './class-words.ts';
import type { ContainerSource } from './container-source.ts';
import {
  type BindingLike,
  bindingLabel,
  classMetadata,
  ELEMENT_KIND,
  type ElementLike,
  type Identifier,
  identifierText,
  type TargetBindingLike,
  unwrapped,
} from './inversify.ts';
import { bindText } from './issues.ts';
import { anyLazy, type LazyHome, type LazyTarget, wantedBy } from './lazy.ts';

/** Binds every `Lazy` that these bindings have injected and that is not bound yet. */
export function bindLazies(container: Container, source: ContainerSource, bindings: readonly BindingLike[]): void {
  if (!anyLazy()) return;
  for (const binding of bindings) {
    if (!source.owns(binding)) continue;
    for (const identifier of lazyIdentifiersOf(binding)) {
      if (!source.binds(identifier)) container.bind(identifier).toSelf();
    }
  }
}

type LazyClass = new (...args: never[]) => unknown;

function lazyIdentifiersOf(binding: BindingLike): LazyClass[] {
  const found: LazyClass[] = [];
  for (const element of elementsOf(binding)) {
    const identifier = identifierOf(element);
    if (wantedBy(identifier) !== undefined) found.push(identifier as LazyClass);
  }
  return found;
}

function elementsOf(binding: BindingLike): Iterable<ElementLike> {
  if (binding.type === 'ResolvedValue') return binding.metadata.arguments;
  if (binding.type !== 'Instance') return [];
  const { constructorArguments, properties } = classMetadata(binding.implementationType);
  return [...constructorArguments, ...properties.values()];
}

/** What cannot be read is told where the graph is built. */
function identifierOf(element: ElementLike | undefined): Identifier | undefined {
  try {
    return element === undefined || element.kind === ELEMENT_KIND.unmanaged ? undefined : unwrapped(element.value);
  } catch {
    return undefined;
  }
}

/** Looks up what a `Lazy` of one container leads to. */
export class LazyLookup implements LazyHome {
  readonly #container: Container;
  readonly #source: ContainerSource;
  readonly #lifecycleOf: (binding: BindingLike) => Lifecycle | undefined;

  /** @param lifecycleOf the lifecycle of the container that a binding is of: this one, or a parent */
  constructor(
    container: Container,
    source: ContainerSource,
    lifecycleOf: (binding: BindingLike) => Lifecycle | undefined,
  ) {
    this.#container = container;
    this.#source = source;
    this.#lifecycleOf = lifecycleOf;
  }

  find(identifier: Identifier): LazyTarget | undefined {
    const answer = this.#source.answerTo(identifier);
    if (!('kind' in answer)) return this.#targetOf(identifier, answer);
    if (answer.kind === 'missing') return undefined;
    const what = identifierText(identifier);
    const candidates = answer.candidates.map(bindingLabel);
    const message = `lazy(${what}) expects one binding, and ${candidates.length} match: ${candidates.join(', ')}. Unbind all but one, or give what is wanted an identifier of its own.`;
    throw new RefError('LIFECYCLE_AMBIGUOUS_REF', message, { ref: identifier, candidates });
  }

  missing(identifier: Identifier): Error {
    const what = identifierText(identifier);
    const message = `nothing is bound to ${what}, which lazy(${what}) leads to; write ${bindText(identifier)}`;
    return new RefError('LIFECYCLE_UNKNOWN_REF', message, { ref: identifier, candidates: [] });
  }

  #targetOf(identifier: Identifier, binding: TargetBindingLike): LazyTarget {
    const unit = this.#lifecycleOf(binding)?.runningGraph.get(binding.id);
    if (unit?.spec !== undefined) return new LivingTarget(unit);
    if (unit?.created === true) return thereAlready(unit.instance);
    if (binding.scope === 'Singleton' && isKnownService(binding)) return notYetStarted(bindingLabel(binding));
    const value: unknown = this.#container.get(identifier);
    // Of a dynamic value it is known only now.
    const isService = binding.scope === 'Singleton' && wordsOfValue(value).spec !== undefined;
    return isService ? notYetStarted(bindingLabel(binding)) : thereAlready(value);
  }
}

/** A service: it can be used while it runs. */
class LivingTarget implements LazyTarget {
  readonly #unit: Unit;

  constructor(unit: Unit) {
    this.#unit = unit;
  }

  get isUsable(): boolean {
    return this.#unit.state.at === 'running';
  }

  get value(): unknown {
    return this.#unit.instance;
  }

  refusal(): Error {
    const { label, state } = this.#unit;
    return notRunning(label, state.at);
  }
}

function thereAlready(value: unknown): LazyTarget {
  return {
    isUsable: true,
    value,
    refusal() {
      throw new Error('there is no reason to refuse it');
    },
  };
}

function notYetStarted(label: string): LazyTarget {
  return { isUsable: false, value: undefined, refusal: () => notRunning(label, 'idle') };
}

function notRunning(label: string, state: string): LifecycleError {
  const message = `${label}, which is not injected but looked up (Lazy), is ${state}; use its value while it runs, look with peek(), or write await wait({ state: 'running', of: ${label} }) first`;
  return new LifecycleError('LIFECYCLE_NOT_RUNNING', message, { service: label, state });
}

function isKnownService(binding: TargetBindingLike): boolean {
  if (binding.type === 'Instance') return wordsOf(binding.implementationType).spec !== undefined;
  return binding.type === 'ConstantValue' && wordsOfValue(binding.value).spec !== undefined;
}
