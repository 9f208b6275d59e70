/** What was probably meant by a word that is not known. */

/**
 * The candidate nearest to `word`, or `undefined` if none is near: case does not count, and up to `limit` letters may
 * be wrong, missing, superfluous or swapped with their neighbour (default: a third of the word, at least one). Of
 * equally near ones it is the one that begins most like the word: `onStopped` means `onStop`, not `onStarted`.
 */
export function didYouMean(word: string, candidates: Iterable<string>, limit = tolerance(word)): string | undefined {
  const wanted = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) > limit) continue;
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance > bestDistance || distance > limit) continue;
    if (distance === bestDistance && sharedStart(wanted, candidate) <= sharedStart(wanted, best ?? '')) continue;
    best = candidate;
    bestDistance = distance;
  }
  return best;
}

/**
 * What to say of a name that is not known: the one that was probably meant, or the first of those there are.
 *
 * @param none what to say where there are none; nothing unless told otherwise
 */
export function suggestion(word: string, candidates: readonly string[], none = ''): string {
  const near = didYouMean(word, candidates);
  if (near !== undefined) return `Did you mean ${near}?`;
  if (candidates.length === 0) return none;
  const shown = candidates.slice(0, 10);
  const more = candidates.length > shown.length ? `, and ${candidates.length - shown.length} more` : '';
  return `Known: ${shown.join(', ')}${more}.`;
}

function tolerance(word: string): number {
  return Math.max(1, Math.floor(word.length / 3));
}

function sharedStart(wanted: string, candidate: string): number {
  const letters = candidate.toLowerCase();
  let length = 0;
  while (length < wanted.length && wanted[length] === letters[length]) length += 1;
  return length;
}

/** The Damerau-Levenshtein distance (optimal string alignment): edits and swaps of neighbours that turn `a` into `b`. */
export function editDistance(a: string, b: string): number {
  const width = b.length + 1;
  const table = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number): number => table[i * width + j] ?? 0;
  for (let i = 0; i <= a.length; i++) {
    for (let j = 0; j <= b.length; j++) table[i * width + j] = cheapest(i, j);
  }
  return at(a.length, b.length);

  function cheapest(i: number, j: number): number {
    if (i === 0 || j === 0) return i + j;
    const replaced = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
    const edited = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, replaced);
    const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
    return swapped ? Math.min(edited, at(i - 2, j - 2) + 1) : edited;
  }
}
