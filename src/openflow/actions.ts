/**
 * THE table of actions as they are decoded: vendor and number, in which versions, of which size, how their bodies read.
 * Encoding is the other way round, by action and version: action-encode.ts.
 *
 * Open vSwitch accepts OpenFlow 1.1's actions that set single fields in all later versions too; what it sends is
 * OFPAT_SET_FIELD. Its extensions that a version has in the standard exist in older versions only.
 */

import { decodeController, decodeController2 } from './action/controller.js';
import { type DecodeList, decodeCt } from './action/ct.js';
import { decodeNat } from './action/nat.js';
import { decodeLoad, decodeLoad2, decodeSetField, decodeSetFieldMasked } from './action/set-field.js';
import type { Action } from './action-types.js';
import { OFPP } from './action-types.js';
import {
  checkDestination,
  checkSource,
  type DecodeContext,
  mustBeZero,
  NX_VENDOR,
  ONF_VENDOR,
  unpackRange,
} from './action-wire.js';
import { OpenFlowError } from './errors.js';
import { readFieldHeader, readFieldNumber } from './oxm.js';
import type { Reader } from './reader.js';
import { portFrom32 } from './struct.js';
import { OF10, OF11, OF12, OF13, OF14, OF15 } from './version.js';

type Decode = (r: Reader, context: DecodeContext, decodeList: DecodeList) => Action;

export interface ActionForm {
  readonly vendor: number;
  readonly code: number;
  readonly from: number;
  readonly to: number;
  /** Bytes with the header; at least that many if `open`. */
  readonly size: number;
  readonly open: boolean;
  readonly decode: Decode;
}

const form = (vendor: number, code: number, from: number, to: number, size: number, decode: Decode): ActionForm => ({
  vendor,
  code,
  from,
  to,
  size: Math.abs(size),
  open: size < 0,
  decode,
});

/** A negative size is the smallest of those allowed. */
const of = (code: number, from: number, to: number, size: number, decode: Decode) =>
  form(0, code, from, to, size, decode);
const nx = (code: number, size: number, decode: Decode, from = OF10, to = OF15) =>
  form(NX_VENDOR, code, from, to, size, decode);
const onf = (code: number, from: number, to: number, size: number, decode: Decode) =>
  form(ONF_VENDOR, code, from, to, size, decode);

const badArgument = (why: string): OpenFlowError => new OpenFlowError('OFPBAC_BAD_ARGUMENT', why);

/** `value`, which must have no bits outside `mask`. */
function within(value: number, mask: number, what: string): number {
  if ((value & ~mask) !== 0) throw badArgument(what);
  return value;
}

/** Ports that packets may be sent to: any number of a port, and the reserved ones that are places. */
function outputPort(port: number): number {
  if (port < OFPP.MAX || (port >= OFPP.IN_PORT && port <= OFPP.LOCAL)) return port;
  throw new OpenFlowError('OFPBAC_BAD_OUT_PORT');
}

/** Queues are of real ports. */
function queuePort(port: number): number {
  if (port < OFPP.MAX || port === OFPP.IN_PORT || port === OFPP.LOCAL) return port;
  throw new OpenFlowError('OFPBAC_BAD_OUT_PORT');
}

function output10(r: Reader): Action {
  const port = outputPort(r.u16());
  return output(port, r.u16());
}

function output11(r: Reader): Action {
  const port = outputPort(portFrom32(r.u32()));
  const maxLen = r.u16();
  return output(port, maxLen);
}

const output = (port: number, maxLen: number): Action =>
  maxLen === 0 && port !== OFPP.CONTROLLER ? { type: 'output', port } : { type: 'output', port, maxLen };

const vlanVid =
  (pushIfMissing: boolean): Decode =>
  (r) => ({
    type: 'set_vlan_vid',
    vid: within(r.u16(), 0xfff, 'VLAN id'),
    pushIfMissing,
  });

const vlanPcp =
  (pushIfMissing: boolean): Decode =>
  (r) => ({
    type: 'set_vlan_pcp',
    pcp: within(r.u8(), 7, 'VLAN priority'),
    pushIfMissing,
  });

const stripVlan: Decode = () => ({ type: 'strip_vlan' });

function pushVlan(r: Reader): Action {
  const ethertype = r.u16();
  if (ethertype !== 0x8100 && ethertype !== 0x88a8) throw badArgument('VLAN ethertype');
  return { type: 'push_vlan', ethertype };
}

function pushMpls(r: Reader): Action {
  const ethertype = r.u16();
  if (ethertype !== 0x8847 && ethertype !== 0x8848) throw badArgument('MPLS ethertype');
  return { type: 'push_mpls', ethertype };
}

const popMpls: Decode = (r) => ({ type: 'pop_mpls', ethertype: r.u16() });
const mplsLabel: Decode = (r) => ({ type: 'set_mpls_label', label: within(r.u32(), 0xfffff, 'MPLS label') });
const mplsTc: Decode = (r) => ({ type: 'set_mpls_tc', tc: within(r.u8(), 7, 'MPLS traffic class') });
const mplsTtl: Decode = (r) => ({ type: 'set_mpls_ttl', ttl: r.u8() });
const decMplsTtl: Decode = () => ({ type: 'dec_mpls_ttl' });

