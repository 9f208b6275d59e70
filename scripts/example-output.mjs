/** What differs in the output of an example from run to run, and what stands for it in expected.txt. */
const VARIABLE = [
  [/\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?\]?/g, '<date>'],
  [/\b\d+(?:\.\d+)? (?:ms|s|m|h|d)(?: \d+ s)?\b/g, '<time>'],
  [/ {2,}(?=<time>)|(?<=<time>) {2,}/g, ' '], // columns move with the width of the time in them
  [/\bport \d+/g, 'port <port>'],
];

export const normalise = (text) => VARIABLE.reduce((result, [pattern, name]) => result.replace(pattern, name), text);
