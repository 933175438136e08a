/** Flow statistics, one by one and in sum, and the message that a flow is gone. */
import type { Match } from '../../match/match.js';
import type { Instruction } from '../action-types.js';
import { encodeContext } from '../actions/wire.js';
import { OpenFlowError } from '../errors.js';
import { ANY_GROUP } from '../group-types.js';
import { readInstructions, writeInstructions } from '../instructions.js';
import { MATCH10_SIZE, readMatch10, writeMatch10 } from '../match-of10.js';
import { writeStandardMatch } from '../match-of11.js';
import type { FlowStats, FlowStatsRequest, MessageBodies } from '../message-types.js';
import { readMatch, readNxMatch, readNxMatchCookie, writeMatch, writeNxMatch } from '../oxm-match.js';
import { readOxs, writeOxs } from '../oxs.js';
import type { Reader } from '../reader.js';
import { pad, port32, struct, u8, u16, u32, u64 } from '../struct.js';
import { OF10, OF11, OF13, OF14, OF15 } from '../version.js';
import type { Writer } from '../writer.js';
import { type BodyCodec, type BodyContext, type CodecOf, listBody } from './codec.js';
import { flagsFromBits, flagsToBits } from './flow-mod.js';

const UNKNOWN_AGE = -1;

/** Open vSwitch has the old match in all of OpenFlow 1.1 but the entries of statistics. */
function putMatch(w: Writer, match: FlowStats['match'], version: number): void {
  if (version === OF11) writeStandardMatch(w, match);
  else writeMatch(w, match, version);
}

const REQUEST_10 = struct({ table: u8, _pad: pad(1), outPort: u16 });

export const request10: BodyCodec<FlowStatsRequest> = {
  read(r) {
    const { match } = readMatch10(r);
    return { ...REQUEST_10.read(r), match, outGroup: ANY_GROUP, cookie: 0n, cookieMask: 0n };
  },
  write(w, request) {
    writeMatch10(w, request.match);
    REQUEST_10.write(w, request);
  },
};

const REQUEST_11 = struct({
  table: u8,
  _pad1: pad(3),
  outPort: port32,
  outGroup: u32,
  _pad2: pad(4),
  cookie: u64,
  cookieMask: u64,
});

export const request: BodyCodec<FlowStatsRequest> = {
  read: (r) => ({ ...REQUEST_11.read(r), match: readMatch(r) }),
  write(w, request, { version }) {
    REQUEST_11.write(w, request);
    putMatch(w, request.match, version);
  },
};

const REQUEST_NX = struct({ outPort: u16, matchSize: u16, table: u8, _pad: pad(3) });

export const nxRequest: BodyCodec<FlowStatsRequest> = {
  read(r) {
    const { matchSize, ...head } = REQUEST_NX.read(r);
    return { ...head, ...readNxMatchCookie(r, matchSize), outGroup: ANY_GROUP };
  },
  write(w, { table, outPort, match, cookie, cookieMask }) {
    const from = w.size;
    REQUEST_NX.write(w, { outPort, matchSize: 0, table });
    w.patch16(from + 2, writeNxMatch(w, match, cookie, cookieMask));
  },
};

/** An entry's length comes first; what is in it is read from a reader of that length. */
function entry(r: Reader): Reader {
  r.need(2);
  const size = r.view.getUint16(r.pos);
  if (size < 2 || size > r.remaining) throw new OpenFlowError('OFPBRC_BAD_LEN');
  return r.sub(size);
}

/** Writes an entry whose 16-bit length comes first. */
function putEntry(w: Writer, write: () => void): void {
  const from = w.size;
  write();
  w.patchSize(from, from);
}

/** What the entry's fixed part has in every version; the rest is unknown until the version says it. */
type Fixed = Pick<
  FlowStats,
  'durationSec' | 'durationNsec' | 'priority' | 'idleTimeout' | 'hardTimeout' | 'cookie' | 'packets' | 'bytes'
>;

function statsOf(table: number, match: Match, head: Fixed, instructions: Instruction[]): FlowStats {
  return {
    table,
    match,
    priority: head.priority,
    cookie: head.cookie,
    durationSec: head.durationSec,
    durationNsec: head.durationNsec,
    idleTimeout: head.idleTimeout,
    hardTimeout: head.hardTimeout,
    idleAge: UNKNOWN_AGE,
    hardAge: UNKNOWN_AGE,
    importance: 0,
    packets: head.packets,
    bytes: head.bytes,
    flags: flagsFromBits(0),
    instructions,
  };
}

const HEAD_10 = struct({ size: u16, table: u8, _pad: pad(1) });
const TAIL_10 = struct({
  durationSec: u32,
  durationNsec: u32,
  priority: u16,
  idleTimeout: u16,
  hardTimeout: u16,
  _pad: pad(6),
  cookie: u64,
  packets: u64,
  bytes: u64,
});

