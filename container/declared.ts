/** Dependencies that are declared beside the container, for what it cannot see and nobody can decorate. */

import { OptionError } from '../src/errors.ts';
import type { GraphIssue } from '../src/graph/model.ts';
import { type Identifier, identifierText, type TargetBindingLike } from './inversify.ts';
import { invalidDependsOn } from './issues.ts';
import type { DeclaredDependency } from './request.ts';

/** How a declared dependency is named where a constructor argument is named `constructor[0]`. */
export const DECLARED = '@DependsOn';

/** `{ service: 'api', on: [Db] }`: what is bound to `service` needs all of `on`. */
export interface DependsOnOption {
  readonly service: Identifier;
  readonly on: readonly Identifier[];
}

/** @throws OptionError for anything of another shape */
export function checkDependsOn(options: readonly DependsOnOption[]): readonly DependsOnOption[] {
  const valid =
    Array.isArray(options) &&
    options.every(
      (option) => isIdentifier(option?.service) && Array.isArray(option.on) && option.on.every(isIdentifier),
    );
  if (valid) return options;
  throw new OptionError(
    "dependsOn must be a list like [{ service: 'api', on: [Db] }], with classes, symbols or strings",
  );
}

/** The option while one survey is made: it remembers which of its services came up. */
export class DeclaredOption {
  readonly #options: readonly DependsOnOption[];
  readonly #met = new Set<DependsOnOption>();

  constructor(options: readonly DependsOnOption[]) {
    this.#options = options;
  }

  of({ serviceIdentifier }: TargetBindingLike): DeclaredDependency[] {
    const declared: DeclaredDependency[] = [];
    for (const option of this.#options) {
      if (option.service !== serviceIdentifier) continue;
      this.#met.add(option);
      for (const identifier of option.on) declared.push({ identifier, via: DECLARED });
    }
    return declared;
  }

  /** Services of the option that are not bound. */
  unused(): GraphIssue[] {
    return this.#options
      .filter((option) => !this.#met.has(option))
      .map(({ service }) => {
        const text = identifierText(service);
        return invalidDependsOn(
          text,
          `nothing is bound to ${text} in this container; bind it, or take it out of the option`,
        );
      });
  }
}

function isIdentifier(value: unknown): value is Identifier {
  return typeof value === 'string' || typeof value === 'symbol' || typeof value === 'function';
}
