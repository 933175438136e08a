/** The tracker of the datapath in this process. What it gives away is the caller's: nothing of it changes later. */
import { load16 } from '../../datapath/base/bytes.js';
import type { Conntrack } from '../../datapath/conntrack/conntrack.js';
import type { FragmentList } from '../../datapath/conntrack/fragments/fragment-list.js';
import { type NearMiss, nearMisses } from '../../datapath/conntrack/near-misses.js';
import type { CtObserver } from '../../datapath/conntrack/observer.js';
import type { TimeoutPolicy } from '../../datapath/conntrack/protocols/timeouts.js';
import { type ConnEntry, entry } from '../../datapath/conntrack/query/dump.js';
import type { FlushFilter } from '../../datapath/conntrack/query/flush.js';
import type { InvalidPacket } from '../../datapath/conntrack/query/history.js';
import type { WalkCursor, WalkFilter } from '../../datapath/conntrack/query/walk.js';
import { CONN_ID, CONN_META, CONN_WORDS, ORIGINAL } from '../../datapath/conntrack/record/conn.js';
import type { ConnTable } from '../../datapath/conntrack/record/conn-table.js';
import type { Expectation } from '../../datapath/conntrack/record/expectations.js';
import { KEY_WORDS } from '../../datapath/conntrack/record/packet-key.js';
import { isRefusal } from '../../datapath/conntrack/record/reasons.js';
import { connState } from '../../datapath/conntrack/record/tcp-peer.js';
import { UNLIMITED, ZONES } from '../../datapath/conntrack/record/zones.js';
import {
  SETTING_NAMES,
  SETTINGS,
  type SettingName,
  type SettingValues,
  writeSettings,
} from '../../datapath/conntrack/settings.js';
import { extract } from '../../datapath/keys/extract.js';
import { DP_WORDS } from '../../datapath/keys/layout.js';
import type {
  CtColumns,
  CtDumpStep,
  CtEvents,
  CtFigures,
  CtFlushStep,
  CtFragments,
  CtPendingPacket,
  CtZone,
  CtZones,
  DpifConntrack,
} from './conntrack.js';

export class InProcessConntrack implements DpifConntrack {
  private events: CtEvents | null = null;

  constructor(private readonly tracker: Conntrack) {}

  get observer(): CtEvents | null {
    return this.events;
  }

  set observer(events: CtEvents | null) {
    this.events = events;
    this.tracker.observer = events === null ? null : observerOf(events);
  }

  dump(from: WalkCursor | null, filter: WalkFilter, columns: CtColumns, now: number, most?: number): CtDumpStep {
    const { table } = this.tracker;
    const walk = this.tracker.walk(filter, from);
    const count = walk.step(now, most);
    const records = walk.handles.slice(0, count);
    return {
      next: walk.cursor,
      count,
      dying: walk.dying,
      records,
      entries: columns.entries === true ? Array.from(records, (record) => entry(table, record, now)) : [],
      keys: columns.keys === true ? keysOf(table, records) : new Int32Array(0),
      states: columns.states === true ? statesOf(table, records) : new Int32Array(0),
    };
  }

  entry(record: number, now: number): ConnEntry {
    return entry(this.tracker.table, record, now);
  }

  flush(filter: FlushFilter, from: WalkCursor | null, now: number): CtFlushStep | null {
    const flush = this.tracker.flushInSteps(filter, now, from);
    if (flush === null) return null;
    flush.step(now);
    return { count: flush.count, next: flush.cursor };
  }

  flushOne(record: number, id: number, now: number): boolean {
    const { table } = this.tracker;
    if (!table.isLive(record) || table.words(record)[table.at(record) + CONN_ID] >>> 0 !== id) return false;
    this.tracker.flushOne(record, now);
    return true;
  }

  expectations(): Expectation[] {
    return [...this.tracker.expected()];
  }

  invalidPackets(): InvalidPacket[] {
    const copy = (row: InvalidPacket): InvalidPacket => ({
      ...row,
      detail: row.detail.slice(),
      frame: row.frame.slice(),
    });
    return Array.from(this.tracker.history.latestInvalid(), copy);
  }

  nearMisses(key: Int32Array, now: number): NearMiss[] {
    return nearMisses(this.tracker, key, now);
  }

  fragments(): CtFragments {
    const { fragments } = this.tracker;
    const { settings, counters } = fragments;
    return {
      held: fragments.count,
      max: fragments.maxFragments,
      settings: { 4: { ...settings[4] }, 6: { ...settings[6] } },
      counters: { 4: { ...counters[4] }, 6: { ...counters[6] } },
      pending: Array.from(fragments.pending(), pendingPacket),
    };
  }

