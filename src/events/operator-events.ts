import type { EventBase } from './event-base.ts';

/** Somebody who is attached to the process, or has asked its port, had it do something; and that it failed: see `docs/attach.md`. */
export interface OperatorEvent extends EventBase {
  readonly kind: 'operator:command' | 'operator:failed';
  /** As it was written: `restart Db`. */
  readonly command: string;
  /** Who it was, in the words of the one who attached; of the port the address: `127.0.0.1, with the token`. */
  readonly by: string;
  /** Why it failed. */
  readonly error?: Error;
}
