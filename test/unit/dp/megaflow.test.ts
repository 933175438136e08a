import { expect, test } from 'vitest';
import { FlowCache } from '../../../datapath/dp/flow-cache.js';
import { MAX_MASKS } from '../../../datapath/dp/mask-set.js';
import { Megaflows } from '../../../datapath/dp/megaflow.js';
import { DP_WORDS, W_GROUPS, W_IN_PORT, W_NW_DST, W_NW_SRC, W_TP } from '../../../datapath/keys/layout.js';

function words(values: Record<number, number>): Int32Array {
  const row = new Int32Array(DP_WORDS);
  for (const [word, value] of Object.entries(values)) row[Number(word)] = value;
  return row;
}

const SLASH_8 = words({ [W_IN_PORT]: -1, [W_NW_SRC]: 0xff000000 | 0 });
const EXACT = words({ [W_IN_PORT]: -1, [W_NW_SRC]: -1 });
const PROGRAM = Int32Array.of(1, 1, 2);

test('a_flow_shows_its_key_under_its_mask', () => {
  const flows = new Megaflows(0);
  const flow = flows.install(words({ [W_GROUPS]: 5, [W_IN_PORT]: 3, [W_NW_SRC]: 0x0a010203 }), SLASH_8, PROGRAM, 77)!;
  expect(flow.key).toEqual(words({ [W_GROUPS]: 5, [W_IN_PORT]: 3, [W_NW_SRC]: 0x0a000000 }));
  expect(flow.mask).toEqual(SLASH_8);
  expect(flow.createdMs).toBe(77);
  expect(flow.ufid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
});

test('ufid_differs_with_key_and_with_mask', () => {
  const flows = new Megaflows(0);
  const key = words({ [W_IN_PORT]: 3, [W_NW_SRC]: 0x0a000000 });
  const ufids = [
    flows.install(key, SLASH_8, PROGRAM, 0)!,
    flows.install(key, EXACT, PROGRAM, 0)!,
    flows.install(words({ [W_IN_PORT]: 4 }), EXACT, PROGRAM, 0)!,
  ].map((flow) => flow.ufid);
  expect(new Set(ufids).size).toBe(3);
});

test('install_twice_replaces_the_program', () => {
  const flows = new Megaflows(0);
  const key = words({ [W_IN_PORT]: 3 });
  const first = flows.install(key, EXACT, PROGRAM, 0)!;
  const second = flows.install(key, EXACT, Int32Array.of(), 0);
  expect(second).toBe(first);
  expect(first.program.length).toBe(0);
  expect(flows.count).toBe(1);
});

test('install_stops_at_the_limit', () => {
  const flows = new Megaflows(0);
  flows.limit = 2;
  const installed = [1, 2, 3].map((port) => flows.install(words({ [W_IN_PORT]: port }), EXACT, PROGRAM, 0));
  expect(installed[2]).toBeNull();
  flows.remove(installed[0]!);
  expect(flows.install(words({ [W_IN_PORT]: 3 }), EXACT, PROGRAM, 0)).not.toBeNull();
});

test('masks_come_and_go_with_their_flows', () => {
  const flows = new Megaflows(0);
  const wide = flows.install(words({ [W_IN_PORT]: 1 }), SLASH_8, PROGRAM, 0)!;
  flows.install(words({ [W_IN_PORT]: 2 }), EXACT, PROGRAM, 0);
  expect(flows.maskCount).toBe(2);
  flows.remove(wide);
  flows.remove(wide);
  expect(flows.maskCount).toBe(1);
  expect(flows.count).toBe(1);
});

/** A prefix of the source address, and some bits that tell masks apart. */
const prefix = (length: number, others: number): Int32Array =>
  words({ [W_IN_PORT]: -1, [W_NW_SRC]: -1 << (32 - length), [W_NW_DST]: others });

test('a_mask_too_many_is_replaced_by_the_one_with_the_fewest_bits_more', () => {
  const flows = new Megaflows(0);
  const key = (port: number): Int32Array =>
    words({ [W_IN_PORT]: port, [W_NW_SRC]: 0x0a010203, [W_NW_DST]: 0x0f0f0f0f });
  for (let i = 1; i < MAX_MASKS; i++) flows.install(key(i), prefix(16, i << 8), PROGRAM, 0);
  expect(flows.maskCount).toBe(MAX_MASKS - 1);
  // 0x2300 is covered by 0x2300 itself and by all that have more bits.
  const kept = flows.install(key(1000), prefix(8, 0x2300), PROGRAM, 0)!;
  expect(kept.mask).toEqual(prefix(16, 0x2300));
  expect(kept.matches(key(1000), 0)).toBe(true);
  expect(flows.maskCount).toBe(MAX_MASKS - 1);
});

test('without_such_a_mask_a_flow_is_exact', () => {
  const flows = new Megaflows(0);
  const key = (port: number): Int32Array => words({ [W_IN_PORT]: port, [W_NW_SRC]: 0x0a010203, [W_TP]: 7 });
  for (let i = 1; i < MAX_MASKS; i++) flows.install(key(i), prefix(16, i << 8), PROGRAM, 0);
  const exact = words({ [W_IN_PORT]: -1, [W_TP]: -1 });
  const [first, second] = [1001, 1002].map((port) => flows.install(key(port), exact, PROGRAM, 0)!);
  expect(first.key).toEqual(key(1001));
  expect([...first.mask.subarray(1)].every((bits) => bits === -1)).toBe(true);
  expect(flows.maskCount).toBe(MAX_MASKS);
  expect(flows.lookup(key(1002), 0)).toBe(second);
  const other = key(1001);
  other[W_NW_DST] = 1;
  expect(flows.lookup(other, 0)).toBeNull();
});

test('a_lookup_in_vain_tries_no_more_masks_than_there_may_be', () => {
  const flows = new Megaflows(0);
  for (let i = 1; i <= 10_000; i++) flows.install(words({ [W_IN_PORT]: i }), prefix(1 + (i % 32), i << 4), PROGRAM, 0);
  const before = flows.masksAsked;
  expect(flows.lookup(words({ [W_IN_PORT]: 20_000 }), 0)).toBeNull();
  expect(flows.masksAsked - before).toBeLessThanOrEqual(MAX_MASKS);
});

test('walking_the_flows_survives_removal', () => {
  const flows = new Megaflows(0);
  for (let port = 1; port <= 100; port++) flows.install(words({ [W_IN_PORT]: port }), EXACT, PROGRAM, 0);
  for (const flow of flows.values()) flows.remove(flow);
  expect(flows.count).toBe(0);
});

test('the_mask_that_answers_most_is_tried_first', () => {
  const flows = new Megaflows(0);
  flows.install(words({ [W_IN_PORT]: 1 }), SLASH_8, PROGRAM, 0);
  flows.install(words({ [W_IN_PORT]: 2 }), EXACT, PROGRAM, 0);
  const key = words({ [W_IN_PORT]: 2 });
  const askedBy = (): number => {
    const before = flows.masksAsked;
    flows.lookup(key, 0);
    return flows.masksAsked - before;
  };
  expect(askedBy()).toBe(2);
  flows.sortMasks();
  expect(askedBy()).toBe(1);
});

test('the_flow_cache_takes_no_dead_and_no_foreign_flow', () => {
  const flows = new Megaflows(0);
  const cache = new FlowCache(0);
  const key = words({ [W_IN_PORT]: 1, [W_NW_SRC]: 5 });
  const flow = flows.install(key, EXACT, PROGRAM, 0)!;
  const hash = cache.hash(key, 0);
  cache.put(hash, flow);
  expect(cache.lookup(hash, key, 0)).toBe(flow);
  expect(cache.lookup(hash, words({ [W_IN_PORT]: 1, [W_NW_SRC]: 6 }), 0)).toBeNull();
  flows.remove(flow);
  expect(cache.lookup(hash, key, 0)).toBeNull();
});

test('masks of which one word says that no flow matches are passed over', () => {
  const megaflows = new Megaflows(7);
  const program = new Int32Array(0);
  // A flow for each pair of prefixes, whose values differ in the last bit of both from one that all else have.
  for (let src = 1; src <= 15; src++) {
    for (let dst = 1; dst <= 15; dst++) {
      const [key, mask] = [new Int32Array(DP_WORDS), new Int32Array(DP_WORDS)];
      key[W_NW_SRC] = 1 << (32 - src);
      key[W_NW_DST] = 1 << (32 - dst);
      mask[W_NW_SRC] = -1 << (32 - src);
      mask[W_NW_DST] = -1 << (32 - dst);
      megaflows.install(key, mask, program, 0);
    }
  }
  expect(megaflows.maskCount).toBe(225);
  const lookup = (src: number, dst: number): boolean => {
    const key = new Int32Array(DP_WORDS);
    key[W_NW_SRC] = src;
    key[W_NW_DST] = dst;
    return megaflows.lookup(key, 0) !== null;
  };
  expect(lookup(1 << 25, 1 << 20)).toBe(true);
  expect(megaflows.masksAsked).toBeLessThan(5);
  expect(lookup(0, 0)).toBe(false);
  expect(lookup(1 << 25, 0)).toBe(false);
  expect(megaflows.masksAsked).toBeLessThan(10);
});
