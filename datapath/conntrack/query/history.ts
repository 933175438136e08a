/**
 * What the tracker remembers for who asks later "why?": the last packets that were invalid or whose commit was refused, and
 * the connections that ended last. Rings of rows made beforehand, so remembering allocates nothing and grows never; a packet
 * that is well pays nothing. @hot
 *
 * Only numbers and the first bytes of the packet are kept. Text, and the search for what nearly fitted (near-misses.ts), are
 * made when somebody asks.
 */
import type { Packet } from '../../packet/packet.js';
import { CONN_ID, ORIGINAL, REPLY } from '../record/conn.js';
import type { ConnTable } from '../record/conn-table.js';
import { DETAIL_WORDS, KEY_WORDS } from '../record/packet-key.js';
import { connState } from '../record/tcp-peer.js';

/** Invalid packets, and those whose commit was refused, remembered for who asks why; the oldest go first. */
const MAX_INVALID_PACKETS = 256;
/** Connections remembered after their end; the oldest go first. */
const MAX_CLOSED_CONNS = 1024;
/** Enough for Ethernet, a tag, IPv6, ICMPv6 and the headers of the packet inside, or for an FTP command. */
const FRAME_BYTES = 192;

/** A packet that was invalid, or whose commit was refused. */
export class InvalidPacket {
  /** Counts all such packets since the start. */
  sequence = 0;
  /** Milliseconds modulo 2^32. */
  at = 0;
  zone = 0;
  /** Ids of reasons.ts. */
  reason = 0;
  commit = 0;
  /** The numbers that go with the reason. */
  readonly detail = new Int32Array(DETAIL_WORDS);
  /** ct_state the packet came with. */
  before = 0;
  inPort = 0;
  recircId = 0;
  /** Of the whole packet; `frame` holds its first bytes. */
  size = 0;
  readonly frame = new Uint8Array(FRAME_BYTES);
  /** Of the decision whose ct action it was: the datapath's user knows where that came from. */
  origin = 0;
}

/** A frame of the packet's size; what was not kept is zero: the headers are there. @cold */
export function wholeFrame({ size, frame }: InvalidPacket): Uint8Array {
  const bytes = new Uint8Array(size);
  bytes.set(frame.subarray(0, Math.min(size, frame.length)));
  return bytes;
}

/** A connection that has ended. */
export class ClosedConn {
  id = 0;
  cause = 0;
  /** Milliseconds modulo 2^32. */
  ended = 0;
  /** See connState. */
  state = 0;
  readonly original = new Int32Array(KEY_WORDS);
  readonly reply = new Int32Array(KEY_WORDS);
}

/** The last invalid packets and the last closed connections, in rings of a fixed size. */
export class History {
  /** All there have been; the rings hold the last ones. */
  invalidCount = 0;
  closedCount = 0;
  private readonly invalid = Array.from({ length: MAX_INVALID_PACKETS }, () => new InvalidPacket());
  private readonly closed = Array.from({ length: MAX_CLOSED_CONNS }, () => new ClosedConn());

  /** Remembers a packet; zone, reason and commit say what became of it. */
  recordInvalid(packet: Packet, zone: number, reason: number, commit: number, now: number): InvalidPacket {
    const row = this.invalid[this.invalidCount % MAX_INVALID_PACKETS];
    row.sequence = ++this.invalidCount;
    row.at = now;
    row.zone = zone;
    row.reason = reason;
    row.commit = commit;
    row.inPort = packet.inPort;
    row.recircId = packet.recircId;
    row.size = packet.size;
    const { bytes, start } = packet;
    const count = Math.min(packet.size, FRAME_BYTES);
    for (let i = 0; i < count; i++) row.frame[i] = bytes[start + i];
    return row;
  }

  /** Remembers a connection that is about to be freed. */
  recordClosed(table: ConnTable, handle: number, cause: number, now: number): void {
    const row = this.closed[this.closedCount++ % MAX_CLOSED_CONNS];
    const words = table.words(handle);
    const at = table.at(handle);
    row.id = words[at + CONN_ID];
    row.cause = cause;
    row.ended = now;
    row.state = connState(words, at);
    table.loadKey(handle, ORIGINAL, row.original);
    table.loadKey(handle, REPLY, row.reply);
  }

  /** The last of these packets, newest first. The rows are used again: to be read at once. @cold */
  *latestInvalid(): IterableIterator<InvalidPacket> {
    const oldest = Math.max(0, this.invalidCount - MAX_INVALID_PACKETS);
    for (let i = this.invalidCount - 1; i >= oldest; i--) yield this.invalid[i % MAX_INVALID_PACKETS];
  }

  /** The connections that ended last, newest first; the same holds. @cold */
  *latestClosed(): IterableIterator<ClosedConn> {
    const oldest = Math.max(0, this.closedCount - MAX_CLOSED_CONNS);
    for (let i = this.closedCount - 1; i >= oldest; i--) yield this.closed[i % MAX_CLOSED_CONNS];
  }

  /** The packets so far need no more explaining. @cold */
  forget(): void {
    this.invalidCount = 0;
  }
}
