/** The fields of a tuple in flush-conntrack and ct-flush: each row reads its text into the tuple, or says that it cannot. */
import type { PartialTuple } from '../../datapath/conntrack/query/flush.js';
import { parseIpv4, parseIpv6 } from './address.js';

export type TupleField = (tuple: PartialTuple, text: string) => boolean;

export const ICMP_FIELDS = ['icmp_id', 'icmp_type', 'icmp_code'] as const;

export const TUPLE_FIELDS: Readonly<Record<string, TupleField>> = {
  ct_nw_src: (t, text) => setAddress(t, 'src', 4, ipv4(text)),
  ct_nw_dst: (t, text) => setAddress(t, 'dst', 4, ipv4(text)),
  ct_ipv6_src: (t, text) => setAddress(t, 'src', 6, parseIpv6(text)),
  ct_ipv6_dst: (t, text) => setAddress(t, 'dst', 6, parseIpv6(text)),
  ct_nw_proto: (t, text) => setNumber(t, 'proto', text, 0xff),
  ct_tp_src: (t, text) => setNumber(t, 'srcPort', text, 0xffff),
  ct_tp_dst: (t, text) => setNumber(t, 'dstPort', text, 0xffff),
  icmp_id: (t, text) => setNumber(t, 'icmpId', text, 0xffff),
  icmp_type: (t, text) => setNumber(t, 'icmpType', text, 0xff),
  icmp_code: (t, text) => setNumber(t, 'icmpCode', text, 0xff),
};

function ipv4(text: string): bigint | null {
  const address = parseIpv4(text);
  return address === null ? null : BigInt(address >>> 0);
}

function setAddress(tuple: PartialTuple, end: 'src' | 'dst', family: 4 | 6, address: bigint | null): boolean {
  if (address === null || (tuple.family !== undefined && tuple.family !== family)) return false;
  tuple.family = family;
  tuple[end] = address;
  return true;
}

type NumberField = 'proto' | 'srcPort' | 'dstPort' | 'icmpId' | 'icmpType' | 'icmpCode';

function setNumber(tuple: PartialTuple, field: NumberField, text: string, max: number): boolean {
  const value = Number(text);
  if (!/^(0x[0-9a-f]+|\d+)$/i.test(text) || value > max) return false;
  tuple[field] = value;
  return true;
}
