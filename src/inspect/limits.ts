/** How many connections zones may have, as JSON values. */
import type { CtZones } from '../dpif/conntrack.js';

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
export function zoneLimits({ defaultLimit, zones }: CtZones): ZoneLimitJson[] {
  const inUse = zones.filter(({ isOwn, connections }) => isOwn || connections > 0);
  return [
    { zone: 'default', limit: defaultLimit, isOwn: true, connections: null },
    ...inUse.map(({ zone, limit, isOwn, connections }) => ({ zone, limit, isOwn, connections })),
  ];
}
