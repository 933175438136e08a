/** The prefix trie against a list of prefixes, 32 and 128 bits wide. */
import { expect, test } from 'vitest';
import { SeededRng } from '../../../datapath/base/rng.js';
import { PrefixTrie } from '../../../src/match/prefix-trie.js';

const MARGIN = 1; // the trie may read the word behind

/** Addresses whose first `length` bits are mostly zero, so that many share prefixes. */
function randomAddress(rng: SeededRng, bits: number): Int32Array {
  const address = new Int32Array(bits / 32 + MARGIN);
  for (let i = 0; i < 4; i++) {
    const bit = rng.below(bits);
    address[bit >>> 5] |= 1 << (31 - (bit & 31));
  }
  return address;
}

const text = (address: Int32Array, bits: number): string =>
  Array.from(address.subarray(0, -MARGIN), (word) => (word >>> 0).toString(2).padStart(32, '0'))
    .join('')
    .slice(0, bits);

for (const bits of [32, 128]) {
  test(`prefix_trie_agrees_with_a_list ${bits} bits seed 5`, () => {
    const rng = new SeededRng(5);
    const trie = new PrefixTrie(bits);
    const list: { address: Int32Array; length: number }[] = [];
    for (let step = 0; step < 4000; step++) {
      if (list.length === 0 || rng.below(100) < (step < 2500 ? 60 : 30)) {
        const entry = { address: randomAddress(rng, bits), length: 1 + rng.below(bits) };
        trie.insert(entry.address, 0, entry.length);
        list.push(entry);
      } else {
        const [entry] = list.splice(rng.below(list.length), 1);
        trie.remove(entry!.address, 0, entry!.length);
      }
      expect(trie.size).toBe(list.length);
      if (step % 100 === 0) trie.selfCheck();
      checkLookup(trie, bits, list, rng);
    }
    for (const { address, length } of list) trie.remove(address, 0, length);
    trie.selfCheck();
    expect(trie.lookup(randomAddress(rng, bits), 0)).toBe(0);
  });
}

function checkLookup(
  trie: PrefixTrie,
  bits: number,
  list: readonly { address: Int32Array; length: number }[],
  rng: SeededRng,
): void {
  const address =
    rng.below(2) === 0 || list.length === 0 ? randomAddress(rng, bits) : list[rng.below(list.length)]!.address;
  const prefixes = list.map((entry) => text(entry.address, entry.length));
  const own = text(address, bits);
  const decided = trie.lookup(address, 0);
  const lengths = new Set(prefixes.filter((prefix) => own.startsWith(prefix)).map((prefix) => prefix.length));
  expect(new Set([...trie.lengths.keys()].filter((length) => trie.lengths[length] === 1))).toEqual(lengths);
  // Just as many bits as tell apart this address from every prefix that it does not have.
  const needed = prefixes.map((prefix) => {
    const differs = [...prefix].findIndex((bit, i) => bit !== own[i]);
    return differs < 0 ? prefix.length : differs + 1;
  });
  expect(decided).toBe(Math.max(0, ...needed));
}
