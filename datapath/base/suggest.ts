/** "Did you mean ...?": of the words that are known, the one that a mistyped word was probably to be. */

/** Edits beyond which two words have nothing to do with each other. */
const FARTHEST = 3;

/**
 * The candidate that takes the fewest edits to make from the word, the first of equals; undefined if none is near: three edits at most, and
 * no more than half of the word's letters. Capitals count as small letters.
 */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  const typed = word.toLowerCase();
  let best: string | undefined;
  let fewest = Math.min(FARTHEST, Math.floor(word.length / 2)) + 1;
  for (const candidate of candidates) {
    // The lengths alone take that many edits: most candidates need no table.
    if (Math.abs(candidate.length - word.length) >= fewest) continue;
    const edits = distance(typed, candidate.toLowerCase());
    if (edits < fewest) [best, fewest] = [candidate, edits];
  }
  return best;
}

/** Edits between two words: insertions, deletions, replacements, and swaps of neighbours (optimal string alignment). */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(Math.min(last[j]! + 1, row[j - 1]! + 1, replaced, isSwap ? beforeLast[j - 2]! + 1 : replaced));
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length]!;
}
