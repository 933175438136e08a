/** The classifier against a list that is searched from end to end, with the soundness of the wildcards it returns. */
import { expect, test } from 'vitest';
import { SeededRng } from '../../datapath/base/rng.js';
import { FLOW_WORDS } from '../../datapath/keys/layout.js';
import { Classifier } from '../../src/match/classifier.js';
import type { FieldName } from '../../src/match/fields.js';
import { fullMask, newKey, setField } from '../../src/match/key.js';
import { Match } from '../../src/match/match.js';

interface Rule {
  match: Match;
  priority: number;
}

/** Few values per field, so that rules and packets meet; several masks per field, so that subtables are many. */
const UNIVERSE: readonly { field: FieldName; values: readonly bigint[]; masks: readonly bigint[] }[] = [
  { field: 'in_port', values: [1n, 2n], masks: [0xffffn] },
  { field: 'reg0', values: [0n, 1n, 0x10000n], masks: [0xffffffffn, 0xffff0000n] },
  { field: 'ct_state', values: [0n, 0x21n, 0x22n, 0x2an], masks: [0xffn, 0x20n, 0x21n] },
  { field: 'eth_type', values: [0x800n, 0x806n, 0x86ddn], masks: [0xffffn] },
  { field: 'nw_proto', values: [1n, 6n, 17n], masks: [0xffn] },
  { field: 'eth_dst', values: [0x010203040506n, 0x010000000001n], masks: [0xffffffffffffn, 0x010000000000n] },
  {
    field: 'ip_src',
    values: [0x0a000001n, 0x0a000101n, 0x0b000001n, 0xc0a80001n],
    masks: [0xffffffffn, 0xffffff00n, 0xff000000n, 0x80000000n, 0x00ff00ffn],
  },
  { field: 'ip_dst', values: [0x0a000001n, 0x0a400001n, 0x0a600001n], masks: [0xffffffffn, 0xffe00000n, 0xffc00000n] },
  {
    field: 'ipv6_dst',
    values: [0n, 0xfe80n << 112n, (0xfe80n << 112n) | 5n, (0x2001n << 112n) | (1n << 64n)],
    masks: [fullMask('ipv6_dst'), 0xffffn << 112n, ((1n << 70n) - 1n) << 58n, ((1n << 65n) - 1n) << 63n],
  },
  { field: 'tcp_src', values: [80n, 443n, 1024n, 40000n], masks: [0xffffn, 0xff00n] },
  { field: 'tcp_dst', values: [80n, 81n, 1024n, 65535n], masks: [0xffffn, 0xfffen] },
  { field: 'ct_tp_dst', values: [0n, 80n, 81n], masks: [0xffffn] },
  { field: 'ct_label', values: [0n, 1n, 1n << 127n], masks: [fullMask('ct_label'), 1n] },
];

const pick = <T>(rng: SeededRng, list: readonly T[]): T => list[rng.below(list.length)]!;

function randomMatch(rng: SeededRng): Match {
  const match = new Match();
  const fields = rng.below(5);
  for (let i = 0; i < fields; i++) {
    const { field, values, masks } = pick(rng, UNIVERSE);
    match.set(field, pick(rng, values), pick(rng, masks));
  }
  return match;
}

function randomKey(rng: SeededRng): Int32Array {
  const key = newKey();
  for (const { field, values } of UNIVERSE) setField(key, 0, field, pick(rng, values));
  return key;
}

/** The highest priority of those that match, -1 if none does. */
function bestPriority(rules: readonly Rule[], key: Int32Array): number {
  return rules.reduce((best, rule) => (rule.match.matches(key, 0) ? Math.max(best, rule.priority) : best), -1);
}

/** `a` where the mask has ones, `b` elsewhere. */
const blend = (a: Int32Array, b: Int32Array, mask: Int32Array): Int32Array =>
  a.map((word, i) => (word & mask[i]) | (b[i] & ~mask[i]));

function checkLookups(fast: Classifier<Rule>, slow: readonly Rule[], rng: SeededRng, count: number): void {
  for (let i = 0; i < count; i++) {
    const key = randomKey(rng);
    const wildcards = new Int32Array(FLOW_WORDS);
    const found = fast.lookup(key, 0, wildcards);
    expect(found?.priority ?? -1).toBe(bestPriority(slow, key));
    expect(fast.lookup(key, 0, null)).toBe(found);
    if (found !== null) expect(found.match.matches(key, 0)).toBe(true);
    for (let j = 0; j < 8; j++) {
      // What the wildcards leave open is set to please some rule, were it to match after all.
      const { match } = pick(rng, slow);
      const wanted = blend(match.key, randomKey(rng), match.mask);
      const sibling = blend(key, wanted, wildcards);
      expect(fast.lookup(sibling, 0, null)).toBe(found);
    }
  }
}

for (const seed of [1, 2, 3, 20261121]) {
  test(`classifier_agrees_with_a_list seed ${seed}`, () => {
    const rng = new SeededRng(seed);
    const fast = new Classifier<Rule>();
    const slow: Rule[] = [];
    for (let step = 0; step < 1500; step++) {
      if (rng.below(100) < (step < 900 ? 75 : 35) || slow.length === 0) {
        const rule = { match: randomMatch(rng), priority: rng.below(6) };
        const same = slow.find((other) => other.priority === rule.priority && other.match.equals(rule.match));
        expect(fast.findExact(rule.match, rule.priority)).toBe(same ?? null);
        if (same === undefined) {
          fast.insert(rule);
          slow.push(rule);
        }
      } else {
        const [rule] = slow.splice(rng.below(slow.length), 1);
        expect(fast.remove(rule!)).toBe(true);
        expect(fast.remove(rule!)).toBe(false);
      }
      if (step % 10 === 0 && slow.length > 0) checkLookups(fast, slow, rng, 5);
      if (step === 700) fast.setPrefixFields(['ip_src']);
      if (step === 1100) fast.setPrefixFields(['ipv6_dst', 'ip_dst', 'tun_id']);
      if (step % 100 === 0) checkWhole(fast, slow, rng);
    }
    for (const rule of slow) fast.remove(rule);
    expect([fast.size, fast.subtables]).toEqual([0, 0]);
    fast.selfCheck();
  });
}

/** With few rules and masks little is examined for other reasons, so that a bit forgotten shows. */
test('classifier_wildcards_are_sound_with_few_rules seed 99', () => {
  const rng = new SeededRng(99);
  for (let round = 0; round < 2000; round++) {
    const fast = new Classifier<Rule>();
    const slow: Rule[] = [];
    const forms = Array.from({ length: 1 + rng.below(2) }, () => randomMatch(rng));
    for (let i = 0; i < 6; i++) {
      const mask = pick(rng, forms).mask;
      const rule = { match: Match.fromKey(randomKey(rng), 0, mask), priority: rng.below(2) };
      if (fast.findExact(rule.match, rule.priority) !== null) continue;
      fast.insert(rule);
      slow.push(rule);
    }
    checkLookups(fast, slow, rng, 6);
  }
});

function checkWhole(fast: Classifier<Rule>, slow: readonly Rule[], rng: SeededRng): void {
  fast.selfCheck();
  expect(fast.size).toBe(slow.length);
  expect(new Set(fast)).toEqual(new Set(slow));
  const match = randomMatch(rng);
  const overlapping = slow.filter((rule) => rule.priority === 3 && rule.match.overlaps(match));
  expect(new Set(fast.overlapping(match, 3))).toEqual(new Set(overlapping));
}
