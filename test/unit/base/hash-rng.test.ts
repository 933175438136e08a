import { describe, expect, test } from 'vitest';
import * as hash from '../../../datapath/base/hash.js';
import { SeededRng } from '../../../datapath/base/rng.js';

describe('hash', () => {
  const words = Int32Array.of(1, 2, 3, 4, 5);

  test('hashWords_dependsOnWordsRangeAndBasis', () => {
    const all = hash.hashWords(words, 0, 5, 0);
    expect(hash.hashWords(Int32Array.of(9, 1, 2, 3, 4, 5), 1, 5, 0)).toBe(all);
    expect(hash.hashWords(words, 0, 4, 0)).not.toBe(all);
    expect(hash.hashWords(words, 0, 5, 1)).not.toBe(all);
  });

  test('hashWords_murmur3KnownValues', () => {
    // From the reference implementation of MurmurHash3_x86_32, for little-endian words.
    expect(hash.hashWords(new Int32Array(0), 0, 0, 1) >>> 0).toBe(0x514e28b7);
    expect(hash.hashWords(Int32Array.of(0x87654321 | 0), 0, 1, 0) >>> 0).toBe(0xf55b516b);
  });

  test('hashTuple4Symmetric_bothDirections_areEqual', () => {
    const there = hash.hashTuple4Symmetric(0x0a000001, 0x0a000002, (1024 << 16) | 80, 6, 7);
    const back = hash.hashTuple4Symmetric(0x0a000002, 0x0a000001, (80 << 16) | 1024, 6, 7);
    expect(there).toBe(back);
    expect(hash.hashTuple4(0x0a000001, 0x0a000002, (1024 << 16) | 80, 6, 7)).not.toBe(
      hash.hashTuple4(0x0a000002, 0x0a000001, (80 << 16) | 1024, 6, 7),
    );
  });

  test('finish_nearbyWords_spreadOverBuckets', () => {
    const used = new Set<number>();
    for (let i = 0; i < 4096; i++) used.add(hash.finish(hash.mix(0, i), 4) & 4095);
    // A random function hits 63 % of the buckets.
    expect(used.size).toBeGreaterThan(4096 * 0.6);
  });
});

describe('rng', () => {
  test('sameSeed_sameNumbers', () => {
    const a = new SeededRng(42);
    const b = new SeededRng(42);
    const c = new SeededRng(43);
    const numbers = Array.from({ length: 20 }, () => a.next());
    expect(Array.from({ length: 20 }, () => b.next())).toEqual(numbers);
    expect(Array.from({ length: 20 }, () => c.next())).not.toEqual(numbers);
  });

  test('below_coversItsRangeEvenly', () => {
    const rng = new SeededRng(1);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i++) counts[rng.below(10)]++;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
    expect(rng.below(1)).toBe(0);
  });
});
