/**
 * What a packet that the tracker knew nothing of was probably meant for: its own tuple in another zone, on the other side of a
 * translation, or in a connection that has just ended. Searched when somebody asks, with a bounded number of look-ups.
 */
import { lentPacket, OFFLOAD_DATA_VALID, type Packet } from '../packet/packet.js';
import type { Conntrack } from './conntrack.js';
import { causeOf } from './lifecycle.js';
import { parsePacket } from './parse/packet-parse.js';
import { type ConnEntry, type CtTuple, entry, keyToTuple, stateName } from './query/dump.js';
import { type ClosedConn, type InvalidPacket, wholeFrame } from './query/history.js';
import * as C from './record/conn.js';
import { KEY_META, KEY_WORDS, PacketKey, reverseKey } from './record/packet-key.js';
import * as R from './record/reasons.js';
import { connState } from './record/tcp-peer.js';

/** Zones that are searched; there may be more. */
const MAX_ZONES = 64;
const MAX_CLOSED = 3;

export type NearMiss =
  | { kind: 'own' | 'other-zone' | 'translated'; isReply: boolean; conn: ConnEntry }
  | { kind: 'dead'; isReply: boolean; conn: ClosedConnEntry };

export interface ClosedConnEntry {
  id: number;
  zone: number;
  orig: CtTuple;
  /** As lists show it, when it ended. */
  state: string;
  cause: string;
  endedMsAgo: number;
}

/** The packet's key in the tracker's words, null if it has none: then the reason says what is wrong with it. */
export function keyOf(invalid: InvalidPacket, offsets: (packet: Packet) => void): Int32Array | null {
  // What is missing is padding: only headers are read, and their checksums are in order or are the reason.
  const packet = lentPacket(wholeFrame(invalid));
  packet.offload = OFFLOAD_DATA_VALID;
  offsets(packet);
  const key = new PacketKey();
  return parsePacket(key, packet, invalid.zone) === R.REASON_NONE ? key.words : null;
}

/** Newest and nearest first. */
export function nearMisses(tracker: Conntrack, key: Int32Array, now: number): NearMiss[] {
  const found = [...sameTuple(tracker, key, now), ...otherSide(tracker, key, now)];
  return found.length > 0 ? found : [...closedConns(tracker, key, now)];
}

function* sameTuple(tracker: Conntrack, key: Int32Array, now: number): Generator<NearMiss> {
  const { table, zones } = tracker;
  const own = key[KEY_META] >>> 16;
  const wanted = Int32Array.from(key);
  let searched = 0;
  for (let zone = 0; zone < zones.counts.length && searched < MAX_ZONES; zone++) {
    if (zones.counts[zone] === 0) continue;
    searched++;
    wanted[KEY_META] = (key[KEY_META] & 0xffff) | (zone << 16);
    const node = table.find(wanted, now);
    if (node < 0) continue;
    const kind = zone === own ? 'own' : 'other-zone';
    yield { kind, isReply: (node & 1) === C.REPLY, conn: entry(table, node >> 1, now) };
  }
}

/** A packet that has been translated already is the mirror of what the other direction's packets are before translation. */
function* otherSide({ table }: Conntrack, key: Int32Array, now: number): Generator<NearMiss> {
  const mirror = Int32Array.from(key);
  reverseKey(mirror);
  if (table.find(key, now) >= 0) return;
  const node = table.find(mirror, now);
  if (node >= 0) yield { kind: 'translated', isReply: (node & 1) === C.ORIGINAL, conn: entry(table, node >> 1, now) };
}

function* closedConns(tracker: Conntrack, key: Int32Array, now: number): Generator<NearMiss> {
  yield* unswept(tracker, key, now);
  let found = 0;
  for (const row of tracker.history.latestClosed()) {
    const isReply = sameEnds(row.reply, key);
    if (!isReply && !sameEnds(row.original, key)) continue;
    yield { kind: 'dead', isReply, conn: closedConnEntry(row, now) };
    if (++found === MAX_CLOSED) return;
  }
}

/** Ended, but its record still waits for the sweep: a look-up in the past finds it. */
function* unswept({ table, sweepIntervalMs }: Conntrack, key: Int32Array, now: number): Generator<NearMiss> {
  const node = table.find(key, now - sweepIntervalMs);
  if (node < 0) return;
  const words = table.words(node >> 1);
  const at = table.at(node >> 1);
  const conn = entry(table, node >> 1, now);
  const ended: ClosedConnEntry = {
    id: conn.id,
    zone: conn.zone,
    orig: conn.orig,
    state: stateName(words[at + C.CONN_META], connState(words, at)),
    cause: R.CAUSES[causeOf(words, at)].name,
    endedMsAgo: (now - words[at + C.CONN_EXPIRES]) >>> 0,
  };
  yield { kind: 'dead', isReply: (node & 1) === C.REPLY, conn: ended };
}

/** The zone may differ. */
export function sameEnds(a: Int32Array, b: Int32Array): boolean {
  if ((a[KEY_META] & 0xffff) !== (b[KEY_META] & 0xffff)) return false;
  const words = C.metaFamily(a[KEY_META]) === 4 ? [1, 2, 6] : Array.from({ length: KEY_WORDS - 1 }, (_, i) => i + 1);
  return words.every((word) => a[word] === b[word]);
}

function closedConnEntry(row: ClosedConn, now: number): ClosedConnEntry {
  return {
    id: row.id >>> 0,
    zone: row.original[KEY_META] >>> 16,
    orig: keyToTuple(row.original, 0),
    state: stateName(row.original[KEY_META], row.state),
    cause: R.CAUSES[row.cause].name,
    endedMsAgo: (now - row.ended) >>> 0,
  };
}
