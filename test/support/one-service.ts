import type { Hooks } from '../../src/hooks.ts';
import type { ServiceContext } from '../../src/lifecycle/context.ts';
import type { Lifecycle } from '../../src/lifecycle/lifecycle.ts';
import type { LifecycleOptions } from '../../src/lifecycle/options.ts';
import { ManualClock } from '../../src/testing/manual-clock.ts';
import { type HandMadeNode, handMade, service } from './hand-made.ts';

export interface OneService {
  readonly clock: ManualClock;
  /** What its `onStart` was given. */
  readonly context: ServiceContext;
  readonly lifecycle: Lifecycle;
}

/** A lifecycle whose `Db` runs, and maybe others. */
export async function oneService(
  hooks: Omit<Hooks, 'onStart'> = {},
  others: Record<string, HandMadeNode> = {},
  options: LifecycleOptions = {},
): Promise<OneService> {
  const clock = new ManualClock();
  let context: ServiceContext | undefined;
  const onStart = (given: ServiceContext): void => {
    context = given;
  };
  const lifecycle = handMade({ Db: service({ ...hooks, onStart }), ...others }, { clock, ...options });
  await lifecycle.startAll();
  if (context === undefined) throw new Error('onStart was not called');
  return { clock, context, lifecycle };
}
