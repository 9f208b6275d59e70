import { LifecycleError } from '../errors.ts';
import type { Failure } from './intensity.ts';

/** Something failed more often than it may be restarted; `cause` is the last failure's error, `data.failures` has them all. */
export class MaxRestartsExceeded extends LifecycleError {
  /** @param what failed how often, in words */
  constructor(what: string, failures: readonly Failure[], cause: unknown) {
    const told = failures.map(({ date, error, service }) => ({ at: date, error, ...(service && { service }) }));
    super('LIFECYCLE_MAX_RESTARTS', what, { failures: told }, { cause });
  }
}
