/** The file that the lines of a log end up in. */
export interface DirectOutput {
  readonly fd: number;
  readonly isPretty: boolean;
  /** What each line begins with: on a terminal it takes the status line away. */
  readonly lead: string;
}
