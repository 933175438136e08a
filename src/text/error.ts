/** The one error of text parsing: what is wrong, in ovs-ofctl's words, and where in the text it is. */

export class TextError extends Error {
  /** The text that was being read. */
  readonly text: string;
  /** Offset in `text` of what the message is about. */
  readonly at: number;

  /** What may have been meant; empty if nothing is near. Not part of the message, which is ovs-ofctl's. */
  readonly hint: string;

  constructor(message: string, text = '', at = 0, hint = '') {
    super(message);
    this.name = 'TextError';
    this.text = text;
    this.at = at;
    this.hint = hint;
  }
}

/** Runs `parse` on a part of a larger text; an error comes out with its place in the whole. */
export function within<T>(whole: string, at: number, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof TextError && error.text !== whole)
      throw new TextError(error.message, whole, at + error.at, error.hint);
    throw error;
  }
}

/** A text error inside a file: the message is `file:line: what`, as ovs-ofctl says it. */
export class FileTextError extends TextError {
  constructor(
    readonly file: string,
    /** Counted from 1. */
    readonly line: number,
    cause: TextError,
  ) {
    super(`${file}:${line}: ${cause.message}`, cause.text, cause.at, cause.hint);
  }

  /** Counted from 1. */
  get column(): number {
    return this.at + 1;
  }
}

/** What people see below the message: the text with a mark under what is wrong, and what may have been meant. Begins with a line's end. */
export function belowTextError({ text, at, hint }: TextError): string {
  const place = text === '' || text.includes('\n') ? '' : `\n  ${text}\n  ${' '.repeat(at)}^`;
  return place + (hint === '' ? '' : `\n${hint}`);
}
