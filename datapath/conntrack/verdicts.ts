/** Counters of verdicts: +inv by reason, commits by result, ends by cause; for the tracker, and +inv for each zone. */
import { add, counter } from '../base/counters.js';
import { CAUSES, COMMIT_NONE, COMMITS, REASONS, type ReasonRow } from './reasons.js';

const REASON_COVERAGE = coverage(REASONS);
const COMMIT_COVERAGE = coverage(COMMITS);

/** Handle of the coverage counter of each row, -1 for none. */
function coverage(rows: readonly ReasonRow[]): Int32Array {
  return Int32Array.from(rows, (row) => (row.coverage === undefined ? -1 : counter(row.coverage)));
}

export class Verdicts {
  readonly reasons = new Float64Array(REASONS.length);
  readonly commits = new Float64Array(COMMITS.length);
  readonly causes = new Float64Array(CAUSES.length);
  /** At most one row for each of the 65536 zones. */
  private readonly byZone = new Map<number, Float64Array>();

  invalid(zone: number, reason: number): void {
    this.reasons[reason]++;
    if (REASON_COVERAGE[reason] >= 0) add(REASON_COVERAGE[reason]);
    let row = this.byZone.get(zone);
    if (row === undefined) this.byZone.set(zone, (row = new Float64Array(REASONS.length)));
    row[reason]++;
  }

  commit(result: number): void {
    if (result === COMMIT_NONE) return;
    this.commits[result]++;
    if (COMMIT_COVERAGE[result] >= 0) add(COMMIT_COVERAGE[result]);
  }

  /** Counts by reason id in that zone, null if none of its packets was invalid. */
  inZone(zone: number): Float64Array | null {
    return this.byZone.get(zone) ?? null;
  }
}
