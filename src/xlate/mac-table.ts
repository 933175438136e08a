/**
 * Which bundle of ports a station was last seen behind, by the bundle's id: the learning table of `normal`, per bridge. Entries age 300 s
 * unless told otherwise. The order of use is kept: re-inserting moves an entry to the end.
 *
 * When the table is full, the bundle with the most stations gives up the one not seen for longest: a bundle from which thousands of made-up
 * addresses come takes its own place, not that of the stations behind the others.
 *
 * Whatever depends on an answer is invalidated when it changes (dependents.ts); nothing else is.
 */
import { type Dependency, Dependents, NOTHING } from './dependents.js';

/** A station that was seen, or that was added by hand. */
export interface MacEntry {
  readonly vlan: number;
  /** The address as its upper 16 and lower 32 bits (int32), and as one number. */
  readonly macHi: number;
  readonly macLo: number;
  readonly address: number;
  /** Its id. */
  bundle: number;
  seenMs: number;
  /** Set by hand (fdb/add): does not age, does not move. */
  readonly isStatic: boolean;
}

/** Learned behind one bundle, seen before and after. */
interface Station extends MacEntry {
  before: Station | null;
  after: Station | null;
}

/**
 * The stations of one bundle, the one not seen for longest first. A Set would pass over all that have left it, each time the first is asked
 * for.
 */
class StationList {
  first: Station | null = null;
  size = 0;
  private last: Station | null = null;

  append(station: Station): void {
    station.before = this.last;
    station.after = null;
    if (this.last === null) this.first = station;
    else this.last.after = station;
    this.last = station;
    this.size++;
  }

  remove({ before, after }: Station): void {
    if (before === null) this.first = after;
    else before.after = after;
    if (after === null) this.last = before;
    else after.before = before;
    this.size--;
  }
}

/** As in OVS: other_config:mac-table-size and mac-aging-time. */
const DEFAULT_MAX_ENTRIES = 8192;
const DEFAULT_AGING_MS = 300_000;
/** A refresh younger than this leaves the order alone: it would only shuffle. */
const REFRESH_MS = 1000;

/** The stations of one bridge. */
export class MacTable {
  /** Of lookups: the key is the address (`addressOf`), the scope the VLAN, the answer the bundle. */
  readonly dependents = new Dependents((address, vlan, now) => this.bundleOf(vlan, address, now));
  /** In the order of their use. */
  private readonly entries = new Set<Station>();
  /** By VLAN and address, which together are more bits than a number holds exactly; no VLAN without any. */
  private readonly vlans = new Map<number, Map<number, Station>>();
  /** Those that were learned, by bundle, in the order of their use; no bundle without any. */
  private readonly learnedBy = new Map<number, StationList>();
  maxEntries = DEFAULT_MAX_ENTRIES;
  agingMs = DEFAULT_AGING_MS;
  readonly stats = { learned: 0, expired: 0, evicted: 0, moved: 0 };

  get size(): number {
    return this.entries.size;
  }

  lookup(vlan: number, macHi: number, macLo: number, now: number): MacEntry | null {
    const entry = this.find(vlan, addressOf(macHi, macLo));
    return entry !== undefined && this.isValid(entry, now) ? entry : null;
  }

  /** What a translation rests on that has asked for the station: the answer is that of `now`. */
  question(vlan: number, macHi: number, macLo: number, now: number): Dependency {
    const key = addressOf(macHi, macLo);
    return { on: this.dependents, key, scope: vlan, answer: this.bundleOf(vlan, key, now) };
  }

  learn(vlan: number, macHi: number, macLo: number, bundle: number, now: number): void {
    const entry = this.find(vlan, addressOf(macHi, macLo));
    if (entry === undefined) return this.insert(newStation(vlan, macHi, macLo, bundle, now, false));
    if (entry.isStatic) return;
    if (entry.bundle === bundle && this.isValid(entry, now)) return this.seen(entry, now);
    if (entry.bundle !== bundle) this.stats.moved++;
    this.forget(entry);
    entry.bundle = bundle;
    entry.seenMs = now;
    this.keep(entry);
    this.tell(entry, bundle);
  }

  /**
   * The station was still there at that time, as far as is known now: reports of cached flows come late, so they must not
   * move a station that has been seen elsewhere since.
   */
  refresh(vlan: number, macHi: number, macLo: number, bundle: number, seenMs: number): void {
    const entry = this.find(vlan, addressOf(macHi, macLo));
    if (entry === undefined || entry.isStatic || entry.bundle !== bundle) return;
    this.seen(entry, seenMs);
  }

