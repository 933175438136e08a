/**
 * The megaflow cache: all cached flows, by tuple space search. @hot
 *
 * A lookup tries one mask after the other, those first that have answered most of late: the key's words under the mask, hashed, lead to a
 * flow in one table of all flows (flow-table.ts). Any match is the right one: translation un-wildcards enough that no packet fits two flows
 * with different programs (Pfaff et al., "The Design and Implementation of Open vSwitch", NSDI 2015, section 5). How many
 * masks there may be, and what becomes of a flow beyond that, is said in mask-set.ts.
 */
import { W_SHAPE } from '../keys/layout.js';
import { DpFlow } from './dp-flow.js';
import { finishHash, termOf } from './flow-hash.js';
import type { FlowMask } from './flow-mask.js';
import { FlowTable } from './flow-table.js';
import { MaskSet } from './mask-set.js';

export { DpFlow } from './dp-flow.js';

/** Flows at once, as OVS's flow-limit: 0.5 KB each, 1.3 KB where stations are learned, 3 KB at most, masks and all; and a revalidation each per change of the tables. */
export const DEFAULT_FLOW_LIMIT = 200_000;

export class Megaflows {
  limit = DEFAULT_FLOW_LIMIT;
  /** Bumped when a flow is added: a lookup that has failed may now succeed. */
  additions = 0;
  /** Masks tried, over all lookups. */
  masksAsked = 0;
  private readonly flows = new Map<number, DpFlow>();
  private readonly masks: MaskSet;
  private table = new FlowTable();
  private nextId = 1;

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
    const { plan, masks } = this.masks;
    const { hashes, flows, last } = this.table;
    const count = masks.length;
    let common = 0;
    let p = 1;
    for (let end = p + 3 * plan[0]; p < end; p += 3)
      common = (common + termOf(keys[at + plan[p]] & plan[p + 1], plan[p + 2])) | 0;
    for (let i = 0; i < count; i++) {
      const end = p + 2 + 3 * plan[p];
      let sum = (common + plan[p + 1]) | 0;
      for (p += 2; p < end; p += 3) sum = (sum + termOf(keys[at + plan[p]] & plan[p + 1], plan[p + 2])) | 0;
      const hash = finishHash(sum);
      for (let place = hash & last; hashes[place] !== 0; place = (place + 1) & last) {
        if (hashes[place] !== hash || !flows[place]!.matches(keys, at)) continue;
        masks[i].hits++;
        this.masksAsked += i + 1;
        return flows[place];
      }
    }
    this.masksAsked += count;
    return null;
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
    const flow = new DpFlow(this.nextId++, now, flowMask, flowMask.takeSlot(key, 0), hash, key[W_SHAPE], program);
    this.masks.added(flowMask);
    this.table.insert(flow);
    this.flows.set(flow.id, flow);
    this.additions++;
    return flow;
  }

  remove(flow: DpFlow): void {
    if (flow.isDead) return;
    flow.isDead = true;
    this.flows.delete(flow.id);
    this.table.remove(flow);
    const mask = flow.table as FlowMask;
    mask.giveSlot(flow.slot);
    this.masks.removed(mask);
  }

  flush(): void {
    for (const flow of this.flows.values()) flow.isDead = true;
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
