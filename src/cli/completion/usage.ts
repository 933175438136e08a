/** Words by the usage of a verb: `SWITCH [FLOW]`, `[set ZONE=LIMIT... | del ZONE...]`. */
import type { DaemonPlace } from '../command.js';
import type { Candidate } from './complete.js';
import { NAMES } from './names.js';

/** What may follow `before` in a line that is as `usage` says. `verb` is `bridge set`. */
export async function candidatesAt(
  verb: string,
  usage: string,
  before: readonly string[],
  place: DaemonPlace,
): Promise<Candidate[]> {
  const found = new Map<string, Candidate>();
  for (const way of usage.replace(/^\[(.*\|.*)\]$/, '$1').split(' | ')) {
    const tokens = way.trim().split(/\s+/).map(tokenOf);
    if (!before.every((word, i) => fits(tokens[i], word))) continue;
    for (const token of tokensAt(tokens, before.length))
      for (const candidate of await wordsFor(verb, token, before, place)) found.set(candidate.word, candidate);
  }
  return [...found.values()];
}

/** Ways that begin with other words are out. */
const fits = (token: Token | undefined, word: string): boolean =>
  token === undefined || !token.isLiteral || token.isOptional || token.text === word;

interface Token {
  text: string;
  /** To be typed as it is, or with a value behind `=`. */
  isLiteral: boolean;
  isOptional: boolean;
  isRepeated: boolean;
}

function tokenOf(word: string): Token {
  const text = word.replace(/^\[+|\.\.\.|\]+/g, '');
  return {
    text,
    isLiteral: /^[a-z]/.test(text),
    isOptional: word.startsWith('['),
    isRepeated: word.includes('...'),
  };
}

/** Those that a word in that place may be: optional ones can be left out, the last may be repeated. */
function tokensAt(tokens: readonly Token[], place: number): Token[] {
  const last = tokens.at(-1)!;
  if (place >= tokens.length) return last.isRepeated ? [last] : [];
  const end = tokens.findIndex((token, i) => i >= place && !token.isOptional);
  return tokens.slice(place, end < 0 ? undefined : end + 1);
}

async function wordsFor(
  verb: string,
  { text, isLiteral }: Token,
  before: readonly string[],
  place: DaemonPlace,
): Promise<Candidate[]> {
  if (isLiteral) return [{ word: text.replace(/=.*/s, '=') }];
  const source = NAMES[`${verb} ${text}`] ?? NAMES[text];
  return source === undefined ? [] : (await source(place, before)).map((word) => ({ word }));
}
