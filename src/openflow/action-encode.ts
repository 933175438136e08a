/**
 * Writing actions in each version's way. An action that a version lacks is written as what does the same: fields set by
 * OFPAT_SET_FIELD from 1.2 on, by NXAST_REG_LOAD before where 1.0 has no action of its own.
 */
import type { FieldName } from '../match/fields.js';
import { encodeController } from './action/controller.js';
import { type EncodeList, encodeCt } from './action/ct.js';
import { encodeNat } from './action/nat.js';
import { encodeLoad, encodeSetField, putLoad, putWhole } from './action/set-field.js';
import type { Action, ActionOf, ActionType, Subfield } from './action-types.js';
import { close, type EncodeContext, open, openNx, packRange } from './action-wire.js';
import { headerSize, writeFieldHeader } from './oxm.js';
import { portTo32 } from './struct.js';
import { OF10, OF11, OF12, OF15 } from './version.js';
import type { Writer } from './writer.js';

const NXM = 0;
const PUSH_VLAN = 17;
const VLAN_8021Q = 0x8100;
const VLAN_PRESENT = 0x1000;
const WHOLE_PACKET = 0xffff;

type Encoders = {
  [T in ActionType]: (w: Writer, action: ActionOf<T>, context: EncodeContext, encodeList: EncodeList) => void;
};

/** An action of 8 or 16 bytes with one number in it. */
function put(w: Writer, type: number, write: () => void): void {
  const from = open(w, type);
  write();
  close(w, from);
}

function putNx(w: Writer, subtype: number, write?: () => void): void {
  const from = openNx(w, subtype);
  write?.();
  close(w, from);
}

function putOutput(w: Writer, port: number, maxLen: number, version: number): void {
  put(w, 0, () => {
    if (version === OF10) w.u16(port);
    else w.u32(portTo32(port));
    w.u16(maxLen);
    if (version !== OF10) w.zeros(6);
  });
}

function putQueue(w: Writer, queue: number, version: number): void {
  if (version !== OF10) return put(w, 21, () => w.u32(queue));
  putNx(w, 4, () => {
    w.zeros(2);
    w.u32(queue);
  });
}

function putOutputReg(w: Writer, { src, maxLen }: ActionOf<'output_reg'>): void {
  if (headerSize(src.field, NXM) === 4) {
    return putNx(w, 15, () => {
      w.u16(packRange(src));
      writeFieldHeader(w, src.field, NXM);
      w.u16(maxLen);
      w.zeros(6);
    });
  }
  putNx(w, 32, () => {
    w.u16(packRange(src));
    w.u16(maxLen);
    writeFieldHeader(w, src.field, NXM);
  });
}

function putMove(w: Writer, { src, dst }: ActionOf<'move'>, version: number): void {
  const copies = version >= OF15;
  const from = copies ? open(w, 28) : openNx(w, 6);
  w.u16(src.bits);
  w.u16(src.start);
  w.u16(dst.start);
  if (copies) w.zeros(2);
  writeFieldHeader(w, src.field, copies ? version : NXM);
  writeFieldHeader(w, dst.field, copies ? version : NXM);
  close(w, from);
}

function putStack(w: Writer, subtype: number, { field, start, bits }: Subfield): void {
  putNx(w, subtype, () => {
    w.u16(start);
    writeFieldHeader(w, field, NXM);
    w.u16(bits);
  });
}

/** Set by an action of the field's own below 1.2, by OFPAT_SET_FIELD from there on. */
function putSet(
  w: Writer,
  context: EncodeContext,
  [type10, type11]: readonly [number, number],
  size: number,
  value: number,
  field: FieldName,
  fieldValue = value,
): void {
  if (context.version >= OF12) return putWhole(w, field, fieldValue, context.version);
  put(w, context.version === OF10 ? type10 : type11, () => w.big(BigInt(value), size));
}

/** OpenFlow 1.0's setters add a tag where none is; later versions must be told to. */
function pushIfMissing(w: Writer, wanted: boolean, context: EncodeContext): void {
  if (wanted && !context.hasVlan && context.version >= OF11) put(w, PUSH_VLAN, () => w.u16(VLAN_8021Q));
  if (wanted) context.hasVlan = true;
}

