/**
 * The tracker as the control side sees it, after the ct-* functions of Open vSwitch's lib/dpif-provider.h and lib/ct-dpif.h: only plain
 * data crosses. Connections are looked at in steps, between which packets flow; where a walk stands is a cursor that whoever walks keeps,
 * so that nothing is left over of a walk that nobody finishes.
 *
 * `now` is monotonic in whole milliseconds modulo 2^32.
 */
import type { FamilyCounters, FamilySettings } from '../../datapath/conntrack/fragments/fragments.js';
import type { NearMiss } from '../../datapath/conntrack/near-misses.js';
import type { TimeoutPolicy } from '../../datapath/conntrack/protocols/timeouts.js';
import type { ConnEntry } from '../../datapath/conntrack/query/dump.js';
import type { FlushFilter } from '../../datapath/conntrack/query/flush.js';
import type { InvalidPacket } from '../../datapath/conntrack/query/history.js';
import type { WalkCursor, WalkFilter } from '../../datapath/conntrack/query/walk.js';
import type { Expectation } from '../../datapath/conntrack/record/expectations.js';
import type { SettingName, SettingValues } from '../../datapath/conntrack/settings.js';

/** What a step of a dump is to bring of each connection that it meets. */
export interface CtColumns {
  readonly entries?: boolean;
  /** The key of the original direction: who only sums up needs no more. */
  readonly keys?: boolean;
  /** Protocol and state, as two words: CONN_META and connState. */
  readonly states?: boolean;
}

export interface CtDumpStep {
  /** Where the next step begins; null when all has been looked at. */
  readonly next: WalkCursor | null;
  /** Connections met; the columns have a row for each of them. */
  readonly count: number;
  /** Connections passed that have expired or were closed, and wait for the sweep. */
  readonly dying: number;
  /** Numbers of the records, by which `entry` and `flushOne` find them. */
  readonly records: Int32Array;
  readonly entries: readonly ConnEntry[];
  /** KEY_WORDS for each. */
  readonly keys: Int32Array;
  readonly states: Int32Array;
}

export interface CtFlushStep {
  /** Connections removed by this step. */
  readonly count: number;
  readonly next: WalkCursor | null;
}

/** What happens to connections, in numbers; reported at once, so that the record is still there for `entry` to be asked. */
export interface CtEvents {
  /** EVENT_*, the number of the record, and what `about` means for CtObserver. */
  conn(event: number, record: number, about: number): void;
  /** A commit was refused: an id of COMMITS. */
  refused(zone: number, commit: number): void;
}

/** A zone with connections, a limit of its own, or something that went wrong. */
export interface CtZone {
  readonly zone: number;
  /** In the table, including those that wait for the sweep. */
  readonly connections: number;
  /** The limit in force; null for none. */
  readonly limit: number | null;
  /** The limit is the zone's own, not the default one. */
  readonly isOwn: boolean;
  /** By id of REASONS and COMMITS; null where all is well. */
  readonly invalid: Float64Array | null;
  readonly refused: Float64Array | null;
}

export interface CtZones {
  /** Of zones without a limit of their own; null for none. */
  readonly defaultLimit: number | null;
  /** By number. */
  readonly zones: readonly CtZone[];
}

/** Figures that are at hand. */
export interface CtFigures {
  /** Records in the table, including those that wait for the sweep. */
  readonly count: number;
  readonly createdCount: number;
  readonly expectedCount: number;
  /** Invalid packets and refused commits so far. */
  readonly invalidCount: number;
  /** Bytes taken from the system for connections; bytes of a record. */
  readonly capacityBytes: number;
  readonly recordBytes: number;
  /** Of the hash table. */
  readonly chainCount: number;
  /** Counts by id of REASONS, COMMITS, CAUSES. */
  readonly reasons: Float64Array;
  readonly commits: Float64Array;
  readonly causes: Float64Array;
}

/** A packet of which fragments are missing. */
export interface CtPendingPacket {
  readonly family: 4 | 6;
  readonly zone: number;
  readonly recircId: number;
  /** Identification, of 16 or 32 bits. */
  readonly id: number;
  /** DP_WORDS words: the headers of its first fragment that has come. */
  readonly headers: Int32Array;
  readonly fragments: number;
  readonly hasFirst: boolean;
  readonly hasLast: boolean;
  /** When it is given up. */
  readonly expires: number;
}

export interface CtFragments {
  readonly held: number;
  readonly max: number;
  readonly settings: Readonly<Record<4 | 6, FamilySettings>>;
  readonly counters: Readonly<Record<4 | 6, FamilyCounters>>;
  readonly pending: readonly CtPendingPacket[];
}

export interface DpifConntrack {
  /** Notified of connections while somebody looks; null costs nothing. */
  observer: CtEvents | null;

  /**
   * Begins a walk that meets each connection once and none that is born meanwhile, or goes on with one; looks at `most` records, or as many
   * as are good for a fraction of a millisecond.
   */
  dump(from: WalkCursor | null, filter: WalkFilter, columns: CtColumns, now: number, most?: number): CtDumpStep;
  /** The connection that has that record now. */
  entry(record: number, now: number): ConnEntry;

  /**
   * Begins to remove what the filter selects, or goes on; null if it names one connection that is not there. What is born while it is under
   * way stays.
   */
  flush(filter: FlushFilter, from: WalkCursor | null, now: number): CtFlushStep | null;
  /** Removes the connection of that id, if it still has that record. */
  flushOne(record: number, id: number, now: number): boolean;

  /** What helpers expect. */
  expectations(): Expectation[];
  /** The last packets that were invalid or whose commit was refused, newest first. */
  invalidPackets(): InvalidPacket[];
  /** What a packet with that key was probably meant for: newest and nearest first. */
  nearMisses(key: Int32Array, now: number): NearMiss[];
  fragments(): CtFragments;
  figures(): CtFigures;
  /** Connections in the longest of `count` chains of the hash table. */
  longestChain(from: number, count: number): number;

  settings(): Readonly<Record<SettingName, number>>;
  /** Sets what is named; the values have been checked. */
  set(values: SettingValues): void;
  /** Policies are numbered by the control side; 0 is the default one. Null deletes. */
  setTimeouts(policy: number, timeouts: TimeoutPolicy | null): void;
  zones(): CtZones;
  /** What is said of a zone, whether or not anything is in it. */
  zone(zone: number): CtZone;
  /** Null: it has none of its own, there is none by default. */
  setLimit(zone: number | 'default', limit: number | null): void;
}
