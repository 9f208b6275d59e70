import { inject, injectable } from 'inversify';
import { expect } from 'vitest';
import { GraphError, type GraphIssue, LifecycleError, ServiceContainer } from '../../container/index.ts';
import { silent } from './hand-made.ts';
import { rejection } from './recorded.ts';

/** Names of what was made. */
export const made: string[] = [];

/** Tells when one of it is made. */
export class Counted {
  constructor() {
    made.push(new.target.name);
  }
}

@injectable()
export class Config extends Counted {}

@injectable()
export class Db extends Counted {
  constructor(readonly config: Config) {
    super();
  }
}

/** A service that brings whatever is bound to 'faulty' into what starts. */
@injectable()
export class User extends Counted {
  constructor(@inject('faulty') readonly faulty: unknown) {
    super();
  }
  onStart(): void {}
}

@injectable()
export class Works {
  onStart(): void {}
}

export function container(options: { strict?: boolean } = {}): ServiceContainer {
  return new ServiceContainer({ lifecycle: { logger: silent, ...options } });
}

/** What `startAll` refuses with; `graph()` says the same, and nothing is made for either. */
export async function refusal(refused: ServiceContainer): Promise<readonly GraphIssue[]> {
  const error = await rejection(refused.startAll());
  expect(error).toBeInstanceOf(GraphError);
  expect(error).toBeInstanceOf(LifecycleError);
  const { code, details, message } = error as GraphError;
  expect(code).toBe('LIFECYCLE_GRAPH');
  for (const issue of details) expect(message).toContain(issue.message);
  expect(made).toEqual([]);
  return details;
}

export function only(code: string, issues: readonly GraphIssue[]): void {
  expect(new Set(issues.map((issue) => issue.code))).toEqual(new Set([code]));
}
