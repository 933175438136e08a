/**
 * Keeps the event loop turning for a moment instead of sleeping. A peer that asks and waits for the answer, a hundred thousand times over
 * (`ovs-ofctl add-flows` does, with a barrier behind each flow), asks again within some ten microseconds; being woken up for that costs
 * more than the question itself.
 */
import { systemClock } from '../../datapath/base/clock.js';

/** Longer than the next question of a busy peer takes to come, too short to be seen in the processor time of an idle switch. */
const AWAKE_MS = 0.2;

let untilMs = 0;
let isTurning = false;

/** To be called when a peer has said something that more is likely to follow. */
export function busyPoll(): void {
  untilMs = systemClock.now() + AWAKE_MS;
  if (isTurning) return;
  isTurning = true;
  setImmediate(turn);
}

function turn(): void {
  isTurning = systemClock.now() < untilMs;
  if (isTurning) setImmediate(turn);
}
