/**
 * The megaflow cache: all cached flows, by tuple space search. @hot
 *
 * Flows with the same mask share a table (mask-table.ts); a lookup asks one table after the other, those first that
 * have answered most of late. Any match is the right one: translation un-wildcards enough that no packet fits two flows
 * with different programs (Pfaff et al., "The Design and Implementation of Open vSwitch", NSDI 2015, section 5).
 */
import { DP_WORDS, W_SHAPE } from '../flow/layout.js';
import { DpFlow } from './dp-flow.js';
import { MaskTable } from './mask-table.js';

export { DpFlow } from './dp-flow.js';

/** Flows at once, as OVS's flow-limit: some 250 bytes each, and a revalidation each per change of the tables. */
export const DEFAULT_FLOW_LIMIT = 200_000;

export class Megaflows {
  limit = DEFAULT_FLOW_LIMIT;
  /** Bumped when a flow is added: a lookup that has failed may now succeed. */
  additions = 0;
  /** Tables asked, over all lookups. */
  tablesAsked = 0;
  private readonly flows = new Map<number, DpFlow>();
  private tables: MaskTable[] = [];
  private nextId = 1;

  constructor(private readonly seed: number) {}

  get count(): number {
    return this.flows.size;
  }

  get maskCount(): number {
    return this.tables.length;
  }

  lookup(keys: Int32Array, at: number): DpFlow | null {
    const { tables } = this;
    const count = tables.length;
    for (let i = 0; i < count; i++) {
      const flow = tables[i].lookup(keys, at);
      if (flow === null) continue;
      tables[i].hits++;
      this.tablesAsked += i + 1;
      return flow;
    }
    this.tablesAsked += count;
    return null;
  }

  /** Adds a flow; one with the same key and mask gets the new program instead. Null if the limit is reached. */
  install(key: Int32Array, mask: Int32Array, program: Int32Array, now: number): DpFlow | null {
    const table = this.tableOf(mask);
    const known = table.lookup(key, 0);
    if (known !== null) {
      known.program = program;
      return known;
    }
    if (this.flows.size >= this.limit) return null;
    if (table.count === 0) this.tables.push(table);
    const hash = table.hash(key, 0);
    const flow = new DpFlow(this.nextId++, now, table, table.takeSlot(key, 0), hash, key[W_SHAPE], program);
    table.insert(flow);
    this.flows.set(flow.id, flow);
    this.additions++;
    return flow;
  }

  remove(flow: DpFlow): void {
    if (flow.isDead) return;
    flow.isDead = true;
    this.flows.delete(flow.id);
    const table = flow.table as MaskTable;
    table.remove(flow);
    if (table.count === 0) this.tables.splice(this.tables.indexOf(table), 1);
  }

  flush(): void {
    for (const flow of this.flows.values()) flow.isDead = true;
    this.flows.clear();
    this.tables = [];
  }

  /** In the order of installation; flows may be removed and added meanwhile. */
  values(): IterableIterator<DpFlow> {
    return this.flows.values();
  }

  byId(id: number): DpFlow | null {
    return this.flows.get(id) ?? null;
  }

  /** Puts the tables that answer most first; halves the counts so that the past fades. Called about once a second. */
  sortTables(): void {
    this.tables.sort((a, b) => b.hits - a.hits);
    for (let i = 0; i < this.tables.length; i++) this.tables[i].hits >>>= 1;
  }

  private tableOf(mask: Int32Array): MaskTable {
    for (let i = 0; i < this.tables.length; i++) if (isSameMask(this.tables[i].mask, mask)) return this.tables[i];
    return new MaskTable(mask, this.seed);
  }
}

function isSameMask(a: Int32Array, b: Int32Array): boolean {
  for (let i = 0; i < DP_WORDS; i++) if (a[i] !== b[i]) return false;
  return true;
}
