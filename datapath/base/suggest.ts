/** "Did you mean ...?": which of the known words somebody had in mind who wrote another. */

/** Edits beyond which two words are not the same word mistyped. */
const TOLERATED_EDITS = 3;
/** Nobody mistypes a longer word; the work grows with the product of both lengths. */
const LONGEST_WORD = 64;
/** A beginning shorter than this says too little. */
const SHORTEST_START = 3;

/**
 * The candidate that the word most likely stands for; undefined if none is near. In this order: the same but for case, `-` and `_`; the
 * part behind the slash (`version` for `dpctl/version`); the fewest edits; the only one that begins like this.
 */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = plain(word);
  if (wanted === '' || wanted.length > LONGEST_WORD) return undefined;
  const rows = [...candidates].map((name) => ({ name, plain: plain(name) }));
  const same = rows.find((row) => row.plain === wanted || row.plain.endsWith(`/${wanted}`));
  return same?.name ?? nearest(wanted, rows) ?? onlyOneBeginningWith(wanted, rows);
}

/** `Did you mean X?`, or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const near = suggest(word, candidates);
  return near === undefined ? '' : `Did you mean ${near}?`;
}

interface Row {
  name: string;
  plain: string;
}

const plain = (word: string): string => word.toLowerCase().replaceAll('_', '-');

function nearest(wanted: string, rows: readonly Row[]): string | undefined {
  let best: string | undefined;
  let fewest = Math.min(TOLERATED_EDITS, Math.floor(wanted.length / 2)) + 1;
  for (const row of rows) {
    if (Math.abs(row.plain.length - wanted.length) >= fewest) continue;
    const edits = distance(wanted, row.plain);
    if (edits < fewest) [best, fewest] = [row.name, edits];
  }
  return best;
}

function onlyOneBeginningWith(wanted: string, rows: readonly Row[]): string | undefined {
  if (wanted.length < SHORTEST_START) return undefined;
  const found = rows.filter((row) => row.plain.startsWith(wanted));
  return found.length === 1 ? found[0]!.name : undefined;
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
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
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
