/** Errors of the library: a code that programs test and a sentence that people read. */

/** An expected failure, e.g. `new SwitchError({ code: 'port-exists', name })`. The message must stand alone as a sentence. */
export class SwitchError<Detail extends { code: string }> extends Error {
  readonly detail: Detail;

  constructor(message: string, detail: Detail) {
    super(message);
    this.name = 'SwitchError';
    this.detail = detail;
  }
}

/** Is it an expected failure, whose message is for people? */
export const isSwitchError = (error: unknown): error is SwitchError<{ code: string }> => error instanceof SwitchError;

/** Marks code that the type system proves unreachable. */
export function assertNever(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}

/** Throws if a programmer's promise does not hold; never for bad input. */
export function invariant(condition: boolean, promise: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${promise}`);
}
