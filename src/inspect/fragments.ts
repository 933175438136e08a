/** How the tracker treats fragments, and which packets wait for theirs, as JSON values. */
import type { FamilyCounters, FamilySettings } from '../../datapath/conntrack/fragments/fragments.js';
import type { CtFragments, CtPendingPacket } from '../dpif/conntrack.js';
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
export function fragmentsJson({ held, max, settings, counters, pending }: CtFragments, now: number): FragmentsJson {
  const family = (version: 4 | 6) => ({ ...settings[version], ...counters[version] });
  return { held, max, v4: family(4), v6: family(6), pending: pending.map((packet) => pendingPacketJson(packet, now)) };
}

export function pendingPacketJson(packet: CtPendingPacket, now: number): PendingPacketJson {
  const { family, headers, id, zone, recircId, fragments, expires } = packet;
  const ends = family === 4 ? (['ip_src', 'ip_dst'] as const) : (['ipv6_src', 'ipv6_dst'] as const);
  const [src, dst] = ends.map((field) => {
    const address = getField(headers, 0, field);
    return family === 4 ? formatIpv4(Number(address)) : formatIpv6(address);
  });
  const secondsLeft = Math.max(0, Math.ceil(((expires - now) | 0) / 1000));
  return { family, src, dst, id, zone, recircId, fragments, has: stateOf(packet), secondsLeft };
}

function stateOf({ hasFirst, hasLast }: CtPendingPacket): PendingPacketJson['has'] {
  if (hasFirst) return hasLast ? 'first/last frag' : 'first frag';
  return hasLast ? 'last frag' : 'other frag';
}
