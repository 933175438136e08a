/** Datapath flows, connections and frames as text; the expected lines are what Open vSwitch 3.1 prints. */

import { describe, expect, test } from 'vitest';
import { ProgramBuilder } from '../../../datapath/actions/program.js';
import type { ConnEntry, CtTuple } from '../../../datapath/conntrack/query/dump.js';
import * as ct from '../../../datapath/conntrack/record/ct-action.js';
import { DP_WORDS, W_IN_PORT, W_PACKET_TYPE, W_RECIRC_ID } from '../../../datapath/keys/layout.js';
import { requestWords } from '../../../src/dpif/controller-request.js';
import { formatConnection } from '../../../src/text/conntrack.js';
import { parseMatch } from '../../../src/text/match.js';
import { formatDpProgram } from '../../../src/text/odp-action.js';
import { formatDpFlow, tcpLetters } from '../../../src/text/odp-flow.js';
import { formatDpKey } from '../../../src/text/odp-key.js';
import { formatPacket } from '../../../src/text/packet.js';

/** Key and mask of a datapath flow; the datapath always looks at these three words. */
function dpFlow(match: string, inPort = 3): { key: Int32Array; mask: Int32Array } {
  const parsed = parseMatch(match);
  const key = parsed.key.slice(0, DP_WORDS);
  const mask = parsed.mask.slice(0, DP_WORDS);
  for (const word of [W_RECIRC_ID, W_IN_PORT, W_PACKET_TYPE]) mask[word] = -1;
  key[W_IN_PORT] = inPort;
  return { key, mask };
}

const HEAD = 'in_port(3),packet_type(ns=0,id=0)';

describe('keys', () => {
  const rows: [string, string][] = [
    ['tcp,ip_frag=no', `recirc_id(0),${HEAD},eth_type(0x0800),ipv4(proto=6,frag=no)`],
    [
      'ct_state=-trk+new,ct_zone=5,ct_mark=5/7,ct_label=7,tcp',
      `ct_state(+new-trk),ct_zone(0x5),ct_mark(0x5/0x7),ct_label(0x7),recirc_id(0),${HEAD},eth_type(0x0800),ipv4(proto=6)`,
    ],
    [
      'recirc_id=1,udp,eth_src=50:54:00:00:00:09,nw_src=10.0.0.0/8,nw_dst=10.0.0.2,nw_ttl=64,ip_frag=no,tp_dst=80',
      `recirc_id(0x1),${HEAD},eth(src=50:54:00:00:00:09),eth_type(0x0800),ipv4(src=10.0.0.0/255.0.0.0,dst=10.0.0.2,proto=17,ttl=64,frag=no),udp(dst=80)`,
    ],
    [
      'arp,arp_spa=10.0.0.9,arp_tpa=10.0.0.1,arp_op=1,arp_sha=50:54:00:00:00:09',
      `recirc_id(0),${HEAD},eth_type(0x0806),arp(sip=10.0.0.9,tip=10.0.0.1,op=1,sha=50:54:00:00:00:09)`,
    ],
    [
      'icmp6,icmpv6_type=135,icmpv6_code=0,nd_target=fe80::3,ip_frag=no',
      `recirc_id(0),${HEAD},eth_type(0x86dd),ipv6(proto=58,frag=no),icmpv6(type=135,code=0),nd(target=fe80::3)`,
    ],
    [
      'udp6,ipv6_src=fe80::/10,ipv6_dst=fe80::2,ipv6_label=5,nw_ttl=255,ip_frag=no',
      `recirc_id(0),${HEAD},eth_type(0x86dd),ipv6(src=fe80::/ffc0::,dst=fe80::2,label=0x5,proto=17,hlimit=255,frag=no)`,
    ],
    [
      'dl_vlan=7,icmp,ip_frag=no',
      `recirc_id(0),${HEAD},eth_type(0x8100),vlan(vid=7,pcp=0/0x0),encap(eth_type(0x0800),ipv4(proto=1,frag=no))`,
    ],
    ['ip,ip_frag=later', `recirc_id(0),${HEAD},eth_type(0x0800),ipv4(frag=later)`],
    ['dl_type=0x1234,pkt_mark=0/0xff', `skb_mark(0/0xff),recirc_id(0),${HEAD},eth_type(0x1234)`],
    ['tcp,tcp_flags=+syn-ack', `recirc_id(0),${HEAD},eth_type(0x0800),ipv4(proto=6),tcp_flags(+syn-ack)`],
  ];
  for (const [match, text] of rows)
    test(match, () => {
      const { key, mask } = dpFlow(match);
      expect(formatDpKey(key, mask)).toBe(text);
    });
  test('ports by name', () => {
    const { key, mask } = dpFlow('ip');
    expect(formatDpKey(key, mask, { portName: () => 'ovs-p0' })).toContain('in_port("ovs-p0")');
  });
});

