/**
 * A bug in the control side must cost one packet, not the connection table of everybody: what the datapath calls is run through
 * here, so that nothing is thrown through the packet path. Each kind of failure is counted and logged with its stack.
 */
import { add, counter } from '../../datapath/base/counters.js';
import { logger, RateLimit } from '../../datapath/base/log.js';

const log = logger('ofproto_dpif_upcall');
/** Packets given up because of an error in the program, which the log has in full. */
const survived = counter('upcall_internal_error');
const limit = new RateLimit(5, 5);

export function survive<T>(doing: string, fallback: T, run: () => T): T {
  try {
    return run();
  } catch (error) {
    add(survived);
    log.err(
      () => `${doing} failed, the packet is dropped: ${error instanceof Error ? error.stack : String(error)}`,
      limit,
    );
    return fallback;
  }
}