function putMac(
  w: Writer,
  context: EncodeContext,
  types: readonly [number, number],
  mac: bigint,
  field: FieldName,
): void {
  if (context.version >= OF12) return putWhole(w, field, Number(mac), context.version);
  put(w, context.version === OF10 ? types[0] : types[1], () => w.big(mac, 6));
}

const PORT_FIELDS: Readonly<Record<number, readonly [src: FieldName, dst: FieldName]>> = {
  6: ['tcp_src', 'tcp_dst'],
  17: ['udp_src', 'udp_dst'],
  132: ['sctp_src', 'sctp_dst'],
};

/** Without a match on the protocol there is no field to name. */
function putL4Port(w: Writer, context: EncodeContext, type: number, port: number, which: 0 | 1): void {
  const field = context.version < OF12 ? undefined : PORT_FIELDS[context.ipProto]?.[which];
  if (field) putWhole(w, field, port, context.version);
  else put(w, type, () => w.u16(port));
}

function putEcn(w: Writer, ecn: number, { version }: EncodeContext): void {
  if (version >= OF12) return putWhole(w, 'nw_ecn', ecn, version);
  if (version === OF11) return put(w, 8, () => w.u8(ecn));
  putLoad(w, { field: 'nw_ecn', start: 0, bits: 2 }, BigInt(ecn));
}

function putTtl(w: Writer, ttl: number, { version }: EncodeContext): void {
  if (version >= OF11) return put(w, 23, () => w.u8(ttl));
  putLoad(w, { field: 'nw_ttl', start: 0, bits: 8 }, BigInt(ttl));
}

function putDecTtl(w: Writer, ids: readonly number[], { version }: EncodeContext): void {
  if (ids.length === 1 && ids[0] === 0) return version === OF10 ? putNx(w, 18) : put(w, 24, () => w.zeros(4));
  putNx(w, 21, () => {
    w.u16(ids.length);
    w.zeros(4);
    for (const id of ids) w.u16(id);
  });
}

function putTunnel(w: Writer, { id, wide }: ActionOf<'set_tunnel'>, { version }: EncodeContext): void {
  if (version >= OF12) return putSetTunnel(w, id, version);
  if (wide || id > 0xffffffffn) {
    return putNx(w, 9, () => {
      w.zeros(6);
      w.u64(id);
    });
  }
  putNx(w, 2, () => {
    w.zeros(2);
    w.u32(Number(id));
  });
}

function putSetTunnel(w: Writer, value: bigint, version: OfVersionNumber): void {
  encodeSetField(
    w,
    { type: 'set_field', field: 'tun_id', value, mask: (1n << 64n) - 1n },
    { version, hasVlan: false, ipProto: 0 },
  );
}

type OfVersionNumber = EncodeContext['version'];

function putResubmit(w: Writer, { port, table, withCt }: ActionOf<'resubmit'>): void {
  const inTable = withCt || table !== 0xff;
  putNx(w, withCt ? 44 : inTable ? 14 : 1, () => {
    w.u16(port);
    if (inTable) w.u8(table);
  });
}