const ctWords = (words: Record<number, number>): Int32Array => {
  const all = new Int32Array(ct.CT_ACTION_WORDS);
  for (const [at, value] of Object.entries(words)) all[Number(at)] = value;
  return all;
};

describe('actions', () => {
  const set = (header: 'ethernet' | 'ipv4' | 'ipv6' | 'udp' | 'skbMark' | 'arp', match: string): Int32Array => {
    const { key, mask } = parseMatch(match);
    return new ProgramBuilder().set(header, key, 0, mask).build();
  };
  const snat = ctWords({
    [ct.CT_FLAGS]: ct.CT_COMMIT,
    [ct.CT_ZONE]: 5,
    [ct.CT_MARK_VALUE]: 5,
    [ct.CT_MARK_MASK]: 255,
    [ct.CT_NAT_FLAGS]: ct.CT_NAT | ct.CT_NAT_SRC | ct.CT_NAT_IPV4 | ct.CT_NAT_PORTS,
    [ct.CT_NAT_MIN_ADDR]: 0x0a000005,
    [ct.CT_NAT_MAX_ADDR]: 0x0a000009,
    [ct.CT_NAT_MIN_PORT]: 5,
    [ct.CT_NAT_MAX_PORT]: 9,
  });
  const rows: [string, Int32Array][] = [
    ['drop', new Int32Array(0)],
    ['2,3', new ProgramBuilder().output(2).output(3).build()],
    [
      'ct(zone=5),recirc(0x1)',
      new ProgramBuilder()
        .ct(ctWords({ [ct.CT_ZONE]: 5 }))
        .recirc(1)
        .build(),
    ],
    ['ct,ct_clear', new ProgramBuilder().ct(ctWords({})).ctClear().build()],
    ['ct(force_commit)', new ProgramBuilder().ct(ctWords({ [ct.CT_FLAGS]: ct.CT_COMMIT | ct.CT_FORCE })).build()],
    [
      'ct(commit,nat)',
      new ProgramBuilder().ct(ctWords({ [ct.CT_FLAGS]: ct.CT_COMMIT, [ct.CT_NAT_FLAGS]: ct.CT_NAT })).build(),
    ],
    ['ct(commit,zone=5,mark=0x5/0xff,nat(src=10.0.0.5-10.0.0.9:5-9))', new ProgramBuilder().ct(snat).build()],
    ['set(eth(src=00:11:22:33:44:55))', set('ethernet', 'eth_src=00:11:22:33:44:55')],
    ['set(ipv4(dst=9.9.9.9,ttl=63))', set('ipv4', 'ip,nw_dst=9.9.9.9,nw_ttl=63')],
    ['set(ipv6(dst=::5,label=0x33,hlimit=254))', set('ipv6', 'ipv6,ipv6_dst=::5,ipv6_label=0x33,nw_ttl=254')],
    ['set(udp(dst=99))', set('udp', 'udp,udp_dst=99')],
    ['set(skb_mark(0x5))', set('skbMark', 'pkt_mark=5')],
    ['push_vlan(vid=6,pcp=0),pop_vlan', new ProgramBuilder().pushVlan(0x8100, 0x1006).popVlan().build()],
    ['trunc(100),2', new ProgramBuilder().truncate(100).output(2).build()],
    ['clone(2,clone(3))', new ProgramBuilder().clone((a) => a.output(2).clone((b) => b.output(3))).build()],
  ];
  for (const [text, program] of rows) test(text, () => expect(formatDpProgram(program)).toBe(text));
  test('to a controller', () => {
    const to = { reason: 1, recircId: 2, cookie: 0n, controllerId: 0, maxLen: 65535 };
    const words = requestWords({ ...to, dontSend: false, continuation: false });
    expect(formatDpProgram(new ProgramBuilder().userspace(words).build())).toBe(
      'userspace(pid=0,controller(reason=1,dont_send=0,continuation=0,recirc_id=2,rule_cookie=0,controller_id=0,max_len=65535))',
    );
  });
});

test('a whole flow', () => {
  const flow = {
    ...dpFlow('ip'),
    program: new ProgramBuilder().output(1).build(),
    ufid: 'u',
    packets: 3,
    bytes: 180,
    tcpFlags: 0x12,
  };
  const keys = `recirc_id(0),${HEAD},eth_type(0x0800)`;
  expect(formatDpFlow({ ...flow, usedMs: 1000 }, { now: 2234.9 })).toBe(
    `${keys}, packets:3, bytes:180, used:1.234s, flags:S., actions:1`,
  );
  expect(formatDpFlow({ ...flow, usedMs: 0, tcpFlags: 0 }, { now: 0 })).toBe(
    `${keys}, packets:3, bytes:180, used:never, actions:1`,
  );
  expect(tcpLetters(0xfff)).toBe('SFPRU.ECN[200][400][800]');
});

