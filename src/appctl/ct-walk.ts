/** Work on the whole connection table as the pieces of a command's answer: a step, an empty piece, and packets in between. */
import type { Conntrack } from '../../datapath/conntrack/conntrack.js';
import type { WalkFilter } from '../../datapath/conntrack/query/walk.js';
import type { SwitchView } from './view.js';

/** Shows each connection to `visit`; returns how many were passed that wait for the sweep. */
export function* overConnections(
  view: SwitchView,
  tracker: Conntrack,
  filter: WalkFilter,
  visit: (handle: number, now: number) => void,
): Generator<string, number> {
  const walk = tracker.walk(filter);
  while (!walk.isDone) {
    const now = wholeMs(view);
    const met = walk.step(now);
    for (let i = 0; i < met; i++) visit(walk.handles[i], now);
    yield '';
  }
  return walk.dying;
}

/** Time as the tracker counts it. */
export const wholeMs = (view: SwitchView): number => Math.floor(view.now()) | 0;
