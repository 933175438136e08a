/** Headers in the datapath's flow syntax: read, composed, extracted, printed, and the same again. */
import { describe, expect, test } from 'vitest';
import { compose } from '../../../datapath/keys/compose.js';
import { parseDpKey } from '../../../src/text/odp-key-parse.js';
import { formatPacket } from '../../../src/text/packet.js';
import { formatPacketBrief } from '../../../src/text/packet-brief.js';

const ETH = 'eth(src=50:54:00:00:00:09,dst=50:54:00:00:00:0a)';
const MACS = 'dl_src=50:54:00:00:00:09,dl_dst=50:54:00:00:00:0a';
const V4 = 'ipv4(src=10.0.0.1,dst=10.0.0.2';

const rows: [text: string, packet: string, brief: string][] = [
  [
    `recirc_id(0),in_port(1),${ETH},eth_type(0x0800),${V4},proto=6,tos=0xb8,ttl=64,frag=no),tcp(src=1,dst=2),tcp_flags(syn|ack)`,
    `tcp,vlan_tci=0x0000,${MACS},nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_tos=184,nw_ecn=0,nw_ttl=64,nw_frag=no,tp_src=1,tp_dst=2,tcp_flags=syn|ack`,
    'tcp 10.0.0.1:1 > 10.0.0.2:2 [S.] seq 0 ack 0',
  ],
  [
    `in_port(p1),${ETH},eth_type(0x0800),${V4},proto=17,tos=1,ttl=1),udp(src=53,dst=54)`,
    `udp,vlan_tci=0x0000,${MACS},nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_tos=0,nw_ecn=1,nw_ttl=1,nw_frag=no,tp_src=53,tp_dst=54`,
    'udp 10.0.0.1:53 > 10.0.0.2:54',
  ],
  [
    `${ETH},eth_type(0x0800),${V4},proto=1,ttl=64),icmp(type=8,code=0)`,
    `icmp,vlan_tci=0x0000,${MACS},nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_tos=0,nw_ecn=0,nw_ttl=64,nw_frag=no,icmp_type=8,icmp_code=0`,
    'icmp 10.0.0.1 > 10.0.0.2 type 8 code 0',
  ],
  [
    `${ETH},eth_type(0x8100),vlan(vid=5,pcp=3),encap(eth_type(0x86dd),ipv6(src=fc00::1,dst=fc00::2,label=0,proto=6,tclass=0,hlimit=9,frag=no),tcp(src=1,dst=2),tcp_flags(0x4))`,
    `tcp6,dl_vlan=5,dl_vlan_pcp=3,vlan_tci1=0x0000,${MACS},ipv6_src=fc00::1,ipv6_dst=fc00::2,ipv6_label=0x00000,nw_tos=0,nw_ecn=0,nw_ttl=9,nw_frag=no,tp_src=1,tp_dst=2,tcp_flags=rst`,
    'tcp [fc00::1]:1 > [fc00::2]:2 [R] seq 0',
  ],
  [
    `${ETH},eth_type(0x0806),arp(sip=10.0.0.1,tip=10.0.0.2,op=1,sha=50:54:00:00:00:09,tha=00:00:00:00:00:00)`,
    `arp,vlan_tci=0x0000,${MACS},arp_spa=10.0.0.1,arp_tpa=10.0.0.2,arp_op=1,arp_sha=50:54:00:00:00:09,arp_tha=00:00:00:00:00:00`,
    `arp,vlan_tci=0x0000,${MACS},arp_spa=10.0.0.1,arp_tpa=10.0.0.2,arp_op=1,arp_sha=50:54:00:00:00:09,arp_tha=00:00:00:00:00:00`,
  ],
  [
    `${ETH},eth_type(0x8100),vlan(vid=5,pcp=3),encap(eth_type(0x8847),mpls(label=100,tc=3,ttl=64,bos=0,label=7,tc=0,ttl=9,bos=1))`,
    `mpls,dl_vlan=5,dl_vlan_pcp=3,vlan_tci1=0x0000,${MACS},mpls_label=100,mpls_tc=3,mpls_ttl=64,mpls_bos=0,mpls_lse1=28937`,
    `mpls,dl_vlan=5,dl_vlan_pcp=3,vlan_tci1=0x0000,${MACS},mpls_label=100,mpls_tc=3,mpls_ttl=64,mpls_bos=0,mpls_lse1=28937`,
  ],
];

describe('headers', () => {
  test.each(rows)('%s', (text, packet, brief) => {
    const bytes = compose(parseDpKey(text), 0);
    expect(formatPacket(bytes).replace(/ \w+_csum:.*$/s, '')).toBe(packet);
    expect(formatPacketBrief(bytes).trim()).toBe(brief);
  });

  const bad = [
    ['zz', 'syntax error at zz'],
    ['in_port(1),foo', 'syntax error at foo'],
    ['foo(1)', 'syntax error at foo'],
    ['eth(src=x)', 'syntax error at src=x'],
    ['eth(source=50:54:00:00:00:09)', 'syntax error at source=50:54:00:00:00:09'],
    ['ipv4(src=10.0.0.300)', 'syntax error at src=10.0.0.300'],
    ['mpls(ttl=3,label=4)', 'syntax error at ttl=3'],
    ['mpls(label=1048576)', 'syntax error at label=1048576'],
    ['eth_type(x)', 'syntax error at eth_type(x)'],
    ['tcp_flags(foo)', 'syntax error at tcp_flags(foo)'],
    ['eth(src=50:54:00:00:00:09', 'syntax error at eth(src=50:54:00:00:00:09'],
  ];
  test.each(bad)('%s', (text, message) => expect(() => parseDpKey(text)).toThrow(message));
});
