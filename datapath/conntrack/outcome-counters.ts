/**
 * Counters of what became of packets and connections: +inv by reason, commits by result, ends by cause; for the tracker, and what went
 * wrong for each zone.
 */
import { add, counter } from '../base/counters.js';
import { CAUSES, COMMIT_NONE, COMMITS, isRefusal, REASONS, type ReasonRow } from './record/reasons.js';

const REASON_COVERAGE = coverage(REASONS);
const COMMIT_COVERAGE = coverage(COMMITS);

/** Handle of the coverage counter of each row, -1 for none. */
function coverage(rows: readonly ReasonRow[]): Int32Array {
  return Int32Array.from(rows, (row) => (row.coverage === undefined ? -1 : counter(row.coverage)));
}

/** Counts since the tracker was made, indexed by the ids of REASONS, COMMITS and CAUSES. */
export class OutcomeCounters {
  readonly reasons = new Float64Array(REASONS.length);
  readonly commits = new Float64Array(COMMITS.length);
  readonly causes = new Float64Array(CAUSES.length);
  /** At most one row for each of the 65536 zones. */
  private readonly invalidByZone = new Map<number, Float64Array>();
  private readonly refusedByZone = new Map<number, Float64Array>();

  /** Counts a packet that is +inv for that reason. */
  invalid(zone: number, reason: number): void {
    this.reasons[reason]++;
    if (REASON_COVERAGE[reason] >= 0) add(REASON_COVERAGE[reason]);
    this.countInZone(this.invalidByZone, zone, REASONS.length, reason);
  }

  /** Counts what a commit did; COMMIT_NONE is not counted. */
  commit(zone: number, result: number): void {
    if (result === COMMIT_NONE) return;
    this.commits[result]++;
    if (COMMIT_COVERAGE[result] >= 0) add(COMMIT_COVERAGE[result]);
    if (isRefusal(result)) this.countInZone(this.refusedByZone, zone, COMMITS.length, result);
  }

  private countInZone(byZone: Map<number, Float64Array>, zone: number, size: number, id: number): void {
    let row = byZone.get(zone);
    if (row === undefined) byZone.set(zone, (row = new Float64Array(size)));
    row[id]++;
  }

  /** Counts by reason id in that zone, null if none of its packets was invalid. */
  invalidIn(zone: number): Float64Array | null {
    return this.invalidByZone.get(zone) ?? null;
  }

  /** Counts of refusals by commit id in that zone, null if none of its commits was refused. */
  refusedIn(zone: number): Float64Array | null {
    return this.refusedByZone.get(zone) ?? null;
  }
}
