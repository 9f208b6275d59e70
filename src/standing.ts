import { theAdvisor } from './advisor.ts';
import { LifecycleError, OptionError } from './errors.ts';
import type { ServiceContext } from './lifecycle/context.ts';
import { hold, holderOf, letGo } from './lifecycle/instance.ts';
import type { Life } from './lifecycle/life.ts';
import { Lifecycle } from './lifecycle/lifecycle.ts';
import type { LifecycleOptions } from './lifecycle/options.ts';
import { presentContext, STANDING, type Standing } from './lifecycle/present.ts';
import type { Blueprint, BlueprintNode, Selection, Source } from './lifecycle/source.ts';
import type { Unit } from './lifecycle/unit.ts';
import { resolveRef } from './refs.ts';
import { plainSpec, type ServiceSpec } from './spec.ts';
import { RUNNABLE } from './worker/runnable.ts';

/** What a service of the base class knows of itself: whom it belongs to, and what it lives in. */
export class ServiceStanding implements Standing {
  unit: Unit | undefined;
  life: Life | undefined;
  readonly stop: unknown;
  /** A name that is its own, and not its class's. */
  readonly #givenName: string | undefined;
  readonly #service: object;
  /** Of a service that no container has. */
  #own: Lifecycle | undefined;

  constructor(service: object, stop: unknown, givenName?: string) {
    this.#service = service;
    this.stop = stop;
    this.#givenName = givenName;
  }

  get givenName(): string | undefined {
    return this.#givenName;
  }

  get name(): string {
    return (
      this.unit?.label ?? this.#givenName ?? theAdvisor().wordsOf(this.#service).name ?? this.#service.constructor.name
    );
  }

  /** Whom it belongs to: the lifecycle of the container that has it, or its own. Undefined for one that nobody has started. */
  get home(): Lifecycle | undefined {
    const { unit } = this;
    // The only hosts there are, are lifecycles.
    if (unit !== undefined && holderOf(unit.instance) === unit) return unit.host as Lifecycle;
    const isIt = (value: unknown): boolean =>
      typeof value === 'object' && value !== null && STANDING in value && value[STANDING] === this;
    return theAdvisor().homeOf(isIt) ?? this.#own;
  }

  /** Whether it is the only service of its lifecycle. */
  get isAlone(): boolean {
    const { home } = this;
    return home === undefined || home === this.#own;
  }

  /**
   * Whom it belongs to; one that nobody has is given a lifecycle of its own.
   *
   * @throws OptionError for options of a lifecycle that is there already
   */
  lifecycle(options?: LifecycleOptions): Lifecycle {
    const { home } = this;
    if (home !== undefined && options !== undefined) {
      const whose = home === this.#own ? 'its own already' : 'that of its container';
      throw new OptionError(
        `lifecycle(${this.name}, options): it has a lifecycle, ${whose}; give the options before its start`,
      );
    }
    if (home !== undefined) return home;
    const own = new Lifecycle(new Alone(this.#service, this.name, () => this.#reclaim()), options);
    const isEnd = (kind: string): boolean => kind === 'app:stopped' || kind === 'app:crashed';
    own.events.on(() => this.#letGo(), isEnd);
    this.#own = own;
    return own;
  }

  /** Stopped, it is free for a container to have. */
  #letGo(): void {
    if (this.unit !== undefined && this.unit.host === this.#own && !this.unit.up) letGo(this.unit);
  }

  /** It is about to start on its own again. */
  #reclaim(): void {
    if (this.unit !== undefined && this.unit.host === this.#own) hold(this.unit.instance, this.unit);
  }

  /** @throws LifecycleError with code LIFECYCLE_NO_LIFE before the first life */
  context(member: string): ServiceContext {
    const { unit, life } = this;
    if (unit !== undefined && life !== undefined) return presentContext(unit, life);
    const message = `${this.name} was not started, so it has no ${member} yet; use this.${member} in onStart, or later, and not in the constructor (a service without a container is started with await service.start())`;
    throw new LifecycleError('LIFECYCLE_NO_LIFE', message, { service: this.name, member });
  }
}

/** Whether it is a service by its base class; true of a prototype too. */
export function isServiceObject(object: object): object is { readonly [STANDING]: ServiceStanding } {
  return RUNNABLE in object;
}

/** The name that an object was given itself. */
export function givenNameOf(object: object): string | undefined {
  return STANDING in object ? (object[STANDING] as ServiceStanding).givenName : undefined;
}

/** The source of a lifecycle with one service, which is there. */
class Alone implements Source {
  readonly #service: object;
  readonly #label: string;
  readonly #onStart: () => void;

  /** @param onStart called when it is about to start */
  constructor(service: object, label: string, onStart: () => void) {
    this.#service = service;
    this.#label = label;
    this.#onStart = onStart;
  }

  blueprint(only?: Selection): Blueprint {
    const label = this.#label;
    this.#onStart();
    const { spec, errors, warnings } = theAdvisor().wordsOf(this.#service);
    const node: BlueprintNode = {
      key: this.#service,
      label,
      identifiers: [],
      implementation: this.#service.constructor,
      instance: this.#service,
      spec: spec ?? plainSpec(new Set()),
      built: false,
      dependencies: [],
      foreign: [],
    };
    if (only !== undefined && 'refs' in only)
      for (const ref of only.refs) resolveRef(ref, [node], 'startAll({ only })');
    const ofIt = <T extends object>(issue: T): T & { readonly nodes: readonly string[] } => ({
      ...issue,
      nodes: [label],
    });
    return { nodes: errors.length > 0 ? [] : [node], errors: errors.map(ofIt), warnings: warnings.map(ofIt) };
  }

  create(): unknown {
    return this.#service;
  }

  inspect(): ServiceSpec | undefined {
    return undefined;
  }
}