const tuple = (over: Partial<CtTuple>): CtTuple => ({
  family: 4,
  proto: 6,
  src: 0xc0a80002n,
  dst: 0x0a000002n,
  srcPort: 1024,
  dstPort: 2048,
  icmpId: 0,
  icmpType: 0,
  icmpCode: 0,
  ...over,
});
const reply = tuple({ src: 0x0a000002n, dst: 0xc0a80002n, srcPort: 2048, dstPort: 1024 });
const connection: ConnEntry = {
  id: 7,
  family: 4,
  proto: 6,
  zone: 0,
  orig: tuple({}),
  reply,
  mark: 0,
  labels: 0n,
  timeoutMs: 29_900,
  ageMs: 100,
  timeoutPolicy: 0,
  tcp: { state: 'SYN_SENT', stateOrig: 2, stateReply: 0, wscaleOrig: 0, wscaleReply: 0, flagsOrig: 0, flagsReply: 0 },
  helper: null,
  parent: null,
  traffic: { orig: { packets: 1, bytes: 60 }, reply: { packets: 0, bytes: 0 } },
  seenReply: false,
  assured: false,
  snat: false,
  dnat: false,
};
const short = { verbose: false, statistics: false };
const LINE =
  'tcp,orig=(src=192.168.0.2,dst=10.0.0.2,sport=1024,dport=2048),reply=(src=10.0.0.2,dst=192.168.0.2,sport=2048,dport=1024)';

describe('connections', () => {
  test('short', () => expect(formatConnection(connection, short)).toBe(`${LINE},protoinfo=(state=SYN_SENT)`));
  test('with everything', () => {
    const full = { ...connection, zone: 5, mark: 5, labels: 7n, helper: 'ftp' as const, parent: reply };
    expect(formatConnection(full, { verbose: true, statistics: true })).toBe(
      `${LINE},id=0,zone=5,status=0,timeout=29,mark=5,labels=0x7,protoinfo=(state_orig=SYN_SENT,state_reply=CLOSED,flags_orig=0,flags_reply=0),helper=ftp,parent=(src=10.0.0.2,dst=192.168.0.2,sport=2048,dport=1024)`,
    );
  });
  test('ICMPv6', () => {
    const echo = tuple({ family: 6, proto: 58, src: 1n, dst: 2n, icmpId: 7, icmpType: 128 });
    const entry: ConnEntry = {
      ...connection,
      family: 6,
      proto: 58,
      tcp: null,
      orig: echo,
      reply: { ...echo, src: 2n, dst: 1n, icmpType: 129 },
    };
    expect(formatConnection(entry, short)).toBe(
      'icmpv6,orig=(src=::1,dst=::2,id=7,type=128,code=0),reply=(src=::2,dst=::1,id=7,type=129,code=0)',
    );
  });
});

describe('frames', () => {
  const rows: [string, string][] = [
    [
      '50540000000a505400000009080045000028000000004006 66ce0a0000010a00000203e8005000000000000000005002000097a80000',
      'tcp,vlan_tci=0x0000,dl_src=50:54:00:00:00:09,dl_dst=50:54:00:00:00:0a,nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_tos=0,nw_ecn=0,nw_ttl=64,nw_frag=no,tp_src=1000,tp_dst=80,tcp_flags=syn tcp_csum:97a8',
    ],
    [
      '50540000000a50540000000986dd6000000000203afffe800000000000000000000000000001fe80000000000000000000000000000287002bbe00000000fe8000000000000000000000000000030101505400000009',
      'icmp6,vlan_tci=0x0000,dl_src=50:54:00:00:00:09,dl_dst=50:54:00:00:00:0a,ipv6_src=fe80::1,ipv6_dst=fe80::2,ipv6_label=0x00000,nw_tos=0,nw_ecn=0,nw_ttl=255,nw_frag=no,icmp_type=135,icmp_code=0,nd_target=fe80::3,nd_sll=50:54:00:00:00:09,nd_tll=00:00:00:00:00:00 icmp6_csum:2bbe',
    ],
    [
      '50540000000a50540000000981000000080045000014000000004 02f66b90a0000010a000002',
      'ip,dl_vlan=0,dl_vlan_pcp=0,vlan_tci1=0x0000,dl_src=50:54:00:00:00:09,dl_dst=50:54:00:00:00:0a,nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_proto=47,nw_tos=0,nw_ecn=0,nw_ttl=64,nw_frag=no',
    ],
    [
      '50540000000a5054000000091234',
      'vlan_tci=0x0000,dl_src=50:54:00:00:00:09,dl_dst=50:54:00:00:00:0a,dl_type=0x1234',
    ],
  ];
  for (const [hex, text] of rows)
    test(text.split(',')[0]!, () => {
      expect(formatPacket(Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex')))).toBe(text);
    });
});
