/**
 * The megaflow cache: all cached flows, by tuple space search. @hot
 *
 * A lookup tries one mask after the other, those first that have answered most of late: the key's words under the mask, hashed, lead to a
 * flow in one table of all flows (flow-table.ts). Masks of which one word alone says that no flow can match are passed over
 * (mask-terms.ts). Any match is the right one: translation un-wildcards enough that no packet fits two flows with different programs (Pfaff
 * et al., "The Design and Implementation of Open vSwitch", NSDI 2015, section 5). How many masks there may be, and what becomes of a flow
 * beyond that, is said in mask-set.ts.
 */
import { W_GROUPS } from '../keys/layout.js';
import { DpFlow } from './dp-flow.js';
import { finishHash, termOf } from './flow-hash.js';
import type { FlowMask } from './flow-mask.js';
import { FlowTable } from './flow-table.js';
import { MaskSet } from './mask-set.js';

export { DpFlow } from './dp-flow.js';

/**
 * Flows at once, as OVS's flow-limit: 0.5 KB each, 1.3 KB where stations are learned, 3 KB at most, masks and all; and a revalidation each
 * per change of the tables.
 */
export const DEFAULT_FLOW_LIMIT = 200_000;

/** As many masks as most flow programs make. */
const FEW_MASKS = 8;

export class Megaflows {
  limit = DEFAULT_FLOW_LIMIT;
  /** Bumped when a flow is added: a lookup that has failed may now succeed. */
  additions = 0;
  /** Masks tried, over all lookups; those that were passed over are not counted. */
  masksAsked = 0;
  private readonly flows = new Map<number, DpFlow>();
  private readonly masks: MaskSet;
  private table = new FlowTable();
  private nextId = 1;
  /** What the last search found. */
  private foundFlow: DpFlow | null = null;
  /** Of the search under way, by the terms that many masks have: what each adds to the hash, and whether no flow has its value. */
  private sums = new Int32Array(0);
  private isAbsent = new Uint8Array(0);

  constructor(seed: number) {
    this.masks = new MaskSet(seed);
  }

  get count(): number {
    return this.flows.size;
  }

  get maskCount(): number {
    return this.masks.masks.length;
  }

  lookup(keys: Int32Array, at: number): DpFlow | null {
    const { masks } = this.masks;
    const found = this.search(keys, at, masks.length);
    if (found < 0) return null;
    masks[found].hits++;
    return this.foundFlow;
  }

  /** Which mask the key's flow has, which is then `foundFlow`; -1 if there is none. */
  private search(keys: Int32Array, at: number, count: number): number {
    const { plan, terms } = this.masks;
    const { counts } = terms;
    // With few masks it is dearer to rule one out than to ask it: 4 of 45 ns (AMD EPYC, 2026-11-27).
    const isMany = count > FEW_MASKS;
    let common = 0;
    let p = 1;
    for (const end = 1 + 4 * plan[0]; p < end; p += 4) {
      const term = termOf(keys[at + plan[p + 1]] & plan[p + 2], plan[p + 3]);
      if (isMany && counts[(plan[p] << 8) | (term >>> 24)] === 0) return -1;
      common = (common + term) | 0;
    }
    const others = plan[p++];
    if (others > this.sums.length) this.makeRoom(others);
    const { sums, isAbsent } = this;
    for (let i = 0; i < others; i++, p += 4) {
      const term = termOf(keys[at + plan[p + 1]] & plan[p + 2], plan[p + 3]);
      sums[i] = term;
      isAbsent[i] = isMany && counts[(plan[p] << 8) | (term >>> 24)] === 0 ? 1 : 0;
    }
    for (let i = 0; i < count; i++) {
      let sum = (common + plan[p]) | 0;
      let isPossible = true;
      const shared = p + 2 + plan[p + 1];
      for (p += 2; p < shared; p++) {
        if (isAbsent[plan[p]] !== 0) isPossible = false;
        sum = (sum + sums[plan[p]]) | 0;
      }
      const end = shared + 1 + 4 * plan[shared];
      if (isPossible) {
        for (p++; p < end; p += 4) sum = (sum + termOf(keys[at + plan[p + 1]] & plan[p + 2], plan[p + 3])) | 0;
        this.masksAsked++;
        if (this.isThere(finishHash(sum), keys, at)) return i;
      }
      p = end;
    }
    return -1;
  }

  /** @cold */
  private makeRoom(terms: number): void {
    this.sums = new Int32Array(2 * terms);
    this.isAbsent = new Uint8Array(2 * terms);
  }

  private isThere(hash: number, keys: Int32Array, at: number): boolean {
    const { hashes, flows, last } = this.table;
    for (let place = hash & last; hashes[place] !== 0; place = (place + 1) & last) {
      if (hashes[place] !== hash || !flows[place]!.matches(keys, at)) continue;
      this.foundFlow = flows[place];
      return true;
    }
    return false;
  }

  /**
   * Adds a flow; one with the same key and mask gets the new program instead. The flow's mask may have more bits than were asked for.
   * Null if the limit is reached.
   */
  install(key: Int32Array, mask: Int32Array, program: Int32Array, now: number): DpFlow | null {
    const flowMask = this.masks.choose(mask);
    const hash = flowMask.hash(key, 0);
    const known = this.find(flowMask, hash, key);
    if (known !== null) {
      known.program = program;
      return known;
    }
    if (this.flows.size >= this.limit) return null;
    const flow = new DpFlow(this.nextId++, now, flowMask, flowMask.takeSlot(key, 0), hash, key[W_GROUPS], program);
    this.masks.added(flowMask, flow.slot);
    this.table.insert(flow);
    this.flows.set(flow.id, flow);
    this.additions++;
    return flow;
  }

  remove(flow: DpFlow): void {
    if (flow.isRemoved) return;
    flow.isRemoved = true;
    this.flows.delete(flow.id);
    this.table.remove(flow);
    const mask = flow.table as FlowMask;
    mask.giveSlot(flow.slot);
    this.masks.removed(mask, flow.slot);
  }

  flush(): void {
    for (const flow of this.flows.values()) flow.isRemoved = true;
    this.flows.clear();
    this.masks.clear();
    this.table = new FlowTable();
  }

  /** In the order of installation; flows may be removed and added meanwhile. */
  values(): IterableIterator<DpFlow> {
    return this.flows.values();
  }

  byId(id: number): DpFlow | null {
    return this.flows.get(id) ?? null;
  }

  /** Has the masks that answer most tried first. Called about once a second. */
  sortMasks(): void {
    this.masks.sort();
  }

  private find(mask: FlowMask, hash: number, key: Int32Array): DpFlow | null {
    const { hashes, flows, last } = this.table;
    for (let place = hash & last; hashes[place] !== 0; place = (place + 1) & last) {
      const flow = flows[place]!;
      if (hashes[place] === hash && flow.table === mask && flow.matches(key, 0)) return flow;
    }
    return null;
  }
}
