import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import type { StartOptions, StopOptions } from '../lifecycle/options.ts';
import type { StartReport, StopReport } from '../lifecycle/report.ts';

/** What a Worker runs: a container with a lifecycle, or the lifecycle itself. */
export interface Runnable {
  startAll(options?: StartOptions): Promise<StartReport>;
  stopAll(options?: StopOptions): Promise<StopReport>;
  readonly lifecycle: Lifecycle;
}
