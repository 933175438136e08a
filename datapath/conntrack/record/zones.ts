/** Connections per zone, and the limits on them. */

export const ZONES = 65536;
/** No limit. */
export const UNLIMITED = -1;
/** The largest limit that a zone can be given. */
export const MAX_LIMIT = 0xffff_ffff;

/** A zone with a limit of its own; how many connections it has now. */
export interface ZoneLimit {
  zone: number;
  limit: number;
  count: number;
}

/** Connections and limits of the 65536 zones of one tracker. */
export class Zones {
  /** Connections in the table by zone, including those that wait for the sweep. */
  readonly counts = new Int32Array(ZONES);
  /** For zones without one of their own; 0 = unlimited. */
  defaultLimit = 0;
  private readonly limits = new Map<number, number>();

  /** True if one more connection may be committed in the zone. */
  admits(zone: number): boolean {
    if (this.limits.size === 0 && this.defaultLimit === 0) return true;
    const limit = this.limitOf(zone);
    return limit === UNLIMITED || this.counts[zone] < limit;
  }

  /** The limit in force; a limit of the zone's own of 0 admits nothing. */
  limitOf(zone: number): number {
    return this.limits.get(zone) ?? (this.defaultLimit === 0 ? UNLIMITED : this.defaultLimit);
  }

  /** True if the zone does not follow the default limit. */
  hasOwnLimit(zone: number): boolean {
    return this.limits.has(zone);
  }

  /** Gives the zone a limit of its own, 0 to MAX_LIMIT. Connections beyond it stay. */
  setLimit(zone: number, limit: number): void {
    this.limits.set(zone, limit);
  }

  /** False if the zone had no limit of its own. */
  deleteLimit(zone: number): boolean {
    return this.limits.delete(zone);
  }

  /** Zones with limits of their own, by number. */
  list(): ZoneLimit[] {
    return [...this.limits]
      .map(([zone, limit]) => ({ zone, limit, count: this.counts[zone] }))
      .sort((a, b) => a.zone - b.zone);
  }
}
