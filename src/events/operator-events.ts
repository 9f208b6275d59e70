import type { EventBase } from './event-base.ts';

/** Somebody who is attached to the process had it do something, and that it failed: see `docs/attach.md`. */
export interface OperatorEvent extends EventBase {
  readonly kind: 'operator:command' | 'operator:failed';
  /** As it was written: `restart Db`. */
  readonly command: string;
  /** Who it was, in the words of the one who attached. */
  readonly by: string;
  /** Why it failed. */
  readonly error?: Error;
}
