/** The megaflow cache against a list that is searched from end to end; the masks are such that flows do not overlap. */
import { expect, test } from 'vitest';
import { SeededRng } from '../../datapath/base/rng.js';
import { MAX_MASKS } from '../../datapath/dp/mask-set.js';
import { type DpFlow, Megaflows } from '../../datapath/dp/megaflow.js';
import { DP_WORDS, W_IN_PORT, W_NW_DST, W_NW_SRC, W_RECIRC_ID, W_TP } from '../../datapath/keys/layout.js';

/** The port says which mask a packet is matched under, as translation of real tables would make it. */
const FEW = [[W_NW_SRC], [W_NW_SRC, W_NW_DST], [W_TP], [W_NW_DST, W_TP], []].map((words, port) =>
  maskOf(Object.fromEntries(words.map((word) => [word, port % 2 === 0 ? -1 : 0x00ff00ff]))),
);
/** More than there may be, in an order in which many are narrower and many wider than those before: two prefixes. */
const MANY = Array.from({ length: 3 * MAX_MASKS }, (_, n) =>
  maskOf({ [W_NW_SRC]: -1 << ((n * 7) % 32), [W_NW_DST]: -1 << ((n * 11) % 31) }),
);

function maskOf(words: Record<number, number>): Int32Array {
  const mask = new Int32Array(DP_WORDS);
  mask[W_IN_PORT] = mask[W_RECIRC_ID] = -1;
  for (const [word, bits] of Object.entries(words)) mask[Number(word)] = bits;
  return mask;
}

const seed = 20261121;

test.each([
  { name: 'few masks', masks: FEW, steps: 30_000 },
  { name: 'more masks than there may be', masks: MANY, steps: 10_000 },
])(`megaflows agree with a list: $name, seed ${seed}`, ({ masks, steps }) => {
  const rng = new SeededRng(seed);
  const fast = new Megaflows(7);
  const slow: DpFlow[] = [];
  const randomKey = (): Int32Array => {
    const key = new Int32Array(DP_WORDS);
    key[W_IN_PORT] = rng.below(masks.length);
    for (const word of [W_RECIRC_ID, W_NW_SRC, W_NW_DST, W_TP]) key[word] = rng.below(4) * 0x010101;
    return key;
  };
  const search = (key: Int32Array): DpFlow | null => slow.find((flow) => flow.matches(key, 0)) ?? null;
  for (let i = 0; i < steps; i++) {
    const key = randomKey();
    const found = search(key);
    expect(fast.lookup(key, 0)).toBe(found);
    const dice = rng.below(100);
    if (found === null && dice < 60) {
      const wanted = masks[key[W_IN_PORT]];
      const flow = fast.install(key, wanted, Int32Array.of(i), 0)!;
      slow.push(flow);
      expect(flow.matches(key, 0)).toBe(true);
      expect(wanted.every((bits, word) => (flow.mask[word] & bits) === bits)).toBe(true);
    } else if (found !== null && dice < 30) {
      fast.remove(found);
      slow.splice(slow.indexOf(found), 1);
      expect(found.isRemoved).toBe(true);
    } else if (dice === 99) fast.sortMasks();
    expect(fast.maskCount).toBeLessThanOrEqual(MAX_MASKS);
    if (i % 10_000 === 9_999) {
      fast.flush();
      expect(slow.every((flow) => flow.isRemoved)).toBe(true);
      slow.length = 0;
    }
    expect(fast.count).toBe(slow.length);
  }
  expect([...fast.values()]).toEqual(slow);
});
