/** Conjunctive matches against what their description says, word by word, with the soundness of the wildcards. */
import { expect, test } from 'vitest';
import { SeededRng } from '../../datapath/base/rng.js';
import { FLOW_WORDS } from '../../datapath/keys/layout.js';
import { Classifier } from '../../src/match/classifier.js';
import type { Clause } from '../../src/match/conjunction.js';
import type { FieldName } from '../../src/match/fields.js';
import { newKey, setField } from '../../src/match/key.js';
import { Match } from '../../src/match/match.js';

interface Rule {
  match: Match;
  priority: number;
  clauses: Clause[] | null;
}

const UNIVERSE: readonly { field: FieldName; values: readonly bigint[]; masks: readonly bigint[] }[] = [
  { field: 'ip_src', values: [0x0a000001n, 0x0a000101n, 0x0b000001n], masks: [0xffffffffn, 0xffffff00n, 0xff000000n] },
  { field: 'ip_dst', values: [0x0a000001n, 0x0a400001n, 0x0a600001n], masks: [0xffffffffn, 0xffe00000n] },
  { field: 'tcp_dst', values: [80n, 81n, 443n], masks: [0xffffn, 0xfffen] },
  { field: 'in_port', values: [1n, 2n], masks: [0xffffn] },
];
const PRIORITIES = 6;

const pick = <T>(rng: SeededRng, list: readonly T[]): T => list[rng.below(list.length)]!;
/** One conjunction for each odd priority; rules of even priorities are answers, whatever they match. */
const idOf = (priority: number): number => priority * 10;
const clausesOf = (priority: number): number => 2 + (priority % 3);

function randomMatch(rng: SeededRng): Match {
  const match = new Match();
  for (let i = rng.below(3); i > 0; i--) {
    const { field, values, masks } = pick(rng, UNIVERSE);
    match.set(field, pick(rng, values), pick(rng, masks));
  }
  return match;
}

function randomRule(rng: SeededRng): Rule {
  const priority = rng.below(PRIORITIES);
  const match = randomMatch(rng);
  if (priority % 2 === 1) {
    const clauses = clausesOf(priority);
    return { match, priority, clauses: [{ id: idOf(priority), clause: rng.below(clauses), clauses }] };
  }
  if (rng.below(2) === 0) match.set('conj_id', BigInt(idOf(1 + 2 * rng.below(PRIORITIES / 2))));
  return { match, priority, clauses: null };
}

function randomKey(rng: SeededRng): Int32Array {
  const key = newKey();
  for (const { field, values } of UNIVERSE) setField(key, 0, field, pick(rng, values));
  return key;
}

/** Priority of the answer, -1 if there is none. */
function expected(rules: readonly Rule[], key: Int32Array): number {
  const answers = (from: Int32Array): number[] =>
    rules.filter((rule) => rule.clauses === null && rule.match.matches(from, 0)).map((rule) => rule.priority);
  for (let priority = PRIORITIES - 1; priority >= 0; priority--) {
    const here = rules.filter((rule) => rule.priority === priority && rule.match.matches(key, 0));
    if (here.some(({ clauses }) => clauses === null)) return priority;
    const met = new Set(here.flatMap(({ clauses }) => clauses ?? []).map(({ clause }) => clause));
    if (here.length === 0 || met.size < clausesOf(priority)) continue;
    const marked = key.slice();
    setField(marked, 0, 'conj_id', BigInt(idOf(priority)));
    const best = Math.max(-1, ...answers(marked));
    if (best >= 0) return best;
  }
  return -1;
}

for (const seed of [1, 2, 3, 20261121]) {
  test(`conjunctions_agree_with_their_description seed ${seed}`, () => {
    const rng = new SeededRng(seed);
    let conjunctive = 0;
    for (let round = 0; round < 60; round++) {
      const fast = new Classifier<Rule>();
      const slow: Rule[] = [];
      for (let i = 0; i < 40; i++) {
        const rule = randomRule(rng);
        if (fast.findExact(rule.match, rule.priority) !== null) continue;
        fast.insert(rule);
        slow.push(rule);
      }
      for (let i = 0; i < 20; i++) {
        const key = randomKey(rng);
        const wildcards = new Int32Array(FLOW_WORDS);
        const found = fast.lookupConjunctive(key, 0, wildcards);
        expect(found?.priority ?? -1).toBe(expected(slow, key));
        expect(found?.clauses ?? null).toBe(null);
        if (found?.match.has('conj_id')) conjunctive++;
        expect(fast.lookupConjunctive(key, 0, null)).toBe(found);
        for (let j = 0; j < 6; j++) {
          const other = randomKey(rng);
          const sibling = key.map((word, w) => (word & wildcards[w]) | (other[w] & ~wildcards[w]));
          expect(fast.lookupConjunctive(sibling, 0, null)).toBe(found);
        }
      }
    }
    expect(conjunctive).toBeGreaterThan(10);
  });
}
