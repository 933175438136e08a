/** NXT_CT_FLUSH: as `ovs-ofctl` prints it, and as what was asked for becomes one. */

import type { FlushFilter, PartialTuple } from '../../datapath/conntrack/query/flush.js';
import { IP_PROTO_ICMP, IP_PROTO_ICMPV6 } from '../../datapath/wire/numbers.js';
import type { CtFlush, CtFlushTuple } from '../openflow/ct-flush-types.js';
import { formatIpv4, formatIpv6 } from './address.js';

const MAPPED = 0xffffn;

const isMappedIpv4 = (address: bigint): boolean => address >> 32n === MAPPED;

export function formatCtFlush({ proto, zone, orig, reply }: CtFlush): string {
  const isV4 = [orig.src, orig.dst, reply.src, reply.dst].some(isMappedIpv4);
  const text = (tuple: CtFlushTuple): string => formatTuple(tuple, isV4, proto);
  return ` zone=${zone ?? 0} '${text(orig)},ct_nw_proto=${proto}' '${text(reply)}'\n`;
}

function formatTuple(tuple: CtFlushTuple, isV4: boolean, proto: number): string {
  const prefix = isV4 ? 'ct_nw' : 'ct_ipv6';
  const address = (value: bigint): string =>
    isMappedIpv4(value) ? formatIpv4(Number(value & 0xffff_ffffn)) : formatIpv6(value);
  const ends = `${prefix}_src=${address(tuple.src)},${prefix}_dst=${address(tuple.dst)}`;
  return proto === IP_PROTO_ICMP || proto === IP_PROTO_ICMPV6
    ? `${ends},icmp_id=${tuple.icmpId},icmp_type=${tuple.icmpType},icmp_code=${tuple.icmpCode}`
    : `${ends},ct_tp_src=${tuple.srcPort},ct_tp_dst=${tuple.dstPort}`;
}

/** The message that asks for it: there a part that is zero is one that does not matter. */
export function ctFlushOf({ zone, mark, labels, orig, reply }: FlushFilter): CtFlush {
  return {
    proto: orig?.proto ?? reply?.proto ?? 0,
    zone: zone ?? null,
    mark: mark ?? null,
    labels: labels ?? null,
    orig: wireTuple(orig),
    reply: wireTuple(reply),
  };
}

function wireTuple(tuple: PartialTuple = {}): CtFlushTuple {
  const address = (value: bigint | undefined): bigint =>
    value === undefined ? 0n : tuple.family === 4 ? (MAPPED << 32n) | value : value;
  const { srcPort = 0, dstPort = 0, icmpId = 0, icmpType = 0, icmpCode = 0 } = tuple;
  return { src: address(tuple.src), dst: address(tuple.dst), srcPort, dstPort, icmpId, icmpType, icmpCode };
}
