/** Work on the whole connection table in steps, an empty text after each, so that packets flow in between. */
import type { WalkCursor, WalkFilter } from '../../datapath/conntrack/query/walk.js';
import type { CtColumns, CtDumpStep, DpifConntrack } from '../dpif/conntrack.js';

/** Time as the tracker counts it: whole milliseconds modulo 2^32, asked anew for each step. */
export type ConnClock = () => number;

/** What is made step by step, with packets in between; the texts are empty. */
export type Steps<T> = Generator<string, T>;

/** Shows the connections to `visit`, a step at a time; returns how many were passed that wait for the sweep. */
export function* overConnections(
  tracker: DpifConntrack,
  filter: WalkFilter,
  columns: CtColumns,
  clock: ConnClock,
  visit: (step: CtDumpStep) => void,
): Steps<number> {
  let dying = 0;
  for (let from: WalkCursor | null = null; ; ) {
    const step: CtDumpStep = tracker.dump(from, filter, columns, clock());
    dying += step.dying;
    visit(step);
    yield '';
    if (step.next === null) return dying;
    from = step.next;
  }
}
