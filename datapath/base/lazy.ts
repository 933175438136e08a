/** Tables that are made from other tables, when they are first asked for: a small command starts without those it does not look into. */

/** A function that gives what `make` makes, which runs once at most. */
export function lazy<T>(make: () => T): () => T {
  let made: { value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
