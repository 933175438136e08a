/** How long it takes to make a key of a packet, by kind of packet. */

import { compose } from '../../datapath/keys/compose.js';
import { extract } from '../../datapath/keys/extract.js';
import { CT_ESTABLISHED, CT_TRACKED } from '../../datapath/packet/ct-state.js';
import { lentPacket, type Packet } from '../../datapath/packet/packet.js';
import type { FieldName } from '../../src/match/fields.js';
import { newKey, setField } from '../../src/match/key.js';
import { type BenchResult, measure, runIfMain } from './measure.js';

const PACKETS = 32;
const IPV4: Partial<Record<FieldName, bigint>> = { eth_type: 0x800n, ip_src: 0x0a000001n, ip_dst: 0x0a000002n };
const IPV6: Partial<Record<FieldName, bigint>> = { eth_type: 0x86ddn, ipv6_src: 1n << 112n, ipv6_dst: 2n << 112n };

const KINDS: Record<string, Partial<Record<FieldName, bigint>>> = {
  'TCP over IPv4': { ...IPV4, nw_proto: 6n, tcp_src: 1024n, tcp_dst: 80n, tcp_flags: 0x10n },
  'UDP over IPv4': { ...IPV4, nw_proto: 17n, udp_src: 1024n, udp_dst: 53n },
  'UDP over IPv4, tagged': { ...IPV4, vlan_tci: 0x1005n, nw_proto: 17n, udp_src: 1024n, udp_dst: 53n },
  'TCP over IPv6': { ...IPV6, nw_proto: 6n, tcp_src: 1024n, tcp_dst: 80n, tcp_flags: 0x10n },
  ARP: { eth_type: 0x806n, arp_op: 1n, arp_spa: 1n, arp_tpa: 2n, arp_sha: 3n },
};

function packetOf(fields: Partial<Record<FieldName, bigint>>, tracked: boolean): Packet {
  const key = newKey();
  for (const [name, value] of Object.entries(fields)) setField(key, 0, name as FieldName, value);
  const packet = lentPacket(compose(key, 0));
  packet.inPort = 1;
  if (tracked) {
    packet.ctState = CT_TRACKED | CT_ESTABLISHED;
    packet.ctFamily = 4;
    packet.ctProto = 6;
    packet.ctSrc0 = 0x0a000001;
  }
  return packet;
}

export function run(): BenchResult[] {
  const keys = newKey();
  const results: BenchResult[] = [];
  const bench = (name: string, packets: Packet[]): void => {
    results.push(
      measure(`extract, ${name}`, packets.length, () => {
        for (let i = 0; i < packets.length; i++) extract(packets[i], keys, 0);
      }),
    );
  };
  const all: Packet[] = [];
  for (const [name, fields] of Object.entries(KINDS)) {
    const packets = Array.from({ length: PACKETS }, () => packetOf(fields, false));
    all.push(packets[0]);
    bench(name, packets);
  }
  bench(
    'TCP over IPv4, tracked',
    Array.from({ length: PACKETS }, () => packetOf(KINDS['TCP over IPv4'], true)),
  );
  bench('all of these in turn', all);
  return results;
}

runIfMain(import.meta.url, run);