const ENCODERS: Encoders = {
  output: (w, { port, maxLen = 0 }, { version }) => putOutput(w, port, maxLen, version),
  output_reg: (w, action) => putOutputReg(w, action),
  output_trunc: (w, { port, maxLen }) =>
    putNx(w, 39, () => {
      w.u16(port);
      w.u32(maxLen);
    }),
  controller: (w, action) => encodeController(w, action),
  enqueue: (w, { port, queue }, { version }) => putEnqueue(w, port, queue, version),
  group: (w, { group }, { version }) => putGroup(w, group, version),
  resubmit: (w, action) => putResubmit(w, action),
  set_field: encodeSetField,
  load: encodeLoad,
  move: (w, action, { version }) => putMove(w, action, version),
  push: (w, { src }) => putStack(w, 27, src),
  pop: (w, { dst }) => putStack(w, 28, dst),
  set_vlan_vid: (w, { vid, pushIfMissing: push }, context) => {
    pushIfMissing(w, push, context);
    putSet(w, context, [1, 1], 2, vid, 'vlan_vid', vid | VLAN_PRESENT);
  },
  set_vlan_pcp: (w, { pcp, pushIfMissing: push }, context) => {
    pushIfMissing(w, push, context);
    putSet(w, context, [2, 2], 1, pcp, 'vlan_pcp');
  },
  strip_vlan: (w, _, context) => {
    context.hasVlan = false;
    put(w, context.version === OF10 ? 3 : 18, () => w.zeros(4));
  },
  push_vlan: (w, { ethertype }, context) => {
    context.hasVlan = true;
    if (context.version !== OF10) put(w, PUSH_VLAN, () => w.u16(ethertype));
  },
  push_mpls: (w, { ethertype }, context) => putMpls(w, context, 19, 23, () => w.u16(ethertype)),
  pop_mpls: (w, { ethertype }, context) => putMpls(w, context, 20, 24, () => w.u16(ethertype)),
  set_mpls_label: (w, { label }, context) => {
    if (context.version >= OF12) return putWhole(w, 'mpls_label', label, context.version);
    putMpls(w, context, 13, 30, () => {
      if (context.version === OF10) w.zeros(2);
      w.u32(label);
    });
  },
  set_mpls_tc: (w, { tc }, context) => {
    if (context.version >= OF12) return putWhole(w, 'mpls_tc', tc, context.version);
    putMpls(w, context, 14, 31, () => w.u8(tc));
  },
  set_mpls_ttl: (w, { ttl }, context) => putMpls(w, context, 15, 25, () => w.u8(ttl)),
  dec_mpls_ttl: (w, _, context) => putMpls(w, context, 16, 26, () => w.zeros(4)),
  set_eth_src: (w, { mac }, context) => putMac(w, context, [4, 3], mac, 'eth_src'),
  set_eth_dst: (w, { mac }, context) => putMac(w, context, [5, 4], mac, 'eth_dst'),
  set_ipv4_src: (w, { address }, context) => putSet(w, context, [6, 5], 4, address >>> 0, 'ip_src'),
  set_ipv4_dst: (w, { address }, context) => putSet(w, context, [7, 6], 4, address >>> 0, 'ip_dst'),
  set_ip_dscp: (w, { dscp }, context) => putSet(w, context, [8, 7], 1, dscp, 'ip_dscp', dscp >>> 2),
  set_ip_ecn: (w, { ecn }, context) => putEcn(w, ecn, context),
  set_ip_ttl: (w, { ttl }, context) => putTtl(w, ttl, context),
  set_l4_src_port: (w, { port }, context) => putL4Port(w, context, 9, port, 0),
  set_l4_dst_port: (w, { port }, context) => putL4Port(w, context, 10, port, 1),
  set_tunnel: putTunnel,
  set_queue: (w, { queue }, { version }) => putQueue(w, queue, version),
  pop_queue: (w) => putNx(w, 5),
  dec_ttl: (w, { ids }, context) => putDecTtl(w, ids, context),
  exit: (w) => putNx(w, 17),
  note: (w, { data }) => putNx(w, 8, () => w.bytes(data)),
  ct: encodeCt,
  nat: (w, nat) => encodeNat(w, nat),
  ct_clear: (w) => putNx(w, 43),
  conjunction: (w, { id, clause, clauses }) =>
    putNx(w, 34, () => {
      w.u8(clause);
      w.u8(clauses);
      w.u32(id);
    }),
};

/** OpenFlow 1.0 knows no labels, so there the actions are Nicira's. */
function putMpls(w: Writer, { version }: EncodeContext, type: number, subtype: number, write: () => void): void {
  if (version === OF10) putNx(w, subtype, write);
  else put(w, type, write);
}

function putEnqueue(w: Writer, port: number, queue: number, version: number): void {
  if (version === OF10) {
    return put(w, 11, () => {
      w.u16(port);
      w.zeros(6);
      w.u32(queue);
    });
  }
  putQueue(w, queue, version);
  putOutput(w, port, WHOLE_PACKET, version);
  putNx(w, 5);
}

function putGroup(w: Writer, group: number, version: number): void {
  if (version !== OF10) return put(w, 22, () => w.u32(group));
  putNx(w, 40, () => {
    w.zeros(2);
    w.u32(group);
  });
}

type AnyEncoder = (w: Writer, action: Action, context: EncodeContext, encodeList: EncodeList) => void;

export function encodeAction(w: Writer, action: Action, context: EncodeContext, encodeList: EncodeList): void {
  (ENCODERS[action.type] as AnyEncoder)(w, action, context, encodeList);
}