function readEntry10(r: Reader): FlowStats {
  const e = entry(r);
  const { table } = HEAD_10.read(e);
  const { match } = readMatch10(e);
  const tail = TAIL_10.read(e);
  return statsOf(table, match, tail, readInstructions(e, OF10));
}

function writeEntry10(w: Writer, stats: FlowStats): void {
  putEntry(w, () => {
    HEAD_10.write(w, { size: 0, table: stats.table });
    writeMatch10(w, stats.match);
    TAIL_10.write(w, stats);
    writeInstructions(w, stats.instructions, encodeContext(OF10, stats.match));
  });
}

export const reply10: CodecOf<'flow_stats_reply'> = listBody('flows', readEntry10, writeEntry10);

const HEAD_NX = struct({
  size: u16,
  table: u8,
  _pad: pad(1),
  durationSec: u32,
  durationNsec: u32,
  priority: u16,
  idleTimeout: u16,
  hardTimeout: u16,
  matchSize: u16,
  idleAge: u16,
  hardAge: u16,
  cookie: u64,
  packets: u64,
  bytes: u64,
});
const NX_MATCH_SIZE_AT = 18;

/** Ages are sent plus one, 0 being unknown. */
const ageFromWire = (age: number): number => age - 1;
const ageToWire = (age: number): number => Math.min(age + 1, 0xffff);

function readEntryNx(r: Reader): FlowStats {
  const e = entry(r);
  const head = HEAD_NX.read(e);
  const match = readNxMatch(e, head.matchSize);
  const stats = statsOf(head.table, match, head, readInstructions(e, OF10));
  stats.idleAge = ageFromWire(head.idleAge);
  stats.hardAge = ageFromWire(head.hardAge);
  return stats;
}

function writeEntryNx(w: Writer, stats: FlowStats): void {
  putEntry(w, () => {
    const from = w.size;
    const idleAge = ageToWire(stats.idleAge);
    HEAD_NX.writeWith(w, stats, { size: 0, matchSize: 0, idleAge, hardAge: ageToWire(stats.hardAge) });
    w.patch16(from + NX_MATCH_SIZE_AT, writeNxMatch(w, stats.match));
    writeInstructions(w, stats.instructions, encodeContext(OF10, stats.match));
  });
}

export const nxReply: CodecOf<'flow_stats_reply'> = listBody('flows', readEntryNx, writeEntryNx);

const HEAD_11 = struct({
  size: u16,
  table: u8,
  _pad1: pad(1),
  durationSec: u32,
  durationNsec: u32,
  priority: u16,
  idleTimeout: u16,
  hardTimeout: u16,
  flags: u16,
  importance: u16,
  _pad2: pad(2),
  cookie: u64,
  packets: u64,
  bytes: u64,
});

function readEntry11(r: Reader, { version }: BodyContext): FlowStats {
  const e = entry(r);
  const head = HEAD_11.read(e);
  const match = readMatch(e);
  const stats = statsOf(head.table, match, head, readInstructions(e, version));
  if (version >= OF14) stats.importance = head.importance;
  if (version >= OF13) stats.flags = flagsFromBits(head.flags);
  return stats;
}

function writeEntry11(w: Writer, stats: FlowStats, { version }: BodyContext): void {
  putEntry(w, () => {
    const flags = version >= OF13 ? flagsToBits(stats.flags, version) : 0;
    HEAD_11.writeWith(w, stats, { size: 0, flags, importance: version >= OF14 ? stats.importance : 0 });
    writeMatch(w, stats.match, version);
    writeInstructions(w, stats.instructions, encodeContext(version, stats.match));
  });
}

export const reply: CodecOf<'flow_stats_reply'> = listBody('flows', readEntry11, writeEntry11);

const HEAD_15 = struct({
  size: u16,
  _pad1: pad(2),
  table: u8,
  _pad2: pad(1),
  priority: u16,
  idleTimeout: u16,
  hardTimeout: u16,
  flags: u16,
  importance: u16,
  cookie: u64,
});

function readEntry15(r: Reader): FlowStats {
  const e = entry(r);
  const head = HEAD_15.read(e);
  const match = readMatch(e);
  const { durationSec = 0, durationNsec = 0, idleAge = UNKNOWN_AGE, packets = 0n, bytes = 0n } = readOxs(e);
  const { table, priority, idleTimeout, hardTimeout, cookie } = head;
  const fixed = { durationSec, durationNsec, priority, idleTimeout, hardTimeout, cookie, packets, bytes };
  const stats = statsOf(table, match, fixed, readInstructions(e, OF15));
  stats.idleAge = idleAge;
  stats.importance = head.importance;
  stats.flags = flagsFromBits(head.flags);
  return stats;
}

