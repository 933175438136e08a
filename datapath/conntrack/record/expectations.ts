/**
 * Connections that are expected: a helper has read in a control connection where the next one will come from and go to. The
 * source port is not known, so it is left out of the key. (Open vSwitch lib/conntrack.c, alg_exp_node)
 *
 * An expectation lives as long as its parent and may be met any number of times, as in Open vSwitch; there, nothing bounds
 * their number, here the oldest of a parent gives way.
 */
import type { Rng } from '../../base/rng.js';
import { ABSENT, WordTable } from '../../base/word-table.js';
import { metaFamily } from './conn.js';
import { KEY_DST_ADDR, KEY_L4, KEY_META, KEY_SRC_ADDR, KEY_WORDS } from './packet-key.js';

/** Expectations of one connection: more than any client has open at a time. */
const MAX_PER_PARENT = 64;
/** Above all that the parents of a full table could sensibly announce. */
const MAX_EXPECTATIONS = 100_000;

export interface Expectation {
  /** Of the packet that will come: source port 0, unused words 0. */
  readonly key: Int32Array;
  /** Handle of the control connection. */
  readonly parent: number;
  /** Its key in the original direction, its mark and label when it announced this. */
  readonly parentKey: Int32Array;
  readonly mark: number;
  readonly label: Int32Array;
  /** With nat in the action: the reply key's address, and whether it replaces the destination or the source. */
  readonly natAddress: Int32Array;
  readonly replacesReplyDst: boolean;
}

export class Expectations {
  private readonly index: WordTable;
  private readonly list: (Expectation | undefined)[] = [];
  private readonly free: number[] = [];
  private readonly byParent = new Map<number, number[]>();
  private readonly wanted = new Int32Array(KEY_WORDS);
  count = 0;

  constructor(rng: Rng) {
    this.index = new WordTable(KEY_WORDS, rng.next());
  }

  /** The expectation that a packet with this key meets, null if there is none. */
  find(key: Int32Array): Expectation | null {
    if (this.count === 0) return null;
    expectedKey(key, this.wanted);
    const slot = this.index.lookup(this.wanted, 0);
    return slot === ABSENT ? null : (this.list[slot] ?? null);
  }

  /** Enters an expectation; one that is already there stays as it is. */
  add(expectation: Expectation): void {
    if (this.index.lookup(expectation.key, 0) !== ABSENT || this.count >= MAX_EXPECTATIONS) return;
    let siblings = this.byParent.get(expectation.parent);
    if (siblings === undefined) this.byParent.set(expectation.parent, (siblings = []));
    if (siblings.length >= MAX_PER_PARENT) this.remove(siblings.shift()!);
    const slot = this.free.pop() ?? this.list.length;
    this.list[slot] = expectation;
    this.index.set(expectation.key, 0, slot);
    siblings.push(slot);
    this.count++;
  }

  removeOfParent(parent: number): void {
    const slots = this.byParent.get(parent);
    if (slots === undefined) return;
    for (const slot of slots) this.remove(slot);
    this.byParent.delete(parent);
  }

  private remove(slot: number): void {
    this.index.remove(this.list[slot]!.key, 0);
    this.list[slot] = undefined;
    this.free.push(slot);
    this.count--;
  }

  *values(): IterableIterator<Expectation> {
    for (const expectation of this.list) if (expectation !== undefined) yield expectation;
  }
}

/** The key without its source port, all that means nothing zero. */
export function expectedKey(key: Int32Array, to: Int32Array): void {
  to.fill(0);
  to[KEY_META] = key[KEY_META];
  to[KEY_L4] = key[KEY_L4] & 0xffff;
  const words = metaFamily(key[KEY_META]) === 4 ? 1 : 4;
  for (let i = 0; i < words; i++) {
    to[KEY_SRC_ADDR + i] = key[KEY_SRC_ADDR + i];
    to[KEY_DST_ADDR + i] = key[KEY_DST_ADDR + i];
  }
}
