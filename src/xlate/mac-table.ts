/**
 * Which port a station was last seen behind: the learning table of `normal`, per bridge. Entries age 300 s unless told
 * otherwise; when full, the one not seen for longest makes room. A Map keeps the order of use: re-inserting moves an entry to the end.
 */

export interface MacEntry {
  readonly vlan: number;
  /** The address as its upper 16 and lower 32 bits (int32). */
  readonly macHi: number;
  readonly macLo: number;
  ofport: number;
  seenMs: number;
  /** Set by hand (fdb/add): does not age, does not move. */
  readonly isStatic: boolean;
}

/** As in OVS: other_config:mac-table-size and mac-aging-time. */
const DEFAULT_MAX_ENTRIES = 8192;
const DEFAULT_AGING_MS = 300_000;
/** A refresh younger than this leaves the order alone: it would only shuffle. */
const REFRESH_MS = 1000;

export class MacTable {
  private readonly entries = new Map<string, MacEntry>();
  maxEntries = DEFAULT_MAX_ENTRIES;
  agingMs = DEFAULT_AGING_MS;
  /** Changes whenever a lookup could give another answer; flows translated before are then re-translated. */
  generation = 0;
  readonly stats = { learned: 0, expired: 0, evicted: 0, moved: 0 };

  get size(): number {
    return this.entries.size;
  }

  lookup(vlan: number, macHi: number, macLo: number, now: number): MacEntry | null {
    const entry = this.entries.get(keyOf(vlan, macHi, macLo));
    if (entry === undefined) return null;
    return entry.isStatic || now - entry.seenMs < this.agingMs ? entry : null;
  }

  /** True if learning this would change the table for other packets: a new station, or one that moved. */
  wouldChange(vlan: number, macHi: number, macLo: number, ofport: number, now: number): boolean {
    return this.lookup(vlan, macHi, macLo, now)?.ofport !== ofport;
  }

  learn(vlan: number, macHi: number, macLo: number, ofport: number, now: number): void {
    const key = keyOf(vlan, macHi, macLo);
    const entry = this.entries.get(key);
    if (entry === undefined) return this.insert(key, { vlan, macHi, macLo, ofport, seenMs: now, isStatic: false });
    if (entry.isStatic) return;
    const expired = now - entry.seenMs >= this.agingMs;
    if (entry.ofport !== ofport || expired) {
      if (entry.ofport !== ofport) this.stats.moved++;
      entry.ofport = ofport;
      this.generation++;
      this.touch(key, entry, now);
    } else this.refresh(vlan, macHi, macLo, ofport, now);
  }

  /**
   * The station was still there at that time, as far as is known now: reports of cached flows come late, so they must not
   * move a station that has been seen elsewhere since.
   */
  refresh(vlan: number, macHi: number, macLo: number, ofport: number, seenMs: number): void {
    const key = keyOf(vlan, macHi, macLo);
    const entry = this.entries.get(key);
    if (entry === undefined || entry.isStatic || entry.ofport !== ofport) return;
    if (seenMs - entry.seenMs >= REFRESH_MS) this.touch(key, entry, seenMs);
  }

  private touch(key: string, entry: MacEntry, now: number): void {
    entry.seenMs = now;
    this.entries.delete(key);
    this.entries.set(key, entry);
  }

  addStatic(vlan: number, macHi: number, macLo: number, ofport: number, now: number): void {
    this.remove(vlan, macHi, macLo);
    this.insert(keyOf(vlan, macHi, macLo), { vlan, macHi, macLo, ofport, seenMs: now, isStatic: true });
  }

  remove(vlan: number, macHi: number, macLo: number): boolean {
    const removed = this.entries.delete(keyOf(vlan, macHi, macLo));
    if (removed) this.generation++;
    return removed;
  }

  /** Forgets all stations behind a port that went away. */
  removePort(ofport: number): void {
    for (const [key, entry] of this.entries) if (entry.ofport === ofport) this.entries.delete(key);
    this.generation++;
  }

  /** Forgets everything learned (fdb/flush); static entries stay. */
  flush(): void {
    for (const [key, entry] of this.entries) if (!entry.isStatic) this.entries.delete(key);
    this.generation++;
  }

  /** Drops the entries whose time is over; the oldest stand first, so this stops early. */
  expire(now: number): void {
    for (const [key, entry] of this.entries) {
      if (entry.isStatic) continue;
      if (now - entry.seenMs < this.agingMs) break;
      this.entries.delete(key);
      this.stats.expired++;
      this.generation++;
    }
  }

  [Symbol.iterator](): IterableIterator<MacEntry> {
    return this.entries.values();
  }

  private insert(key: string, entry: MacEntry): void {
    if (this.entries.size >= this.maxEntries) this.evictOldest();
    this.entries.set(key, entry);
    if (!entry.isStatic) this.stats.learned++;
    this.generation++;
  }

  private evictOldest(): void {
    for (const [key, entry] of this.entries) {
      if (entry.isStatic) continue;
      this.entries.delete(key);
      this.stats.evicted++;
      return;
    }
  }
}

/** VLAN and address are 60 bits, more than a double holds exactly; learning is off the hot path, so a string will do. */
function keyOf(vlan: number, macHi: number, macLo: number): string {
  return `${vlan} ${macHi & 0xffff} ${macLo | 0}`;
}
