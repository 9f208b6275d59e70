import {
  type BindInWhenOnFluentSyntax,
  type BindWhenFluentSyntax,
  Container,
  decorate,
  inject,
  injectable,
  multiInject,
  named,
  optional,
  type ServiceIdentifier,
  tagged,
} from 'inversify';

/** A source of random numbers that a seed repeats. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed * 2654435761 + 1) >>> 0;
  }

  /** At least 0, less than 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  of<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('nothing to choose from');
    return item;
  }
}

/** Something bound, and how to ask for it. */
export interface BoundService {
  readonly identifier: ServiceIdentifier<object>;
  name?: string;
  tag?: string;
}

/** A container with random bindings, maybe of a parent. */
export interface RandomContainer {
  readonly container: Container;
  readonly parent: Container | undefined;
  readonly services: readonly BoundService[];
}

type RandomClass = new (...args: unknown[]) => object;
type Bound = BindWhenFluentSyntax<object> | BindInWhenOnFluentSyntax<object>;

/** @param ancestors also constraints on who asks: `whenParentIs`, `whenAnyAncestorIs` */
export function randomContainer(seed: number, ancestors: boolean): RandomContainer {
  return new Generator(new Random(seed), ancestors).run();
}

class Generator {
  readonly #random: Random;
  readonly #ancestors: boolean;
  readonly #parent: Container | undefined;
  readonly #container: Container;
  readonly #services: BoundService[] = [];
  readonly #classes: RandomClass[] = [];

  constructor(random: Random, ancestors: boolean) {
    this.#random = random;
    this.#ancestors = ancestors;
    this.#parent = random.chance(0.4) ? new Container() : undefined;
    this.#container = new Container(this.#parent && { parent: this.#parent });
  }

  run(): RandomContainer {
    const count = 4 + this.#random.below(14);
    for (let index = 0; index < count; index++) this.#bind(index, this.#class(index));
    return { container: this.#container, parent: this.#parent, services: this.#services };
  }

  #class(index: number): RandomClass {
    const Class: RandomClass = { [`K${index}`]: class {} }[`K${index}`] ?? Object;
    if (this.#services.length > 0) this.#inject(Class);
    decorate(injectable(this.#random.of(['Singleton', 'Transient', 'Request'])), Class);
    this.#classes.push(Class);
    return Class;
  }

  #inject(Class: RandomClass): void {
    const random = this.#random;
    for (let argument = random.below(4) - 1; argument >= 0; argument--) this.#injectArgument(Class, argument);
    const { identifier } = random.of(this.#services);
    if (random.chance(0.3)) decorate(multiInject(identifier), Class, 'all');
  }

  #injectArgument(Class: RandomClass, argument: number): void {
    const random = this.#random;
    const service = random.of(this.#services);
    const kind = random.next();
    if (kind < 0.15) {
      decorate(multiInject(service.identifier, { chained: random.chance(0.5) }), Class, argument);
    } else if (kind < 0.22) {
      decorate([inject(`missing${argument}`), optional()], Class, argument);
    } else {
      decorate(inject(service.identifier), Class, argument);
      if (service.name !== undefined) decorate(named(service.name), Class, argument);
      if (service.tag !== undefined) decorate(tagged(service.tag, 1), Class, argument);
    }
  }

  #bind(index: number, Class: RandomClass): void {
    const random = this.#random;
    const container = this.#parent !== undefined && random.chance(0.4) ? this.#parent : this.#container;
    const shared = random.chance(0.2) && index > 0 ? random.below(index) : index;
    const identifier: ServiceIdentifier<object> = random.chance(0.5) ? Class : `S${shared}`;
    if (this.#services.length > 0 && random.chance(0.1)) {
      const target = random.of(this.#services);
      container.bind(identifier).toService(target.identifier);
      this.#services.push({ ...target, identifier });
      return;
    }
    const service: BoundService = { identifier };
    this.#constrain(index, service, this.#bindTo(container, identifier, Class));
    this.#services.push(service);
  }

  #bindTo(container: Container, identifier: ServiceIdentifier<object>, Class: RandomClass): Bound {
    const kind = this.#random.next();
    if (kind < 0.65) return container.bind(identifier).to(Class);
    if (kind < 0.76) return container.bind(identifier).toConstantValue({});
    if (kind < 0.86 || this.#services.length === 0) return container.bind(identifier).toDynamicValue(() => ({}));
    const { identifier: first, name, tag } = this.#random.of(this.#services);
    const all = { serviceIdentifier: this.#random.of(this.#services).identifier, isMultiple: true as const };
    const one = {
      serviceIdentifier: first,
      ...(name === undefined ? {} : { name }),
      ...(tag === undefined ? {} : { tags: [{ key: tag, value: 1 }] }),
    };
    const build = (...args: unknown[]): object => ({ args });
    return this.#random.chance(0.4)
      ? container.bind(identifier).toResolvedValue(build, [one, all])
      : container.bind(identifier).toResolvedValue(build, [one]);
  }

  #constrain(index: number, service: BoundService, bound: Bound): void {
    const kind = this.#random.next();
    if (kind < 0.1) {
      service.name = `n${index}`;
      bound.whenNamed(service.name);
    } else if (kind < 0.2) {
      service.tag = `t${index}`;
      bound.whenTagged(service.tag, 1);
    } else if (kind < 0.25) {
      bound.whenDefault();
    } else if (this.#ancestors && kind < 0.4) {
      const Class = this.#random.of(this.#classes);
      if (this.#random.chance(0.5)) bound.whenParentIs(Class);
      else bound.whenAnyAncestorIs(Class);
    }
  }
}
