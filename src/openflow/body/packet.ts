/** Packets to the controller and from it. */

import { Match } from '../../match/match.js';
import { readActions, writeActions } from '../action-codec.js';
import { OFPP } from '../action-types.js';
import { encodeContext } from '../actions/wire.js';
import { OpenFlowError } from '../errors.js';
import type { PacketIn, PacketOut } from '../message-types.js';
import { NO_BUFFER, NO_COOKIE } from '../new-flow-mod.js';
import {
  LOOSE,
  PIPELINE,
  readMatch,
  readNxMatch,
  readTlvs,
  writeMatch,
  writeNxMatch,
  writeTlvs,
} from '../oxm-match.js';
import { PACKET_IN } from '../packet-in-reasons.js';
import { readProperties, writeProperty } from '../properties.js';
import type { Reader } from '../reader.js';
import { pad, portFrom32, portTo32, struct, u8, u16, u32, u64 } from '../struct.js';
import { OF10, OF11, OF13, OF14, OF15 } from '../version.js';
import type { Writer } from '../writer.js';
import type { BodyCodec, BodyContext, CodecOf } from './codec.js';

/** Action set, group and packet-out are reasons of their own from 1.4 on. */
const reasonFor = (reason: number, version: number): number =>
  version < OF14 && reason >= PACKET_IN.actionSet && reason <= PACKET_IN.packetOut ? PACKET_IN.action : reason;

const portOf = (metadata: Match): number => Number(metadata.get('in_port').value);
const withPort = (port: number): Match => new Match().set('in_port', BigInt(port));

const IN_10 = struct({ bufferId: u32, totalLen: u16, inPort: u16, reason: u8, _pad: pad(1) });

export const packetIn10: CodecOf<'packet_in'> = {
  read(r): PacketIn {
    const { totalLen, inPort, reason } = IN_10.read(r);
    return { totalLen, reason, table: 0, cookie: NO_COOKIE, metadata: withPort(inPort), packet: r.rest() };
  },
  write(w, body) {
    const reason = reasonFor(body.reason, OF10);
    IN_10.write(w, { bufferId: NO_BUFFER, totalLen: body.totalLen, inPort: portOf(body.metadata), reason });
    w.bytes(body.packet);
  },
};

const IN_11 = struct({ bufferId: u32, inPort: u32, physicalPort: u32, totalLen: u16, reason: u8, table: u8 });
const IN_12 = struct({ bufferId: u32, totalLen: u16, reason: u8, table: u8 });

export const packetIn: CodecOf<'packet_in'> = {
  read(r, { version }): PacketIn {
    if (version === OF11) {
      const { totalLen, inPort, reason, table } = IN_11.read(r);
      return { totalLen, reason, table, cookie: NO_COOKIE, metadata: withPort(portFrom32(inPort)), packet: r.rest() };
    }
    const { totalLen, reason, table } = IN_12.read(r);
    const cookie = version >= OF13 ? r.u64() : NO_COOKIE;
    const metadata = readMatch(r, LOOSE);
    r.skip(2);
    return { totalLen, reason, table, cookie, metadata, packet: r.rest() };
  },
  write(w, body, { version }) {
    const { totalLen, table, cookie, metadata } = body;
    const reason = reasonFor(body.reason, version);
    if (version === OF11) {
      const port = portTo32(portOf(metadata));
      IN_11.write(w, { bufferId: NO_BUFFER, inPort: port, physicalPort: port, totalLen, reason, table });
    } else {
      IN_12.write(w, { bufferId: NO_BUFFER, totalLen, reason, table });
      if (version >= OF13) w.u64(cookie);
      writeMatch(w, metadata, version);
      w.zeros(2);
    }
    w.bytes(body.packet);
  },
};

const IN_NX = struct({
  bufferId: u32,
  totalLen: u16,
  reason: u8,
  table: u8,
  cookie: u64,
  matchSize: u16,
  _pad: pad(6),
});
const IN_NX_MATCH_SIZE_AT = 16;

export const nxPacketIn: CodecOf<'packet_in'> = {
  read(r): PacketIn {
    const { totalLen, reason, table, cookie, matchSize } = IN_NX.read(r);
    const metadata = readNxMatch(r, matchSize);
    r.skip(2);
    return { totalLen, reason, table, cookie, metadata, packet: r.rest() };
  },
  write(w, body, { version }) {
    const { totalLen, table, cookie } = body;
    const from = w.size;
    const reason = reasonFor(body.reason, version);
    IN_NX.write(w, { bufferId: NO_BUFFER, totalLen, reason, table, cookie, matchSize: 0 });
    w.patch16(from + IN_NX_MATCH_SIZE_AT, writeNxMatch(w, body.metadata));
    w.zeros(2);
    w.bytes(body.packet);
  },
};

/** 64 bits are aligned, so four bytes come before them. */
function u64Property(p: Reader): bigint {
  p.skip(4);
  return p.u64();
}

function putU64Property(w: Writer, value: bigint): void {
  w.zeros(4);
  w.u64(value);
}

const PROPERTY = {
  packet: 0,
  fullLen: 1,
  bufferId: 2,
  table: 3,
  cookie: 4,
  reason: 5,
  metadata: 6,
  userdata: 7,
  continuation: 8,
} as const;

