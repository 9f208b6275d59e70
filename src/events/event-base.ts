/** What every event carries. */
export interface EventBase {
  /** Counts up from 1 within one `Lifecycle`. */
  readonly id: number;
  /** The event that caused this one, where there is one. */
  readonly parent: number | undefined;
  /** Milliseconds since the epoch. */
  readonly at: number;
}
