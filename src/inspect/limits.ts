/** How many connections zones may have, as JSON values. */
import { UNLIMITED, type Zones } from '../../datapath/conntrack/record/zones.js';

export interface ZoneLimitJson {
  zone: number | 'default';
  /** Null: as many as the table takes. */
  limit: number | null;
  /** The limit is the zone's own, not the default one. */
  isOwn: boolean;
  /** In the table; null for the default limit. */
  connections: number | null;
}

/** The default limit, then zones with connections or a limit of their own. */
export function zoneLimits(zones: Zones): ZoneLimitJson[] {
  const orNull = (limit: number): number | null => (limit === UNLIMITED ? null : limit);
  const defaultLimit = zones.defaultLimit === 0 ? null : zones.defaultLimit;
  const rows: ZoneLimitJson[] = [{ zone: 'default', limit: defaultLimit, isOwn: true, connections: null }];
  for (let zone = 0; zone < zones.counts.length; zone++) {
    const isOwn = zones.hasOwnLimit(zone);
    const connections = zones.counts[zone];
    if (isOwn || connections > 0) rows.push({ zone, limit: orNull(zones.limitOf(zone)), isOwn, connections });
  }
  return rows;
}
