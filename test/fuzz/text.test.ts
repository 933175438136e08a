/** Any text is either a flow or a TextError that points into it; what was read prints to something that reads the same. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Rng, SeededRng } from '../../datapath/base/rng.js';
import { formatInstructions } from '../../src/text/action-print.js';
import { TextError } from '../../src/text/error.js';
import { parseFlow } from '../../src/text/flow.js';
import { formatMatch } from '../../src/text/match.js';

const ROUNDS = 40_000;
const SEED = Number(process.env.SEED ?? 20_261_121);
const PIECES = [
  '(',
  ')',
  '[',
  ']',
  ',',
  '=',
  ':',
  '->',
  '"',
  '/',
  '0x',
  '-1',
  '..',
  '+',
  '|',
  ' ',
  '\\',
  'ff',
  '99999999999',
  '\0',
  'ü',
];

const FLOWS = ['matches', 'actions', 'flows'].flatMap((name) =>
  readFileSync(new URL(`../vectors/${name}.txt`, import.meta.url), 'utf8')
    .split('\n')
    .flatMap((line) => /^# 1\.\d (.*)$/.exec(line)?.[1] ?? []),
);

/** Cuts out, doubles, or puts in a piece, up to three times. */
function mutate(rng: Rng, flow: string): string {
  let text = flow;
  for (let i = rng.below(4); i > 0; i--) {
    const from = rng.below(text.length + 1);
    const to = Math.min(text.length, from + rng.below(6));
    const piece = rng.below(3) === 0 ? text.slice(from, to).repeat(2) : PIECES[rng.below(PIECES.length)]!;
    text = text.slice(0, from) + (rng.below(3) === 0 ? '' : piece) + text.slice(to);
  }
  return text;
}

/** What a flow looks for and does, as text that can be read again. */
const canonical = (text: string): string => {
  const { match, priority, instructions } = parseFlow(text);
  const found = formatMatch(match, { priority });
  return `${found}${found === '' ? '' : ' '}actions=${formatInstructions(instructions)}`;
};

/** Null when the text is refused as it should be. */
function canonicalOrError(text: string): string | null {
  try {
    return canonical(text);
  } catch (error) {
    if (!(error instanceof TextError)) throw error;
    expect(error.at, text).toBeLessThanOrEqual(Math.max(text.length, error.text.length));
    return null;
  }
}

test(`flow text, seed ${SEED}`, () => {
  const rng = new SeededRng(SEED);
  let read = 0;
  for (let i = 0; i < ROUNDS; i++) {
    const text = mutate(rng, FLOWS[rng.below(FLOWS.length)]!);
    const once = canonicalOrError(text);
    if (once === null) continue;
    read++;
    expect(canonical(once), text).toBe(once);
  }
  expect(read).toBeGreaterThan(ROUNDS / 8);
});
