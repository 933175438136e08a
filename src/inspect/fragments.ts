/** How the tracker treats fragments, and which packets wait for theirs, as JSON values. */
import { load16 } from '../../datapath/base/bytes.js';
import type { Fragment, FragmentList } from '../../datapath/conntrack/fragments/fragment-list.js';
import type { FamilyCounters, FamilySettings, Fragments } from '../../datapath/conntrack/fragments/fragments.js';
import { extract } from '../../datapath/keys/extract.js';
import { DP_WORDS } from '../../datapath/keys/layout.js';
import type { Packet } from '../../datapath/packet/packet.js';
import { getField } from '../match/key.js';
import { formatIpv4, formatIpv6 } from '../text/address.js';

/** One packet of which pieces are missing. */
export interface PendingPacketJson {
  family: 4 | 6;
  src: string;
  dst: string;
  id: number;
  zone: number;
  recircId: number;
  fragments: number;
  has: 'first/last frag' | 'first frag' | 'last frag' | 'other frag';
  secondsLeft: number;
}

export interface FragmentsJson {
  held: number;
  max: number;
  v4: FamilySettings & FamilyCounters;
  v6: FamilySettings & FamilyCounters;
  pending: PendingPacketJson[];
}

/** Settings, counters, and the packets that are not whole yet; `now` as the tracker counts it. */
export function fragmentsJson(fragments: Fragments, now: number): FragmentsJson {
  const family = (version: 4 | 6) => ({ ...fragments.settings[version], ...fragments.counters[version] });
  return {
    held: fragments.count,
    max: fragments.maxFragments,
    v4: family(4),
    v6: family(6),
    pending: [...fragments.pending()].map((list) => pendingPacketJson(list, now)),
  };
}

/** The list's key begins with family, zone and recirculation; for IPv6 the id follows. */
export function pendingPacketJson({ key, family, fragments, expires }: FragmentList, now: number): PendingPacketJson {
  const { packet } = fragments[0];
  const [, zone, recircId, id6] = key.split(',');
  const words = headersOf(packet);
  const ends = family === 4 ? (['ip_src', 'ip_dst'] as const) : (['ipv6_src', 'ipv6_dst'] as const);
  const [src, dst] = ends.map((field) => {
    const address = getField(words, 0, field);
    return family === 4 ? formatIpv4(Number(address)) : formatIpv6(address);
  });
  return {
    family: family as 4 | 6,
    src,
    dst,
    id: family === 4 ? load16(packet.bytes, packet.l3 + 4) : Number(id6),
    zone: Number(zone),
    recircId: Number(recircId),
    fragments: fragments.length,
    has: stateOf(fragments),
    secondsLeft: Math.max(0, Math.ceil(((expires - now) | 0) / 1000)),
  };
}

/** The packet's headers as a key. */
export function headersOf(packet: Packet): Int32Array {
  const words = new Int32Array(DP_WORDS);
  extract(packet, words, 0);
  return words;
}

function stateOf(fragments: readonly Fragment[]): PendingPacketJson['has'] {
  const hasFirst = fragments[0].from === 0;
  const hasLast = fragments[fragments.length - 1].isLast;
  if (hasFirst) return hasLast ? 'first/last frag' : 'first frag';
  return hasLast ? 'last frag' : 'other frag';
}
