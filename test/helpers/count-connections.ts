/** How many connections a walk meets that does not pause: what `ct-get-nconns` answers. */
import type { Conntrack } from '../../datapath/conntrack/conntrack.js';

export function countConnections(tracker: Conntrack, now: number): number {
  let count = 0;
  for (const walk = tracker.walk(); !walk.isDone; ) count += walk.step(now);
  return count;
}
