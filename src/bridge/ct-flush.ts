/** What an NXT_CT_FLUSH means to the tracker. */
import type { FlushFilter, PartialTuple } from '../../datapath/conntrack/query/flush.js';
import type { CtFlush, CtFlushTuple } from '../openflow/ct-flush-types.js';

const MAPPED = 0xffffn;
const isMappedIpv4 = (address: bigint): boolean => address >> 32n === MAPPED;

/** What NXT_CT_FLUSH names, as the tracker's filter: parts that are zero select all. */
export function flushFilter({ proto, zone, mark, labels, orig, reply }: CtFlush): FlushFilter {
  const first = partial({ ...orig, proto });
  const second = partial({ ...reply, proto: 0 });
  return {
    ...(zone === null ? {} : { zone }),
    ...(mark === null ? {} : { mark }),
    ...(labels === null ? {} : { labels }),
    ...(Object.keys(first).length === 0 ? {} : { orig: first }),
    ...(Object.keys(second).length === 0 ? {} : { reply: second }),
  };
}

/** Without the parts that are zero; with an ICMP id, type and code 0 are meant. */
function partial({ src, dst, proto, ...numbers }: CtFlushTuple & { proto: number }): PartialTuple {
  const tuple: PartialTuple = {};
  const address = (value: bigint): bigint => (isMappedIpv4(value) ? value & 0xffff_ffffn : value);
  if (src !== 0n || dst !== 0n) tuple.family = isMappedIpv4(src) || isMappedIpv4(dst) ? 4 : 6;
  if (src !== 0n) tuple.src = address(src);
  if (dst !== 0n) tuple.dst = address(dst);
  if (proto !== 0) tuple.proto = proto;
  const parts = Object.entries(numbers) as [keyof typeof numbers, number][];
  const isWholeIcmp = numbers.icmpId !== 0;
  for (const [part, value] of parts) if (value !== 0 || (isWholeIcmp && part.startsWith('icmp'))) tuple[part] = value;
  return tuple;
}
