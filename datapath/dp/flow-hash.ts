/**
 * The hash of a cached flow: a sum of one term for each word that its mask has. @hot
 *
 * A sum may be made in any order, so what many masks have in common is computed once in a lookup; and its terms do not wait for each other.
 * Salts come from the datapath's seed: who does not know it cannot choose packets that collide.
 */

/** What a masked word adds to the sum. */
export function termOf(value: number, salt: number): number {
  let term = Math.imul(value ^ salt, 0xcc9e2d51);
  term ^= term >>> 15;
  return Math.imul(term, 0x1b873593);
}

/** The hash that a sum, begun with the basis of the mask, ends as. It is never 0, which stands for "no flow" (flow-table.ts). */
export function finishHash(sum: number): number {
  let hash = sum | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  hash ^= hash >>> 16;
  return hash === 0 ? 1 : hash;
}
