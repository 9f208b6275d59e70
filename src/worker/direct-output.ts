/** The file that the lines of a log end up in. */
export interface DirectOutput {
  readonly fd: number;
  readonly isPretty: boolean;
}