function writeEntry15(w: Writer, stats: FlowStats): void {
  const { durationSec, durationNsec, idleAge, packets, bytes } = stats;
  putEntry(w, () => {
    HEAD_15.writeWith(w, stats, { size: 0, flags: flagsToBits(stats.flags, OF15) });
    writeMatch(w, stats.match, OF15);
    writeOxs(w, { durationSec, durationNsec, ...(idleAge < 0 ? {} : { idleAge }), packets, bytes });
    writeInstructions(w, stats.instructions, encodeContext(OF15, stats.match));
  });
}

export const reply15: CodecOf<'flow_stats_reply'> = listBody('flows', readEntry15, writeEntry15);

const AGGREGATE = struct({ packets: u64, bytes: u64, flows: u32, _pad: pad(4) });

export const aggregateReply: CodecOf<'aggregate_reply'> = {
  read: (r) => AGGREGATE.read(r),
  write: (w, body) => AGGREGATE.write(w, body),
};

export const aggregateReply15: CodecOf<'aggregate_reply'> = {
  read(r) {
    const { packets = 0n, bytes = 0n, flows = 0 } = readOxs(r);
    return { packets, bytes, flows };
  },
  write: (w, { packets, bytes, flows }) => writeOxs(w, { packets, bytes, flows }),
};

type FlowRemoved = MessageBodies['flow_removed'];

const REMOVED_10 = struct({
  cookie: u64,
  priority: u16,
  reason: u8,
  _pad1: pad(1),
  durationSec: u32,
  durationNsec: u32,
  idleTimeout: u16,
  _pad2: pad(2),
  packets: u64,
  bytes: u64,
});
const UNKNOWN_TABLE = 255;

export const flowRemoved10: BodyCodec<FlowRemoved> = {
  read(r) {
    r.need(MATCH10_SIZE);
    const { match } = readMatch10(r);
    return { ...REMOVED_10.read(r), match, table: UNKNOWN_TABLE, hardTimeout: 0, importance: 0 };
  },
  write(w, body) {
    writeMatch10(w, body.match);
    REMOVED_10.write(w, body);
  },
};

const REMOVED_NX = struct({
  cookie: u64,
  priority: u16,
  reason: u8,
  tablePlus1: u8,
  durationSec: u32,
  durationNsec: u32,
  idleTimeout: u16,
  matchSize: u16,
  packets: u64,
  bytes: u64,
});
const REMOVED_MATCH_SIZE_AT = 22;

export const nxFlowRemoved: BodyCodec<FlowRemoved> = {
  read(r) {
    const { matchSize, tablePlus1, ...head } = REMOVED_NX.read(r);
    const table = tablePlus1 === 0 ? UNKNOWN_TABLE : tablePlus1 - 1;
    return { ...head, match: readNxMatch(r, matchSize), table, hardTimeout: 0, importance: 0 };
  },
  write(w, body) {
    const from = w.size;
    REMOVED_NX.writeWith(w, body, { matchSize: 0, tablePlus1: (body.table + 1) & 0xff });
    w.patch16(from + REMOVED_MATCH_SIZE_AT, writeNxMatch(w, body.match));
  },
};

const REMOVED_11 = struct({
  cookie: u64,
  priority: u16,
  reason: u8,
  table: u8,
  durationSec: u32,
  durationNsec: u32,
  idleTimeout: u16,
  hardTimeout: u16,
  packets: u64,
  bytes: u64,
});

export const flowRemoved: BodyCodec<FlowRemoved> = {
  read: (r) => ({ ...REMOVED_11.read(r), match: readMatch(r), importance: 0 }),
  write(w, body, { version }) {
    REMOVED_11.write(w, body);
    putMatch(w, body.match, version);
  },
};

const REMOVED_15 = struct({
  table: u8,
  reason: u8,
  priority: u16,
  idleTimeout: u16,
  hardTimeout: u16,
  cookie: u64,
});

export const flowRemoved15: BodyCodec<FlowRemoved> = {
  read(r) {
    const head = REMOVED_15.read(r);
    const match = readMatch(r);
    const { durationSec = 0, durationNsec = 0, packets = 0n, bytes = 0n } = readOxs(r);
    return { ...head, match, durationSec, durationNsec, packets, bytes, importance: 0 };
  },
  write(w, body) {
    REMOVED_15.write(w, body);
    writeMatch(w, body.match, OF15);
    const { durationSec, durationNsec, packets, bytes } = body;
    writeOxs(w, { durationSec, durationNsec, packets, bytes });
  },
};
