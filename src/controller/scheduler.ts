/**
 * Whose turn it is: connections with more work than a slice wait here, and the event loop has one of them work each time it comes round, so
 * that packets wait for one slice at most, however many are at it.
 *
 * Turns go to the one that has waited longest and, every other time, to the one that has had the fewest slices for what it is at: a short
 * question is answered soon while others ask for whole tables, and those are not forgotten over many short questions.
 */
import { guard } from '../../datapath/base/guard.js';

/** A connection with work that does not fit into one slice. */
export interface Worker {
  /** Slices it has had since it last had nothing to do. */
  readonly slices: number;
  work(): void;
  /** Ends it, after its work has failed. */
  destroy(): void;
}

const waiting: Worker[] = [];
let isLightest = false;

/** Nobody waits, so who has just been asked something may answer at once. */
export const isIdle = (): boolean => waiting.length === 0;

/** To be called when the worker is not waiting. */
export function schedule(worker: Worker): void {
  waiting.push(worker);
  if (waiting.length === 1) setImmediate(turn);
}

function turn(): void {
  isLightest = !isLightest;
  const [worker] = waiting.splice(isLightest ? lightest() : 0, 1);
  if (waiting.length > 0) setImmediate(turn);
  guard(
    'serving a connection',
    undefined,
    () => worker!.work(),
    () => worker!.destroy(),
  );
}

function lightest(): number {
  let best = 0;
  for (let i = 1; i < waiting.length; i++) if (waiting[i]!.slices < waiting[best]!.slices) best = i;
  return best;
}
