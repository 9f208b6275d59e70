import { messageOf } from '../errors.ts';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import { optionalPeer } from '../optional-peer.ts';
import type { Companion } from '../worker/companion.ts';
import { trace } from './traced.ts';

/**
 * The Worker's spans.
 *
 * @param isAskedFor undefined: where the program has set up a tracer, and only there
 */
export function traces(isAskedFor: true | undefined): Companion {
  return async ({ lifecycle, log }) => {
    if (isAskedFor !== undefined) return traceLifecycle(lifecycle);
    if (!hasTracer()) return undefined;
    try {
      return await traceLifecycle(lifecycle);
    } catch (error) {
      // Nobody has asked: that the API is out of this package's sight is no reason not to run.
      log.debug(`No spans: ${messageOf(error)}`);
      return undefined;
    }
  };
}

/**
 * Makes spans of OpenTelemetry: one for each start and stop of a service, linked to those of what it needs, and one for each run
 * of a task. What hooks and runs do is within their span. The Worker does it by its option `traces`; this is for programs
 * without one. The API is loaded only here.
 *
 * @returns the undo
 * @throws LifecycleError with code LIFECYCLE_MISSING_PEER without `@opentelemetry/api`
 */
export async function traceLifecycle(lifecycle: Lifecycle): Promise<() => void> {
  const api = await optionalPeer('@opentelemetry/api', 'traces', () => import('@opentelemetry/api'));
  return trace(api, lifecycle);
}

/** Where version 1 of the API keeps what is registered: it can be asked without being loaded. */
const REGISTERED = Symbol.for('opentelemetry.js.api.1');

function hasTracer(): boolean {
  return (globalThis as { [REGISTERED]?: { readonly trace?: unknown } })[REGISTERED]?.trace !== undefined;
}
