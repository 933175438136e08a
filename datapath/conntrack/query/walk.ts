/**
 * A walk over the connection table in steps, with packets in between.
 *
 * What is promised, however much comes and goes meanwhile: a connection that was there when the walk began and is there when the walk comes
 * to it is met, once; one that was born since is not. So no tuple is met twice, not even that of a connection which ended and began anew.
 * Records keep their place for life and ids tell who was born since, so the walk remembers two numbers, whatever the size of the table.
 */
import * as C from '../record/conn.js';
import type { ConnTable } from '../record/conn-table.js';
import { isShown } from './dump.js';

/** Of one step, a fraction of a millisecond's work: records looked at, and connections met. */
const RECORDS_PER_STEP = 4096;
const MET_PER_STEP = 256;

/** Which connections a walk meets; absent parts select all. */
export interface WalkFilter {
  zone?: number;
  /** `dying` is what has expired or was closed and waits for the sweep; without a list what has not. */
  list?: 'dying' | 'all';
}

/** Where a walk stands: plain data, from which it goes on. */
export interface WalkCursor {
  /** Of the record that is looked at next, and behind the last one. */
  readonly next: number;
  readonly end: number;
  /** Connections with a later id were born since the walk began and are passed over; null: none is. */
  readonly lastId: number | null;
}

/** One walk; made by `Conntrack.walk`, and over when `isDone`. */
export class ConnWalk {
  /** Handles of the connections that the last step met, valid until packets flow. */
  readonly handles = new Int32Array(MET_PER_STEP);
  /** Connections passed that wait for the sweep. */
  dying = 0;
  private next: number;
  private readonly end: number;
  private readonly lastId: number | null;

  /** `youngest` says the id of the last connection born. */
  constructor(
    private readonly table: ConnTable,
    private readonly youngest: () => number,
    private readonly filter: WalkFilter,
    from: WalkCursor | null = null,
  ) {
    this.next = from?.next ?? 0;
    this.end = Math.min(from?.end ?? table.records.top, table.records.top);
    this.lastId = from === null ? youngest() : from.lastId;
  }

  get isDone(): boolean {
    return this.next >= this.end;
  }

  /** Null when the walk is done. */
  get cursor(): WalkCursor | null {
    const { next, end, lastId } = this;
    return this.isDone ? null : { next, end, lastId };
  }

  /** Goes on, over `most` records; returns how many connections it met. `now` is the time of this step. */
  step(now: number, most: number = RECORDS_PER_STEP): number {
    const { table, handles } = this;
    const { zone, list } = this.filter;
    const lastId = this.lastId ?? 0;
    const births = this.lastId === null ? 0 : (this.youngest() - lastId) >>> 0;
    const end = Math.min(this.end, this.next + most);
    let met = 0;
    for (; this.next < end && met < MET_PER_STEP; this.next++) {
      const handle = this.next;
      if (!table.isLive(handle)) continue;
      const words = table.words(handle);
      const at = table.at(handle);
      if (zone !== undefined && words[at + C.CONN_META] >>> 16 !== zone) continue;
      const birth = (words[at + C.CONN_ID] - lastId) >>> 0;
      if (birth !== 0 && birth <= births) continue;
      const isAlive = isShown(table, handle, now);
      if (!isAlive) this.dying++;
      if (list === 'all' || isAlive !== (list === 'dying')) handles[met++] = handle;
    }
    return met;
  }
}
