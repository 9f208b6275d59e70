import { OptionError, textOf } from '../errors.ts';
import { withDependents } from './closure.ts';
import { guard } from './guard.ts';
import { holderOf, renew } from './instance.ts';
import type { Restarts } from './restarts.ts';
import type { Source } from './source.ts';
import type { Unit } from './unit.ts';

/** New objects in the place of old ones, while the application runs. */
export class Replacements {
  readonly #source: Source;
  readonly #restarts: Restarts;

  constructor(source: Source, restarts: Restarts) {
    this.#source = source;
    this.#restarts = restarts;
  }

  /** @throws OptionError, StartError */
  async replace<T extends object>(unit: Unit, make: () => T | Promise<T>): Promise<T> {
    const source = this.#source;
    if (source.replace === undefined || unit.parent !== undefined) {
      throw new OptionError(`replace() cannot replace ${unit.label}: it is not bound in a container`);
    }
    const instance = await make();
    const spec = this.#inspect(unit, instance);
    const others = rebuilt(unit);
    await this.#restarts.rebuild(unit, new Set([unit, ...others]), () => {
      for (const each of others) {
        renew(each);
        source.forget?.(each.key);
      }
      renew(unit, instance, spec);
      if (unit.host.guards) guard(unit);
      source.replace?.(unit.key, instance);
    });
    return instance;
  }

  #inspect(unit: Unit, instance: unknown): Unit['spec'] {
    const isObject = typeof instance === 'object' && instance !== null;
    const spec = isObject ? this.#source.inspect(instance) : undefined;
    if (spec === undefined) {
      throw new OptionError(
        `replace() of ${unit.label} expects an object with hooks or tasks from its function, got ${textOf(instance)}`,
      );
    }
    const holder = holderOf(instance);
    if (holder !== undefined) {
      throw new OptionError(`replace() of ${unit.label} expects a new object, got the one of ${holder.label}`);
    }
    return spec;
  }
}

/** What the container made with the old object, directly or through others. */
function rebuilt(unit: Unit): Unit[] {
  return [...withDependents([unit])].filter((each) => each !== unit && each.built && each.parent === undefined);
}