const ethSrc: Decode = (r) => ({ type: 'set_eth_src', mac: r.big(6) });
const ethDst: Decode = (r) => ({ type: 'set_eth_dst', mac: r.big(6) });
const ipv4Src: Decode = (r) => ({ type: 'set_ipv4_src', address: r.u32() });
const ipv4Dst: Decode = (r) => ({ type: 'set_ipv4_dst', address: r.u32() });
const ipDscp: Decode = (r) => ({ type: 'set_ip_dscp', dscp: within(r.u8(), 0xfc, 'TOS') });
const ipEcn: Decode = (r) => ({ type: 'set_ip_ecn', ecn: within(r.u8(), 3, 'ECN') });
const ipTtl: Decode = (r) => ({ type: 'set_ip_ttl', ttl: r.u8() });
const l4SrcPort: Decode = (r) => ({ type: 'set_l4_src_port', port: r.u16() });
const l4DstPort: Decode = (r) => ({ type: 'set_l4_dst_port', port: r.u16() });
const decTtl: Decode = () => ({ type: 'dec_ttl', ids: [0] });
const setQueue: Decode = (r) => ({ type: 'set_queue', queue: r.u32() });
const group: Decode = (r) => ({ type: 'group', group: r.u32() });

function enqueue(r: Reader): Action {
  const port = queuePort(r.u16());
  r.skip(6);
  return { type: 'enqueue', port, queue: r.u32() };
}

function decTtlIds(r: Reader): Action {
  const count = r.u16();
  mustBeZero(r, 4);
  if (r.remaining < count * 2) throw new OpenFlowError('OFPBAC_BAD_LEN');
  return { type: 'dec_ttl', ids: Array.from({ length: count }, () => r.u16()) };
}

/** The plain form has no table; its byte may hold anything. */
const resubmit: Decode = (r) => ({ type: 'resubmit', port: r.u16(), table: 0xff, withCt: false });

const resubmitTable =
  (withCt: boolean): Decode =>
  (r) => {
    const port = r.u16();
    const table = r.u8();
    r.zeros(3, 'OFPBAC_BAD_ARGUMENT');
    return { type: 'resubmit', port, table, withCt };
  };

function tunnel(r: Reader): Action {
  r.skip(2);
  return { type: 'set_tunnel', id: BigInt(r.u32()), wide: false };
}

function tunnel64(r: Reader): Action {
  r.skip(6);
  return { type: 'set_tunnel', id: r.u64(), wide: true };
}

/** bits, first bits of source and destination, two fields: NXAST_REG_MOVE and OFPAT_COPY_FIELD. */
function move(r: Reader): Action {
  const bits = r.u16();
  const srcStart = r.u16();
  const dstStart = r.u16();
  const src = { field: readFieldHeader(r), start: srcStart, bits };
  const dst = { field: readFieldHeader(r), start: dstStart, bits };
  r.zeros(r.remaining, 'NXBRC_MUST_BE_ZERO');
  return { type: 'move', src: checkSource(src), dst: checkDestination(dst) };
}

const copyField =
  (before: number): Decode =>
  (r) => {
    r.skip(before);
    const bits = r.u16();
    const srcStart = r.u16();
    const dstStart = r.u16();
    r.skip(2);
    const src = { field: readFieldHeader(r), start: srcStart, bits };
    const dst = { field: readFieldHeader(r), start: dstStart, bits };
    r.zeros(r.remaining, 'NXBRC_MUST_BE_ZERO');
    return { type: 'move', src: checkSource(src), dst: checkDestination(dst) };
  };

function outputReg(r: Reader): Action {
  const range = r.u16();
  const fieldAt = r.pos;
  r.skip(4);
  const maxLen = r.u16();
  r.zeros(6, 'OFPBAC_BAD_ARGUMENT');
  r.pos = fieldAt;
  return { type: 'output_reg', src: checkSource(unpackRange(readFieldNumber(r), range)), maxLen };
}

function outputReg2(r: Reader): Action {
  const range = r.u16();
  const maxLen = r.u16();
  const src = unpackRange(readFieldHeader(r), range);
  r.zeros(r.remaining, 'NXBRC_MUST_BE_ZERO');
  return { type: 'output_reg', src: checkSource(src), maxLen };
}

function outputTrunc(r: Reader): Action {
  const port = r.u16();
  const maxLen = r.u32();
  return { type: 'output_trunc', port, maxLen };
}

function stack(r: Reader): { field: ReturnType<typeof readFieldHeader>; start: number; bits: number } {
  const start = r.u16();
  const field = readFieldHeader(r);
  const bits = r.u16();
  mustBeZero(r, r.remaining);
  return { field, start, bits };
}

const push: Decode = (r) => ({ type: 'push', src: checkSource(stack(r)) });
const pop: Decode = (r) => ({ type: 'pop', dst: checkDestination(stack(r)) });
const note: Decode = (r) => ({ type: 'note', data: r.rest() });

const MAX_CLAUSES = 64;

