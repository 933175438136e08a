/** A packet in a few words, for people: `tcp 10.0.0.1:4001 > 10.0.0.2:80 [S.] seq 200 ack 101`. */
import { load32u } from '../../datapath/base/bytes.js';
import { extract } from '../../datapath/flow/extract.js';
import { getField } from '../../datapath/flow/key.js';
import { DP_WORDS } from '../../datapath/flow/layout.js';
import { Packet } from '../../datapath/packet/packet.js';
import { formatIpv4, formatIpv6 } from './address.js';
import { protocolName } from './conntrack.js';
import { formatPacket } from './packet.js';
import * as proto from './protocols.js';

/** As tcpdump has them. */
const TCP_LETTERS: readonly (readonly [bit: number, letter: string])[] = [
  [0x02, 'S'],
  [0x01, 'F'],
  [0x04, 'R'],
  [0x08, 'P'],
  [0x20, 'U'],
  [0x10, '.'],
];
const WITH_PORTS: readonly number[] = [proto.PROTO_TCP, proto.PROTO_UDP, proto.PROTO_SCTP];
const TCP_HEADER = 20;

export function formatPacketBrief(frame: Uint8Array): string {
  const packet = new Packet();
  packet.bytes = frame;
  packet.size = frame.length;
  const key = new Int32Array(DP_WORDS);
  extract(packet, key, 0);
  const type = Number(getField(key, 0, 'eth_type'));
  if (type !== proto.ETH_IP && type !== proto.ETH_IPV6) return formatPacket(frame);
  const protocol = Number(getField(key, 0, 'nw_proto'));
  const [src, dst] = ends(key, type === proto.ETH_IP, WITH_PORTS.includes(protocol));
  const isTcp = protocol === proto.PROTO_TCP && packet.l4 >= 0 && packet.l4 + TCP_HEADER <= frame.length;
  return `${protocolName(protocol)} ${src} > ${dst}${isTcp ? tcpText(frame, packet.l4) : icmpText(key, protocol)}`;
}

function ends(key: Int32Array, isV4: boolean, hasPorts: boolean): [string, string] {
  const text = (end: 'src' | 'dst'): string => {
    const address = isV4
      ? formatIpv4(Number(getField(key, 0, `ip_${end}`)))
      : formatIpv6(getField(key, 0, `ipv6_${end}`));
    if (!hasPorts) return address;
    const port = getField(key, 0, `tcp_${end}`);
    return isV4 ? `${address}:${port}` : `[${address}]:${port}`;
  };
  return [text('src'), text('dst')];
}

function tcpText(frame: Uint8Array, l4: number): string {
  const flags = frame[l4 + 13];
  const letters = TCP_LETTERS.filter(([bit]) => (flags & bit) !== 0).map(([, letter]) => letter);
  const ack = (flags & 0x10) === 0 ? '' : ` ack ${load32u(frame, l4 + 8)}`;
  return ` [${letters.join('')}] seq ${load32u(frame, l4 + 4)}${ack}`;
}

function icmpText(key: Int32Array, protocol: number): string {
  if (protocol !== proto.PROTO_ICMP && protocol !== proto.PROTO_ICMPV6) return '';
  return ` type ${getField(key, 0, 'icmp_type')} code ${getField(key, 0, 'icmp_code')}`;
}
