/** Timeouts in the time that the process has been able to act in: after a stop of it nobody has less time than was promised. */
import { systemClock } from '../../datapath/base/clock.js';
import { guard } from '../../datapath/base/guard.js';

/** Calls `act` in so many milliseconds unless the function that is returned is called before. Does not keep the process alive. */
export function after(ms: number, act: () => void): () => void {
  const dueMs = systemClock.now() + ms;
  const look = (): void => {
    const leftMs = dueMs - systemClock.now();
    if (leftMs >= 1) timer = setTimeout(look, leftMs).unref();
    else guard('acting on a timeout', undefined, act);
  };
  let timer = setTimeout(look, ms).unref();
  return () => clearTimeout(timer);
}
