/** Work on the whole connection table in steps, an empty text after each, so that packets flow in between. */
import type { Conntrack } from '../../datapath/conntrack/conntrack.js';
import type { WalkFilter } from '../../datapath/conntrack/query/walk.js';

/** Time as the tracker counts it: whole milliseconds modulo 2^32, asked anew for each step. */
export type ConnClock = () => number;

/** What is made step by step, with packets in between; the texts are empty. */
export type Steps<T> = Generator<string, T>;

/** Shows each connection to `visit`; returns how many were passed that wait for the sweep. */
export function* overConnections(
  tracker: Conntrack,
  filter: WalkFilter,
  clock: ConnClock,
  visit: (handle: number, now: number) => void,
): Steps<number> {
  const walk = tracker.walk(filter);
  while (!walk.isDone) {
    const now = clock();
    const met = walk.step(now);
    for (let i = 0; i < met; i++) visit(walk.handles[i], now);
    yield '';
  }
  return walk.dying;
}