  figures(): CtFigures {
    const { tracker } = this;
    const { outcomes, table } = tracker;
    return {
      count: tracker.count,
      createdCount: tracker.createdCount,
      expectedCount: tracker.expectedCount,
      invalidCount: tracker.history.invalidCount,
      capacityBytes: tracker.capacityBytes,
      recordBytes: CONN_WORDS * 4,
      chainCount: table.chainCount,
      reasons: outcomes.reasons.slice(),
      commits: outcomes.commits.slice(),
      causes: outcomes.causes.slice(),
    };
  }

  longestChain(from: number, count: number): number {
    const { table } = this.tracker;
    const end = Math.min(table.chainCount, from + count);
    let longest = 0;
    for (let chain = from; chain < end; chain++) longest = Math.max(longest, table.chainLength(chain));
    return longest;
  }

  settings(): Record<SettingName, number> {
    const values = SETTING_NAMES.map((name) => [name, SETTINGS[name].read(this.tracker)]);
    return Object.fromEntries(values) as Record<SettingName, number>;
  }

  set(values: SettingValues): void {
    writeSettings(this.tracker, values);
  }

  setTimeouts(policy: number, timeouts: TimeoutPolicy | null): void {
    if (timeouts === null) this.tracker.timeouts.delete(policy);
    else this.tracker.timeouts.set(policy, timeouts);
  }

  zones(): CtZones {
    const { zones, outcomes } = this.tracker;
    const rows: CtZone[] = [];
    for (let zone = 0; zone < ZONES; zone++) {
      const isWell = outcomes.invalidIn(zone) === null && outcomes.refusedIn(zone) === null;
      if (!isWell || zones.counts[zone] > 0 || zones.hasOwnLimit(zone)) rows.push(this.zone(zone));
    }
    return { defaultLimit: zones.defaultLimit === 0 ? null : zones.defaultLimit, zones: rows };
  }

  zone(zone: number): CtZone {
    const { zones, outcomes } = this.tracker;
    const limit = zones.limitOf(zone);
    return {
      zone,
      connections: zones.counts[zone],
      limit: limit === UNLIMITED ? null : limit,
      isOwn: zones.hasOwnLimit(zone),
      invalid: outcomes.invalidIn(zone)?.slice() ?? null,
      refused: outcomes.refusedIn(zone)?.slice() ?? null,
    };
  }

  setLimit(zone: number | 'default', limit: number | null): void {
    const { zones } = this.tracker;
    if (zone === 'default') zones.defaultLimit = limit ?? 0;
    else if (limit === null) zones.deleteLimit(zone);
    else zones.setLimit(zone, limit);
  }
}

const observerOf = (events: CtEvents): CtObserver => ({
  packet: (packet, _before, _reason, commit) => {
    if (isRefusal(commit)) events.refused(packet.ctZone, commit);
  },
  conn: (event, conn, about) => events.conn(event, conn, about),
});

function keysOf(table: ConnTable, records: Int32Array): Int32Array {
  const keys = new Int32Array(records.length * KEY_WORDS);
  const key = new Int32Array(KEY_WORDS);
  for (let i = 0; i < records.length; i++) {
    table.loadKey(records[i], ORIGINAL, key);
    keys.set(key, i * KEY_WORDS);
  }
  return keys;
}

function statesOf(table: ConnTable, records: Int32Array): Int32Array {
  const states = new Int32Array(records.length * 2);
  for (let i = 0; i < records.length; i++) {
    const words = table.words(records[i]);
    const at = table.at(records[i]);
    states[i * 2] = words[at + CONN_META];
    states[i * 2 + 1] = connState(words, at);
  }
  return states;
}

/** The list's key begins with family, zone and recirculation; for IPv6 the id follows. */
function pendingPacket({ key, family, fragments, expires }: FragmentList): CtPendingPacket {
  const { packet } = fragments[0];
  const [, zone, recircId, id6] = key.split(',');
  const headers = new Int32Array(DP_WORDS);
  extract(packet, headers, 0);
  return {
    family: family as 4 | 6,
    zone: Number(zone),
    recircId: Number(recircId),
    id: family === 4 ? load16(packet.bytes, packet.l3 + 4) : Number(id6),
    headers,
    fragments: fragments.length,
    hasFirst: fragments[0].from === 0,
    hasLast: fragments[fragments.length - 1].isLast,
    expires,
  };
}
