/** Timeout policies as JSON values. */
import type { TimeoutPolicy } from '../../datapath/conntrack/protocols/timeouts.js';
import type { TimeoutScope, ZoneTimeouts } from '../bridge/zone-timeouts.js';
import { sortedPolicy } from '../text/ct-settings.js';
import { RequestError } from './request.js';

export interface TimeoutsJson {
  zone: TimeoutScope;
  /** Seconds; of the default policy all there are. */
  timeouts: TimeoutPolicy;
}

/** The default policy, then those of zones by number. */
export const allTimeouts = (timeouts: ZoneTimeouts): TimeoutsJson[] =>
  (['default', ...timeouts.zones()] as const).map((zone) => timeoutsAt(timeouts, zone));

/** Throws a RequestError for a zone without timeouts of its own. */
export function timeoutsAt(timeouts: ZoneTimeouts, zone: TimeoutScope): TimeoutsJson {
  const policy = timeouts.inForce(zone);
  if (policy === null) throw new RequestError(`zone ${zone} has no timeouts of its own; those of zone=default hold`);
  return { zone, timeouts: sortedPolicy(policy) };
}
