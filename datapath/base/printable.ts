/** Texts from outside - names, errors of peers - as one line that does nothing to the reader's terminal. */

/** Control characters, line separators, marks that turn the direction of writing, halves of pairs: what is not seen or moves the cursor. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** "a\nb" as `a\nb`; what cannot be seen as `\x1b` or `\u202e`. */
export const printable = (text: string): string => text.replace(HIDDEN, escaped);

/** The same for texts of several lines of our own. */
export const printableLines = (text: string): string => text.split('\n').map(printable).join('\n');

function escaped(character: string): string {
  const code = character.codePointAt(0)!;
  const hex = code.toString(16);
  return SHORT[character] ?? (code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`);
}
