import type { GraphIssue } from './graph/model.ts';
import { hooksOf } from './hooks.ts';
import type { Lifecycle } from './lifecycle/lifecycle.ts';
import { plainSpec, type ServiceSpec } from './spec.ts';

/** What an object and its class say of themselves. */
export interface ObjectWords {
  /** Undefined for one that is not to be managed. */
  readonly spec: ServiceSpec | undefined;
  /** The name that its class was given. */
  readonly name: string | undefined;
  /** Faults that let nothing start. */
  readonly errors: readonly Omit<GraphIssue, 'nodes'>[];
  readonly warnings: readonly Omit<GraphIssue, 'nodes'>[];
}

/** Knows what the runtime does not: decorators, and containers. */
export interface Advisor {
  wordsOf(object: object): ObjectWords;
  /** The lifecycle of the container that has the object. */
  homeOf(isIt: (value: unknown) => boolean): Lifecycle | undefined;
}

/** Without anybody who knows more, an object is its hooks. */
let advisor: Advisor = {
  wordsOf: (object) => ({ spec: plainSpec(hooksOf(object)), name: undefined, errors: [], warnings: [] }),
  homeOf: () => undefined,
};

/** Has services that are on their own ask there. */
export function adviseServices(by: Advisor): void {
  advisor = by;
}

/** Whom a service that is on its own asks. */
export function theAdvisor(): Advisor {
  return advisor;
}