export const nxPacketIn2: CodecOf<'packet_in'> = {
  read(r): PacketIn {
    const body: PacketIn = {
      packet: new Uint8Array(0),
      totalLen: 0,
      table: 0,
      cookie: NO_COOKIE,
      reason: 0,
      metadata: new Match(),
    };
    let hasPacket = false;
    readProperties(r, 'OFPBPC_BAD_TYPE', {
      [PROPERTY.packet]: (p) => {
        body.packet = p.rest();
        hasPacket = true;
      },
      [PROPERTY.fullLen]: (p) => (body.totalLen = p.u32()),
      [PROPERTY.bufferId]: (p) => p.u32(),
      [PROPERTY.table]: (p) => (body.table = p.u8()),
      [PROPERTY.cookie]: (p) => (body.cookie = u64Property(p)),
      [PROPERTY.reason]: (p) => (body.reason = p.u8()),
      [PROPERTY.metadata]: (p) => (body.metadata = readTlvs(p)),
      [PROPERTY.userdata]: (p) => (body.userdata = p.rest()),
      [PROPERTY.continuation]: (p) => (body.continuation = p.rest()),
    });
    if (!hasPacket) throw new OpenFlowError('OFPBRC_BAD_LEN');
    if (body.totalLen === 0) body.totalLen = body.packet.length;
    else if (body.totalLen < body.packet.length) throw new OpenFlowError('OFPBRC_BAD_LEN');
    return body;
  },
  write(w, body, { version }) {
    const { packet, totalLen, userdata, continuation } = body;
    writeProperty(w, PROPERTY.packet, () => w.bytes(packet));
    if (totalLen !== packet.length) writeProperty(w, PROPERTY.fullLen, () => w.u32(totalLen));
    writeProperty(w, PROPERTY.table, () => w.u8(body.table));
    if (body.cookie !== NO_COOKIE) writeProperty(w, PROPERTY.cookie, () => putU64Property(w, body.cookie));
    writeProperty(w, PROPERTY.reason, () => w.u8(reasonFor(body.reason, version)));
    writeProperty(w, PROPERTY.metadata, () => writeTlvs(w, body.metadata, version));
    if (userdata?.length) writeProperty(w, PROPERTY.userdata, () => w.bytes(userdata));
    if (continuation?.length) writeProperty(w, PROPERTY.continuation, () => w.bytes(continuation));
  },
};

/** Where a packet may be said to come from. */
function inPort(port: number): number {
  if (port < OFPP.MAX || port === OFPP.LOCAL || port === OFPP.NONE || port === OFPP.CONTROLLER) return port;
  throw new OpenFlowError('OFPBRC_BAD_PORT');
}

const OUT_10 = struct({ bufferId: u32, inPort: u16, actionsSize: u16 });
const OUT_11 = struct({ bufferId: u32, inPort: u32, actionsSize: u16, _pad: pad(6) });
const OUT_15 = struct({ bufferId: u32, actionsSize: u16, _pad: pad(2) });

interface OutHead {
  bufferId: number;
  port: number;
  actionsSize: number;
  metadata?: Match;
}

function readOutHead(r: Reader, version: number): OutHead {
  if (version === OF10) {
    const head = OUT_10.read(r);
    return { ...head, port: head.inPort };
  }
  if (version < OF15) {
    const head = OUT_11.read(r);
    return { ...head, port: portFrom32(head.inPort) };
  }
  const head = OUT_15.read(r);
  const metadata = readMatch(r, PIPELINE);
  if (!metadata.isExact('in_port')) throw new OpenFlowError('OFPBRC_PIPELINE_FIELDS_ONLY');
  const port = portOf(metadata);
  const others = metadata.set('in_port', 0n, 0n);
  return { ...head, port, ...(others.isCatchAll ? {} : { metadata: others }) };
}

export const packetOut: BodyCodec<PacketOut> = {
  read(r, { version }): PacketOut {
    const { bufferId, port, actionsSize, metadata } = readOutHead(r, version);
    const actions = readActions(r.sub(actionsSize, 'OFPBAC_BAD_LEN'), { version, outer: null });
    inPort(port);
    return { inPort: port, bufferId, actions, packet: r.rest(), ...(metadata ? { metadata } : {}) };
  },
  write(w, body, context) {
    const sizeAt = writeOutHead(w, body, context);
    const from = w.size;
    writeActions(w, body.actions, encodeContext(context.version));
    w.patch16(sizeAt, w.size - from);
    w.bytes(body.packet);
  },
};

/** Returns where the size of the actions belongs. */
function writeOutHead(w: Writer, body: PacketOut, { version }: BodyContext): number {
  const from = w.size;
  const { bufferId, inPort: port } = body;
  if (version === OF10) {
    OUT_10.write(w, { bufferId, inPort: port, actionsSize: 0 });
    return from + 6;
  }
  if (version < OF15) {
    OUT_11.write(w, { bufferId, inPort: portTo32(port), actionsSize: 0 });
    return from + 8;
  }
  OUT_15.write(w, { bufferId, actionsSize: 0 });
  writeMatch(w, (body.metadata?.clone() ?? new Match()).set('in_port', BigInt(port)), OF15);
  return from + 4;
}