  addStatic(vlan: number, macHi: number, macLo: number, bundle: number, now: number): void {
    const known = this.find(vlan, addressOf(macHi, macLo));
    if (known !== undefined) this.forget(known);
    this.insert(newStation(vlan, macHi, macLo, bundle, now, true));
  }

  remove(vlan: number, macHi: number, macLo: number): boolean {
    const entry = this.find(vlan, addressOf(macHi, macLo));
    if (entry === undefined) return false;
    this.drop(entry);
    return true;
  }

  /** Forgets all stations behind a bundle that went away. */
  removeBundle(bundle: number): void {
    for (const entry of this.entries) if (entry.bundle === bundle) this.drop(entry);
  }

  /** Forgets everything learned (fdb/flush); static entries stay. */
  flush(): void {
    for (const entry of this.entries) if (!entry.isStatic) this.drop(entry);
  }

  /** Drops the entries whose time is over; the oldest stand first, so this stops early. */
  expire(now: number): void {
    for (const entry of this.entries) {
      if (entry.isStatic) continue;
      if (this.isValid(entry, now)) break;
      this.drop(entry);
      this.stats.expired++;
    }
  }

  [Symbol.iterator](): IterableIterator<MacEntry> {
    return this.entries.values();
  }

  private find(vlan: number, address: number): Station | undefined {
    return this.vlans.get(vlan)?.get(address);
  }

  private isValid(entry: Station, now: number): boolean {
    return entry.isStatic || now - entry.seenMs < this.agingMs;
  }

  private bundleOf(vlan: number, address: number, now: number): number {
    const entry = this.find(vlan, address);
    return entry !== undefined && this.isValid(entry, now) ? entry.bundle : NOTHING;
  }

  private seen(entry: Station, seenMs: number): void {
    if (seenMs - entry.seenMs < REFRESH_MS) return;
    this.forget(entry);
    entry.seenMs = seenMs;
    this.keep(entry);
  }

  private insert(entry: Station): void {
    if (this.entries.size >= this.maxEntries) this.evict();
    this.keep(entry);
    if (!entry.isStatic) this.stats.learned++;
    this.tell(entry, entry.bundle);
  }

  private evict(): void {
    let fullest: StationList | null = null;
    for (const learned of this.learnedBy.values()) if (learned.size > (fullest?.size ?? 0)) fullest = learned;
    const oldest = fullest?.first ?? null;
    if (oldest === null) return;
    this.drop(oldest);
    this.stats.evicted++;
  }

  private drop(entry: Station): void {
    this.forget(entry);
    this.tell(entry, NOTHING);
  }

  private tell({ vlan, address }: MacEntry, answer: number): void {
    this.dependents.changed(address, vlan, answer);
  }

  /** Enters it, as the one that was seen last. */
  private keep(entry: Station): void {
    const { vlan, address, bundle } = entry;
    this.entries.add(entry);
    const stations = this.vlans.get(vlan);
    if (stations === undefined) this.vlans.set(vlan, new Map([[address, entry]]));
    else stations.set(address, entry);
    if (entry.isStatic) return;
    let learned = this.learnedBy.get(bundle);
    if (learned === undefined) this.learnedBy.set(bundle, (learned = new StationList()));
    learned.append(entry);
  }

  private forget(entry: Station): void {
    const { vlan, address, bundle } = entry;
    this.entries.delete(entry);
    const stations = this.vlans.get(vlan);
    stations?.delete(address);
    if (stations?.size === 0) this.vlans.delete(vlan);
    if (entry.isStatic) return;
    const learned = this.learnedBy.get(bundle);
    learned?.remove(entry);
    if (learned?.size === 0) this.learnedBy.delete(bundle);
  }
}

function newStation(
  vlan: number,
  macHi: number,
  macLo: number,
  bundle: number,
  seenMs: number,
  isStatic: boolean,
): Station {
  const address = addressOf(macHi, macLo);
  return { vlan, macHi, macLo, address, bundle, seenMs, isStatic, before: null, after: null };
}

/** An address as one number, exact. */
export function addressOf(macHi: number, macLo: number): number {
  return (macHi & 0xffff) * 2 ** 32 + (macLo >>> 0);
}
