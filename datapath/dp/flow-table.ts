/**
 * The hash table of the cached flows of all masks: from a hash of masked words to the flow. @hot
 *
 * Open addressing with linear probing; removal shifts the followers back, so there are no tombstones. Hashes lie side by side, a 0 being
 * the end of a run, so a lookup in vain reads nothing else. There is one table for all masks: then a mask costs no table of its own, and
 * what a lookup reads under many masks stays in the processor's cache.
 */
import type { DpFlow } from './dp-flow.js';

const FIRST_CAPACITY = 64;

export class FlowTable {
  /** By place: the flow's hash, never 0, and the flow. */
  hashes = new Int32Array(FIRST_CAPACITY);
  flows: (DpFlow | null)[] = new Array<DpFlow | null>(FIRST_CAPACITY).fill(null);
  /** The last place; the number of places is a power of two. */
  last = FIRST_CAPACITY - 1;
  private count = 0;

  insert(flow: DpFlow): void {
    // At most half full: runs stay short.
    if (2 * (this.count + 1) > this.last + 1) this.resize(2 * (this.last + 1));
    this.place(flow);
    this.count++;
  }

  remove(flow: DpFlow): void {
    const { flows, hashes, last } = this;
    let hole = flow.hash & last;
    while (flows[hole] !== flow) hole = (hole + 1) & last;
    // Whatever follows in the run moves into the hole, unless its own place lies behind the hole.
    for (let place = (hole + 1) & last; hashes[place] !== 0; place = (place + 1) & last) {
      const distance = (place - hashes[place]) & last;
      if (distance < ((place - hole) & last)) continue;
      flows[hole] = flows[place];
      hashes[hole] = hashes[place];
      hole = place;
    }
    flows[hole] = null;
    hashes[hole] = 0;
    this.count--;
    if (last >= FIRST_CAPACITY && 16 * this.count < last) this.resize((last + 1) >> 2);
  }

  private place(flow: DpFlow): void {
    const { last } = this;
    let place = flow.hash & last;
    while (this.hashes[place] !== 0) place = (place + 1) & last;
    this.flows[place] = flow;
    this.hashes[place] = flow.hash;
  }

  private resize(capacity: number): void {
    const old = this.flows;
    this.last = capacity - 1;
    this.hashes = new Int32Array(capacity);
    this.flows = new Array<DpFlow | null>(capacity).fill(null);
    for (let i = 0; i < old.length; i++) {
      const flow = old[i];
      if (flow !== null) this.place(flow);
    }
  }
}
