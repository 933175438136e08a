/** The megaflow cache against a list that is searched from end to end; the masks are such that flows do not overlap. */
import { expect, test } from 'vitest';
import { SeededRng } from '../../datapath/base/rng.js';
import { type DpFlow, Megaflows } from '../../datapath/dp/megaflow.js';
import { DP_WORDS, W_IN_PORT, W_NW_DST, W_NW_SRC, W_RECIRC_ID, W_TP } from '../../datapath/flow/layout.js';

/** The port says which mask a packet is matched under, as translation of real tables would make it. */
const MASKS = [[W_NW_SRC], [W_NW_SRC, W_NW_DST], [W_TP], [W_NW_DST, W_TP], []].map((words, port) => {
  const mask = new Int32Array(DP_WORDS);
  mask[W_IN_PORT] = mask[W_RECIRC_ID] = -1;
  for (const word of words) mask[word] = port % 2 === 0 ? -1 : 0x00ff00ff;
  return mask;
});

const seed = 20261121;

test(`megaflows_agree_with_a_list seed ${seed}`, () => {
  const rng = new SeededRng(seed);
  const fast = new Megaflows(7);
  const slow: DpFlow[] = [];
  const randomKey = (): Int32Array => {
    const key = new Int32Array(DP_WORDS);
    key[W_IN_PORT] = rng.below(MASKS.length);
    for (const word of [W_RECIRC_ID, W_NW_SRC, W_NW_DST, W_TP]) key[word] = rng.below(4) * 0x010101;
    return key;
  };
  const search = (key: Int32Array): DpFlow | null => slow.find((flow) => flow.matches(key, 0)) ?? null;
  for (let i = 0; i < 30_000; i++) {
    const key = randomKey();
    const found = search(key);
    expect(fast.lookup(key, 0)).toBe(found);
    const dice = rng.below(100);
    if (found === null && dice < 60) {
      slow.push(fast.install(key, MASKS[key[W_IN_PORT]], Int32Array.of(i), 0)!);
    } else if (found !== null && dice < 30) {
      fast.remove(found);
      slow.splice(slow.indexOf(found), 1);
      expect(found.isDead).toBe(true);
    } else if (dice === 99) fast.sortTables();
    if (i % 10_000 === 9_999) {
      fast.flush();
      expect(slow.every((flow) => flow.isDead)).toBe(true);
      slow.length = 0;
    }
    expect(fast.count).toBe(slow.length);
  }
  expect([...fast.values()]).toEqual(slow);
});
