/**
 * Cuts flow text into its parts: `key`, `key=value`, `key:value`, `key(value)`, separated by commas or white space.
 *
 * A value ends at the next separator outside parentheses, brackets and quotes. Every part knows its place in the text,
 * for errors. Works on character codes: a flow is scanned in about a microsecond.
 */
import { TextError } from './error.js';

export interface Pair {
  readonly key: string;
  /** Null when the key stands alone. */
  readonly value: string | null;
  /** Offset of the key and of the value in the text. */
  readonly at: number;
  readonly valueAt: number;
}

const COMMA = 44;
const COLON = 58;
const EQUALS = 61;
const OPEN = 40;
const CLOSE = 41;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const QUOTE = 34;
const BACKSLASH = 92;

const isSpace = (c: number): boolean => c === 32 || (c >= 9 && c <= 13);
const isSeparator = (c: number): boolean => c === COMMA || isSpace(c);

export class PairScanner {
  private at: number;

  constructor(
    private readonly text: string,
    from = 0,
    private readonly to = text.length,
  ) {
    this.at = from;
  }

  next(): Pair | null {
    const { text, to } = this;
    let at = this.at;
    while (at < to && isSeparator(text.charCodeAt(at))) at++;
    if (at >= to) {
      this.at = to;
      return null;
    }
    const end = keyEnd(text, at, to);
    const key = text.slice(at, end);
    const delimiter = end < to ? text.charCodeAt(end) : COMMA;
    if (isSeparator(delimiter)) {
      this.at = end;
      return { key, value: null, at, valueAt: end };
    }
    return delimiter === OPEN ? this.inParentheses(key, at, end) : this.plain(key, at, end + 1);
  }

  private plain(key: string, at: number, from: number): Pair {
    const end = valueEnd(this.text, from, this.to);
    this.at = end;
    return { key, value: this.text.slice(from, end), at, valueAt: from };
  }

  private inParentheses(key: string, at: number, open: number): Pair {
    const close = closing(this.text, open, this.to);
    this.at = close + 1;
    return { key, value: this.text.slice(open + 1, close), at, valueAt: open + 1 };
  }

  /** What has not been scanned yet, from its first character on. */
  rest(): { text: string; at: number } {
    return { text: this.text.slice(this.at, this.to), at: this.at };
  }
}

function keyEnd(text: string, from: number, to: number): number {
  let at = from;
  if (text.charCodeAt(at) === QUOTE) return quoteEnd(text, at, to);
  while (at < to) {
    const c = text.charCodeAt(at);
    if (isSeparator(c) || c === EQUALS || c === COLON || c === OPEN) break;
    at++;
  }
  return at;
}

function valueEnd(text: string, from: number, to: number): number {
  let depth = 0;
  for (let at = from; at < to; at++) {
    const c = text.charCodeAt(at);
    if (c === QUOTE) at = quoteEnd(text, at, to) - 1;
    else if (c === OPEN || c === OPEN_BRACKET) depth++;
    else if (c === CLOSE || c === CLOSE_BRACKET) depth--;
    else if (depth <= 0 && isSeparator(c)) return at;
  }
  return to;
}

function closing(text: string, open: number, to: number): number {
  let depth = 0;
  for (let at = open; at < to; at++) {
    const c = text.charCodeAt(at);
    if (c === QUOTE) at = quoteEnd(text, at, to) - 1;
    else if (c === OPEN) depth++;
    else if (c === CLOSE && --depth === 0) return at;
  }
  throw new TextError(`missing ")" for "("`, text, open);
}

/** Offset behind the closing quote; the end of the text if it is missing. */
function quoteEnd(text: string, open: number, to: number): number {
  for (let at = open + 1; at < to; at++) {
    const c = text.charCodeAt(at);
    if (c === BACKSLASH) at++;
    else if (c === QUOTE) return at + 1;
  }
  return to;
}

/** The parts of `text`, in order. */
export function pairs(text: string): Pair[] {
  const scanner = new PairScanner(text);
  const found: Pair[] = [];
  for (let pair = scanner.next(); pair !== null; pair = scanner.next()) found.push(pair);
  return found;
}

/** A line of a file without its comment and the white space around it. A `#` inside quotes starts no comment. */
export function withoutComment(line: string): string {
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const c = line.charCodeAt(i);
    if (c === QUOTE) quoted = !quoted;
    else if (c === 35 && !quoted) return line.slice(0, i).trimEnd();
  }
  return line.trimEnd();
}
