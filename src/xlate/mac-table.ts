/**
 * Which port a station was last seen behind: the learning table of `normal`, per bridge. Entries age 300 s unless told
 * otherwise. Maps keep the order of use: re-inserting moves an entry to the end.
 *
 * When the table is full, the port with the most stations gives up the one not seen for longest: a port from which thousands of made-up
 * addresses come takes its own place, not that of the stations behind the others.
 *
 * Whatever depends on an answer is invalidated when it changes (dependents.ts); nothing else is.
 */
import { type Dependency, Dependents, NOTHING } from './dependents.js';

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
  /** Of lookups: the key is the address (`addressOf`), the scope the VLAN, the answer the port. */
  readonly dependents = new Dependents((address, vlan, now) => this.portOf(address, vlan, now));
  private readonly entries = new Map<string, MacEntry>();
  /** Those that were learned, by port; no port without any. */
  private readonly learnedBy = new Map<number, Map<string, MacEntry>>();
  maxEntries = DEFAULT_MAX_ENTRIES;
  agingMs = DEFAULT_AGING_MS;
  readonly stats = { learned: 0, expired: 0, evicted: 0, moved: 0 };

  get size(): number {
    return this.entries.size;
  }

  lookup(vlan: number, macHi: number, macLo: number, now: number): MacEntry | null {
    const entry = this.entries.get(keyOf(vlan, addressOf(macHi, macLo)));
    return entry !== undefined && this.isValid(entry, now) ? entry : null;
  }

  /** What a translation rests on that has asked for the station: the answer is that of `now`. */
  question(vlan: number, macHi: number, macLo: number, now: number): Dependency {
    const key = addressOf(macHi, macLo);
    return { on: this.dependents, key, scope: vlan, answer: this.portOf(key, vlan, now) };
  }

  learn(vlan: number, macHi: number, macLo: number, ofport: number, now: number): void {
    const key = keyOf(vlan, addressOf(macHi, macLo));
    const entry = this.entries.get(key);
    if (entry === undefined) return this.insert(key, { vlan, macHi, macLo, ofport, seenMs: now, isStatic: false });
    if (entry.isStatic) return;
    if (entry.ofport === ofport && this.isValid(entry, now)) return this.refresh(vlan, macHi, macLo, ofport, now);
    if (entry.ofport !== ofport) this.stats.moved++;
    this.forget(key, entry);
    entry.ofport = ofport;
    entry.seenMs = now;
    this.keep(key, entry);
    this.tell(entry, ofport);
  }

  /**
   * The station was still there at that time, as far as is known now: reports of cached flows come late, so they must not
   * move a station that has been seen elsewhere since.
   */
  refresh(vlan: number, macHi: number, macLo: number, ofport: number, seenMs: number): void {
    const key = keyOf(vlan, addressOf(macHi, macLo));
    const entry = this.entries.get(key);
    if (entry === undefined || entry.isStatic || entry.ofport !== ofport) return;
    if (seenMs - entry.seenMs < REFRESH_MS) return;
    this.forget(key, entry);
    entry.seenMs = seenMs;
    this.keep(key, entry);
  }

  addStatic(vlan: number, macHi: number, macLo: number, ofport: number, now: number): void {
    const key = keyOf(vlan, addressOf(macHi, macLo));
    const known = this.entries.get(key);
    if (known !== undefined) this.forget(key, known);
    this.insert(key, { vlan, macHi, macLo, ofport, seenMs: now, isStatic: true });
  }

  remove(vlan: number, macHi: number, macLo: number): boolean {
    const key = keyOf(vlan, addressOf(macHi, macLo));
    const entry = this.entries.get(key);
    if (entry === undefined) return false;
    this.drop(key, entry);
    return true;
  }

  /** Forgets all stations behind a port that went away. */
  removePort(ofport: number): void {
    for (const [key, entry] of this.entries) if (entry.ofport === ofport) this.drop(key, entry);
  }

  /** Forgets everything learned (fdb/flush); static entries stay. */
  flush(): void {
    for (const [key, entry] of this.entries) if (!entry.isStatic) this.drop(key, entry);
  }

  /** Drops the entries whose time is over; the oldest stand first, so this stops early. */
  expire(now: number): void {
    for (const [key, entry] of this.entries) {
      if (entry.isStatic) continue;
      if (this.isValid(entry, now)) break;
      this.drop(key, entry);
      this.stats.expired++;
    }
  }

  [Symbol.iterator](): IterableIterator<MacEntry> {
    return this.entries.values();
  }

  private isValid(entry: MacEntry, now: number): boolean {
    return entry.isStatic || now - entry.seenMs < this.agingMs;
  }

  private portOf(address: number, vlan: number, now: number): number {
    const entry = this.entries.get(keyOf(vlan, address));
    return entry !== undefined && this.isValid(entry, now) ? entry.ofport : NOTHING;
  }

  private insert(key: string, entry: MacEntry): void {
    if (this.entries.size >= this.maxEntries) this.evict();
    this.keep(key, entry);
    if (!entry.isStatic) this.stats.learned++;
    this.tell(entry, entry.ofport);
  }

  private evict(): void {
    let fullest: Map<string, MacEntry> | null = null;
    for (const learned of this.learnedBy.values()) if (learned.size > (fullest?.size ?? 0)) fullest = learned;
    const oldest = fullest?.entries().next();
    if (oldest === undefined || oldest.done === true) return;
    this.drop(...oldest.value);
    this.stats.evicted++;
  }

  private drop(key: string, entry: MacEntry): void {
    this.forget(key, entry);
    this.tell(entry, NOTHING);
  }

  private tell({ vlan, macHi, macLo }: MacEntry, answer: number): void {
    this.dependents.changed(addressOf(macHi, macLo), vlan, answer);
  }

  /** Enters it, as the one that was seen last. */
  private keep(key: string, entry: MacEntry): void {
    this.entries.set(key, entry);
    if (entry.isStatic) return;
    const learned = this.learnedBy.get(entry.ofport);
    if (learned === undefined) this.learnedBy.set(entry.ofport, new Map([[key, entry]]));
    else learned.set(key, entry);
  }

  private forget(key: string, entry: MacEntry): void {
    this.entries.delete(key);
    const learned = entry.isStatic ? undefined : this.learnedBy.get(entry.ofport);
    learned?.delete(key);
    if (learned?.size === 0) this.learnedBy.delete(entry.ofport);
  }
}

/** An address as one number, exact. */
export function addressOf(macHi: number, macLo: number): number {
  return (macHi & 0xffff) * 2 ** 32 + (macLo >>> 0);
}

/** VLAN and address are 60 bits, more than a double holds exactly; learning is off the hot path, so a string will do. */
function keyOf(vlan: number, address: number): string {
  return `${vlan} ${address}`;
}
