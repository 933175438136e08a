/**
 * Murmur3-style hashes over int32 words with a basis. @hot
 *
 * `mix` takes in one word, `finish` spreads the bits at the end. A basis that an attacker cannot know (see conntrack)
 * keeps chains short; equality is always checked besides.
 */

/** The hash so far, with one more word taken in. */
export function mix(hash: number, word: number): number {
  word = Math.imul(word, 0xcc9e2d51);
  word = (word << 15) | (word >>> 17);
  hash ^= Math.imul(word, 0x1b873593);
  hash = (hash << 13) | (hash >>> 19);
  return (Math.imul(hash, 5) + 0xe6546b64) | 0;
}

/** The int32 hash of `size` bytes that were mixed in. */
export function finish(hash: number, size: number): number {
  hash ^= size;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** Hash of `count` words from `at`. */
export function hashWords(words: Int32Array, at: number, count: number, basis: number): number {
  let hash = basis;
  const end = at + count;
  for (let i = at; i < end; i++) hash = mix(hash, words[i]);
  return finish(hash, count << 2);
}

/** Hash of an IPv4 five-tuple; `ports` holds source 16 | destination 16. */
export function hashTuple4(src: number, dst: number, ports: number, proto: number, basis: number): number {
  return finish(mix(mix(mix(mix(basis, src), dst), ports), proto), 16);
}

/** As `hashTuple4`, but the same for both directions of a conversation. */
export function hashTuple4Symmetric(src: number, dst: number, ports: number, proto: number, basis: number): number {
  const port = (ports >>> 16) ^ (ports & 0xffff);
  return finish(mix(mix(mix(basis, src ^ dst), port), proto), 12);
}
