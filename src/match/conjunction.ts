/**
 * Conjunctive matches (ovs-fields(7), "Conjunctive Match Fields"): flows that say "clause k of n of conjunction ID". A packet that
 * matches a flow of each clause matches as if its conj_id were ID, and the flow that matches that is the answer.
 *
 * Flows with clauses never are the answer themselves. They count at their priority: where none of that priority completes
 * a conjunction, the search goes on with what lies below them. All lookups on the way add to the wildcards, so what is
 * cached rests on every clause that was looked at.
 */
import { W_CONJ_ID } from '../../datapath/keys/layout.js';

/** Of a conjunction: which of them a packet fulfils is a bit map of 64 bits in Open vSwitch, whose limit this is. */
export const MAX_CLAUSES = 64;

/** `conjunction(id, clause/clauses)`; clauses count from 0 here. */
export interface Clause {
  readonly id: number;
  readonly clause: number;
  readonly clauses: number;
}

interface Part {
  readonly priority: number;
  /** The clauses this rule fulfils; null or missing for a rule that is an answer. */
  readonly clauses?: readonly Clause[] | null;
}

/** What the classifier lends to the search. */
export interface ConjunctiveSource<R extends Part> {
  /** The best answer, and the clauses' rules of higher priority, which are put into `parts` unless that is null. */
  searchParts(words: Int32Array, at: number, wildcards: Int32Array | null, parts: R[] | null): R | null;
  /** The rule of the next lower priority with the same match. */
  nextBelow(rule: R): R | null;
}

export function lookupConjunctive<R extends Part>(
  source: ConjunctiveSource<R>,
  words: Int32Array,
  at: number,
  wildcards: Int32Array | null,
): R | null {
  let parts: R[] = [];
  let answer = source.searchParts(words, at, wildcards, parts);
  while (parts.length > 0) {
    const priority = Math.max(...parts.map((part) => part.priority));
    if (answer !== null && answer.priority >= priority) return answer;
    const top = parts.filter((part) => part.priority === priority);
    const id = fulfilled(top);
    const found = id === null ? null : searchWithId(source, words, at, wildcards, id);
    if (found !== null) return found;
    parts = parts.filter((part) => part.priority < priority);
    for (const part of top) {
      const next = source.nextBelow(part);
      if (next === null) continue;
      if (isPart(next)) parts.push(next);
      else if (answer === null || next.priority > answer.priority) answer = next;
    }
  }
  return answer;
}

export const isPart = ({ clauses }: Part): boolean => clauses !== undefined && clauses !== null;

/** The first conjunction of which there is a rule for each clause. */
function fulfilled(parts: readonly Part[]): number | null {
  const seen = new Map<number, bigint>();
  for (const { clauses } of parts) {
    for (const { id, clause, clauses: count } of clauses!) {
      const bits = (seen.get(id) ?? 0n) | (1n << BigInt(clause));
      if (bits === (1n << BigInt(count)) - 1n) return id;
      seen.set(id, bits);
    }
  }
  return null;
}

/** In this search rules with clauses do not count. */
function searchWithId<R extends Part>(
  source: ConjunctiveSource<R>,
  words: Int32Array,
  at: number,
  wildcards: Int32Array | null,
  id: number,
): R | null {
  const saved = words[at + W_CONJ_ID];
  words[at + W_CONJ_ID] = id;
  const found = source.searchParts(words, at, wildcards, null);
  words[at + W_CONJ_ID] = saved;
  return found;
}