function conjunction(r: Reader): Action {
  const clause = r.u8();
  const clauses = r.u8();
  const id = r.u32();
  if (clauses < 2 || clauses > MAX_CLAUSES || clause >= clauses) throw new OpenFlowError('NXBAC_BAD_CONJUNCTION');
  return { type: 'conjunction', id, clause, clauses };
}

export const ACTION_FORMS: readonly ActionForm[] = [
  of(0, OF10, OF10, 8, output10),
  of(1, OF10, OF10, 8, vlanVid(true)),
  of(2, OF10, OF10, 8, vlanPcp(true)),
  of(3, OF10, OF10, 8, stripVlan),
  of(4, OF10, OF10, 16, ethSrc),
  of(5, OF10, OF10, 16, ethDst),
  of(6, OF10, OF10, 8, ipv4Src),
  of(7, OF10, OF10, 8, ipv4Dst),
  of(8, OF10, OF10, 8, ipDscp),
  of(9, OF10, OF10, 8, l4SrcPort),
  of(10, OF10, OF10, 8, l4DstPort),
  of(11, OF10, OF10, 16, enqueue),

  of(0, OF11, OF15, 16, output11),
  of(1, OF11, OF15, 8, vlanVid(false)),
  of(2, OF11, OF15, 8, vlanPcp(false)),
  of(3, OF11, OF15, 16, ethSrc),
  of(4, OF11, OF15, 16, ethDst),
  of(5, OF11, OF15, 8, ipv4Src),
  of(6, OF11, OF15, 8, ipv4Dst),
  of(7, OF11, OF15, 8, ipDscp),
  of(8, OF11, OF15, 8, ipEcn),
  of(9, OF11, OF15, 8, l4SrcPort),
  of(10, OF11, OF15, 8, l4DstPort),
  of(13, OF11, OF15, 8, mplsLabel),
  of(14, OF11, OF15, 8, mplsTc),
  of(15, OF11, OF15, 8, mplsTtl),
  of(16, OF11, OF15, 8, decMplsTtl),
  of(17, OF11, OF15, 8, pushVlan),
  of(18, OF11, OF15, 8, stripVlan),
  of(19, OF11, OF15, 8, pushMpls),
  of(20, OF11, OF15, 8, popMpls),
  of(21, OF11, OF15, 8, setQueue),
  of(22, OF11, OF15, 8, group),
  of(23, OF11, OF15, 8, ipTtl),
  of(24, OF11, OF15, 8, decTtl),
  of(25, OF12, OF14, -8, decodeSetField),
  of(25, OF15, OF15, -8, decodeSetFieldMasked),
  of(28, OF15, OF15, -8, copyField(0)),
  onf(3200, OF13, OF14, -16, copyField(2)),

  nx(1, 16, resubmit),
  nx(2, 16, tunnel),
  nx(4, 16, (r, c, l) => setQueue(skipped(r, 2), c, l), OF10, OF10),
  nx(5, 16, () => ({ type: 'pop_queue' })),
  nx(6, -16, move, OF10, OF14),
  nx(7, 24, decodeLoad, OF10, OF14),
  nx(8, -16, note),
  nx(9, 24, tunnel64),
  nx(14, 16, resubmitTable(false)),
  nx(15, -24, outputReg),
  nx(17, 16, () => ({ type: 'exit' })),
  nx(18, 16, decTtl, OF10, OF10),
  nx(20, 16, decodeController),
  nx(21, -16, decTtlIds),
  nx(23, 16, pushMpls, OF10, OF10),
  nx(24, 16, popMpls, OF10, OF10),
  nx(25, 16, mplsTtl, OF10, OF10),
  nx(26, 16, decMplsTtl, OF10, OF10),
  nx(27, 24, push),
  nx(28, 24, pop),
  nx(30, 16, (r, c, l) => mplsLabel(skipped(r, 2), c, l), OF10, OF10),
  nx(31, 16, mplsTc, OF10, OF10),
  nx(32, 24, outputReg2),
  nx(33, -16, decodeLoad2, OF10, OF14),
  nx(34, 16, conjunction),
  nx(35, -24, decodeCt),
  nx(36, -16, decodeNat),
  nx(37, -16, decodeController2),
  nx(39, 16, outputTrunc),
  nx(40, 16, (r, c, l) => group(skipped(r, 2), c, l), OF10, OF10),
  nx(43, 16, () => ({ type: 'ct_clear' })),
  nx(44, 16, resubmitTable(true)),
];

/** `r`, `size` bytes further. */
function skipped(r: Reader, size: number): Reader {
  r.skip(size);
  return r;
}

const key = (version: number, vendor: number, code: number): number => (vendor * 8 + version) * 0x10000 + code;

const FORMS = new Map<number, ActionForm>();
for (const row of ACTION_FORMS) {
  for (let version = row.from; version <= row.to; version++) FORMS.set(key(version, row.vendor, row.code), row);
}

/** How the action of that number is read; null if the version has none. */
export const actionForm = (version: number, vendor: number, code: number): ActionForm | null =>
  FORMS.get(key(version, vendor, code)) ?? null;
