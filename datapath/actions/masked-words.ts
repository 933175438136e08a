/** The arguments of a `set`: pairs of value and mask, where the value has no bits outside the mask. @hot */

/** `old` with the bits of the pair of that number written. */
export const merge = (old: number, program: Int32Array, args: number, pair: number): number =>
  (old & ~program[args + 2 * pair + 1]) | program[args + 2 * pair];

export const maskOf = (program: Int32Array, args: number, pair: number): number => program[args + 2 * pair + 1];
