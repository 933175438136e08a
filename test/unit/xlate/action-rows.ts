/**
 * Each action's translation: what it makes the datapath do, and which bits of the packet that rests on. A new action does not compile here
 * before it has a row. Every flow looks at its packet's type and whether it is a fragment; rows say the rest. Played without a datapath
 * (actions.test.ts), and asked of Open vSwitch (test/system/translation.test.ts).
 */
import type { ActionType } from '../../../src/openflow/action-types.js';

const IP = 'nw_src=10.0.0.1,nw_dst=10.0.0.2';
export const TCP = `tcp,${IP},tp_src=1000,tp_dst=80`;
const UDP6 = 'udp6,ipv6_src=fd00::1,ipv6_dst=fd00::2,tp_src=1000,tp_dst=53';
const ARP = 'arp,arp_op=1,arp_spa=10.0.0.1,arp_tpa=10.0.0.2';
const MPLS = 'mpls,mpls_label=5,mpls_tc=1,mpls_ttl=9,mpls_bos=1';
const TAGGED = `dl_vlan=5,dl_vlan_pcp=1,${TCP}`;

export const v4 = (rest = ''): string => `packet_type(ns=0,id=0),eth_type(0x0800),ipv4(${rest}frag=no)`;
const eth = (addresses: string, rest = ''): string =>
  `packet_type(ns=0,id=0),eth(${addresses}),eth_type(0x0800),ipv4(${rest}frag=no)`;
const tagged = (tag: string): string =>
  `packet_type(ns=0,id=0),eth_type(0x8100),vlan(${tag}),encap(eth_type(0x0800),ipv4(frag=no))`;
const mpls = (entry: string): string => `packet_type(ns=0,id=0),eth_type(0x8847),mpls(${entry})`;
const invalidTtl =
  'userspace(pid=0,controller(reason=2,dont_send=0,continuation=0,recirc_id=1,rule_cookie=0,controller_id=0,max_len=65535))';

export interface Row {
  readonly flows: string;
  /** TCP by default. */
  readonly packet?: string;
  readonly program: string;
  /** v4() by default. */
  readonly mask?: string;
  /** Why Open vSwitch's program is another one. */
  readonly otherwise?: string;
  /** What a trace would say. */
  readonly notes?: readonly string[];
}

export const ROWS: Record<ActionType, readonly Row[]> = {
  output: [
    { flows: 'actions=3,2', program: '3,2' },
    { flows: 'actions=1', program: 'drop', notes: ['skipping output to input port'] },
    { flows: 'actions=7', program: 'drop', notes: ['nonexistent output port'] },
    { flows: 'actions=in_port', program: '1' },
    { flows: 'actions=all', program: '2,3' },
    { flows: 'actions=flood', program: '2,3' },
  ],
  output_reg: [
    { flows: 'actions=load:3->NXM_NX_REG1[],output:NXM_NX_REG1[]', program: '3' },
    {
      flows: 'tcp,actions=output:OXM_OF_TCP_SRC[]',
      program: 'drop',
      mask: `${v4('proto=6,')},tcp(src=1000)`,
      notes: ['nonexistent output port'],
    },
  ],
  output_trunc: [{ flows: 'actions=output(port=2,max_len=100),3', program: 'trunc(100),2,3' }],
  controller: [
    {
      flows: 'cookie=7,actions=controller(max_len=64,reason=no_match,id=3)',
      program:
        'userspace(pid=0,controller(reason=0,dont_send=0,continuation=0,recirc_id=1,rule_cookie=0x7,controller_id=3,max_len=64))',
    },
  ],
  enqueue: [
    {
      flows: 'actions=enqueue(2,1),3',
      program: 'set(skb_priority(0x10002)),2,set(skb_priority(0)),3',
      mask: `skb_priority(0),recirc_id(0),in_port(1),${v4()}`,
    },
  ],
  group: [
    {
      flows: 'group_id=1,type=all,bucket=mod_dl_dst:00:00:00:00:00:09,2,bucket=3\nactions=group:1',
      program: 'set(eth(dst=00:00:00:00:00:09)),2,set(eth(dst=00:00:00:00:00:02)),3',
      mask: eth('dst=00:00:00:00:00:02'),
    },
  ],
  resubmit: [
    {
      flows: 'actions=resubmit(,1),3\ntable=1,tcp,tp_dst=80,actions=2\ntable=1,priority=1,actions=1',
      program: '2,3',
      mask: `${v4('proto=6,')},tcp(dst=80)`,
    },
    { flows: 'in_port=1,actions=resubmit(7,0)\nin_port=7,actions=2', program: '2' },
    {
      flows: 'ct_state=+trk+est,tcp,actions=resubmit(,1,ct)\ntable=1,ip,nw_src=10.9.0.1,actions=2',
      packet: `${TCP},ct_state=trk|est,ct_nw_src=10.9.0.1,ct_nw_dst=10.9.0.2,ct_nw_proto=6,ct_tp_src=1,ct_tp_dst=2`,
      program: '2',
      mask: `ct_state(-new+est-rpl+trk),ct_tuple4(src=10.9.0.1,dst=10.9.0.2,proto=6,tp_src=1,tp_dst=2),recirc_id(0),in_port(1),${v4('src=10.0.0.1,proto=6,')}`,
    },
  ],
  set_field: [
    {
      flows: 'tcp,actions=set_field:10.0.0.9->ip_dst,2',
      program: 'set(ipv4(dst=10.0.0.9)),2',
      mask: v4('dst=10.0.0.2,proto=6,'),
    },
    {
      flows: 'udp6,actions=set_field:fd00::9->ipv6_src,2',
      packet: UDP6,
      program: 'set(ipv6(src=fd00::9)),2',
      mask: 'packet_type(ns=0,id=0),eth_type(0x86dd),ipv6(src=fd00::1,proto=17,frag=no)',
    },
    {
      flows: 'actions=set_field:0x5/0xf->pkt_mark,2',
      program: 'set(skb_mark(0x5/0xf)),2',
      mask: `skb_mark(0/0xf),recirc_id(0),in_port(1),${v4()}`,
    },
    {
      flows: 'arp,actions=set_field:2->arp_op,2',
      packet: ARP,
      program: 'set(arp(op=2)),2',
      mask: 'packet_type(ns=0,id=0),eth_type(0x0806),arp(op=1)',
    },
  ],
  load: [
    {
      flows: 'tcp,actions=load:0x35->NXM_OF_TCP_DST[0..7],2',
      program: 'set(tcp(dst=53/0xff)),2',
      mask: `${v4('proto=6,')},tcp(dst=80/0xff)`,
    },
  ],
  move: [
    {
      flows: 'ip,actions=move:NXM_OF_IP_SRC[]->NXM_OF_IP_DST[],2',
      program: 'set(ipv4(dst=10.0.0.1)),2',
      mask: v4('src=10.0.0.1,dst=10.0.0.2,'),
    },
  ],
  push: [
    {
      flows: 'ip,actions=push:NXM_OF_IP_SRC[],push:NXM_OF_IP_DST[],pop:NXM_OF_IP_SRC[],pop:NXM_OF_IP_DST[],2',
      program: 'set(ipv4(src=10.0.0.2,dst=10.0.0.1)),2',
      mask: v4('src=10.0.0.1,dst=10.0.0.2,'),
    },
  ],
  pop: [{ flows: 'actions=pop:NXM_NX_REG0[],2', program: '2', notes: ['stack underflow'] }],
  set_vlan_vid: [
    { flows: 'actions=mod_vlan_vid:7,2', program: 'push_vlan(vid=7,pcp=0),2' },
    {
      flows: 'actions=mod_vlan_vid:7,2',
      packet: TAGGED,
      program: 'pop_vlan,push_vlan(vid=7,pcp=1),2',
      mask: tagged('vid=5,pcp=1/0x0'),
    },
  ],
  set_vlan_pcp: [
    {
      flows: 'actions=mod_vlan_pcp:3,2',
      packet: TAGGED,
      program: 'pop_vlan,push_vlan(vid=5,pcp=3),2',
      mask: tagged('vid=5/0x0,pcp=1'),
    },
  ],
  strip_vlan: [
    {
      flows: 'vlan_tci=0x1000/0x1000,actions=strip_vlan,2',
      packet: TAGGED,
      program: 'pop_vlan,2',
      mask: tagged('vid=5,pcp=1'),
    },
  ],
  push_vlan: [{ flows: 'actions=push_vlan:0x88a8,2', program: 'push_vlan(tpid=0x88a8,vid=0,pcp=0),2' }],
  push_mpls: [
    {
      flows: 'ip,actions=push_mpls:0x8847,2',
      program: 'push_mpls(label=0,tc=0,ttl=64,bos=1,eth_type=0x8847),2',
      mask: v4('tos=0/0xfc,ttl=64,'),
    },
  ],
  pop_mpls: [
    {
      flows: 'mpls,actions=pop_mpls:0x0800,2',
      packet: MPLS,
      program: 'pop_mpls(eth_type=0x800),2',
      mask: mpls('label=5/0x0,tc=1/0,ttl=9/0x0,bos=1/1'),
    },
    {
      flows: 'mpls,actions=pop_mpls:0x0800,mod_nw_ttl:3,2',
      packet: MPLS,
      program: 'pop_mpls(eth_type=0x800),recirc(0x1)',
      mask: mpls('label=5/0x0,tc=1/0,ttl=9/0x0,bos=1/1'),
    },
  ],
  set_mpls_label: [
    {
      flows: 'mpls,actions=set_mpls_label:9,2',
      packet: MPLS,
      program: 'set(mpls(label=9)),2',
      otherwise: 'it writes the whole entry of the stack, of which its flow has seen a part',
      mask: mpls('label=5/0xfffff,tc=1/0,ttl=9/0x0,bos=1/0'),
    },
  ],
  set_mpls_tc: [
    {
      flows: 'mpls,actions=set_mpls_tc:2,2',
      packet: MPLS,
      program: 'set(mpls(tc=2)),2',
      otherwise: 'it writes the whole entry of the stack, of which its flow has seen a part',
      mask: mpls('label=5/0x0,tc=1/7,ttl=9/0x0,bos=1/0'),
    },
  ],
  set_mpls_ttl: [
    {
      flows: 'mpls,actions=set_mpls_ttl:3,2',
      packet: MPLS,
      program: 'set(mpls(ttl=3)),2',
      otherwise: 'it writes the whole entry of the stack, of which its flow has seen a part',
      mask: mpls('label=5/0x0,tc=1/0,ttl=9/0xff,bos=1/0'),
    },
  ],
  dec_mpls_ttl: [
    {
      flows: 'mpls,actions=dec_mpls_ttl,2',
      packet: MPLS,
      program: 'set(mpls(ttl=8)),2',
      otherwise: 'it writes the whole entry of the stack, of which its flow has seen a part',
      mask: mpls('label=5/0x0,tc=1/0,ttl=9/0xff,bos=1/0'),
    },
    {
      flows: 'mpls,actions=dec_mpls_ttl,2',
      packet: 'mpls,mpls_label=5,mpls_ttl=1,mpls_bos=1',
      program: invalidTtl,
      mask: mpls('label=5/0x0,tc=0/0,ttl=1/0xff,bos=1/0'),
    },
  ],
  set_eth_src: [
    {
      flows: 'actions=mod_dl_src:00:00:00:00:00:09,2',
      program: 'set(eth(src=00:00:00:00:00:09)),2',
      mask: eth('src=00:00:00:00:00:01'),
    },
  ],
  // What it has already is not written, and so must be looked at.
  set_eth_dst: [{ flows: 'actions=mod_dl_dst:00:00:00:00:00:02,2', program: '2', mask: eth('dst=00:00:00:00:00:02') }],
  set_ipv4_src: [
    { flows: 'ip,actions=mod_nw_src:10.0.0.9,2', program: 'set(ipv4(src=10.0.0.9)),2', mask: v4('src=10.0.0.1,') },
  ],
  set_ipv4_dst: [
    { flows: 'ip,actions=mod_nw_dst:10.0.0.9,2', program: 'set(ipv4(dst=10.0.0.9)),2', mask: v4('dst=10.0.0.2,') },
  ],
  set_ip_dscp: [
    { flows: 'ip,actions=mod_nw_tos:184,2', program: 'set(ipv4(tos=0xb8/0xfc)),2', mask: v4('tos=0/0xfc,') },
  ],
  set_ip_ecn: [{ flows: 'ip,actions=mod_nw_ecn:2,2', program: 'set(ipv4(tos=0x2/0x3)),2', mask: v4('tos=0/0x3,') }],
  set_ip_ttl: [{ flows: 'ip,actions=mod_nw_ttl:9,2', program: 'set(ipv4(ttl=9)),2', mask: v4('ttl=64,') }],
  set_l4_src_port: [
    {
      flows: 'tcp,actions=mod_tp_src:9,2',
      program: 'set(tcp(src=9)),2',
      mask: `${v4('proto=6,')},tcp(src=1000)`,
    },
  ],
  set_l4_dst_port: [
    {
      flows: 'udp6,actions=mod_tp_dst:9,2',
      packet: UDP6,
      program: 'set(udp(dst=9)),2',
      mask: 'packet_type(ns=0,id=0),eth_type(0x86dd),ipv6(proto=17,frag=no),udp(dst=53)',
    },
  ],
  set_tunnel: [{ flows: 'actions=set_tunnel:5,resubmit(,1)\ntable=1,tun_id=5,actions=2', program: '2' }],
  set_queue: [
    {
      flows: 'actions=set_queue:1,2',
      program: 'set(skb_priority(0x10002)),2',
      mask: `skb_priority(0),recirc_id(0),in_port(1),${v4()}`,
    },
  ],
  // The packet may have come back with a priority.
  pop_queue: [
    {
      flows: 'actions=set_queue:1,2,pop_queue,3',
      packet: `${TCP},skb_priority=7`,
      program: 'set(skb_priority(0x10002)),2,set(skb_priority(0x7)),3',
      mask: `skb_priority(0x7),recirc_id(0),in_port(1),${v4()}`,
    },
  ],
  dec_ttl: [
    { flows: 'ip,actions=dec_ttl,2', program: 'set(ipv4(ttl=63)),2', mask: v4('ttl=64,') },
    { flows: 'ip,actions=dec_ttl,2', packet: `${TCP},nw_ttl=1`, program: invalidTtl, mask: v4('ttl=1,') },
  ],
  exit: [{ flows: 'actions=resubmit(,1),3\ntable=1,actions=2,exit,1', program: '2' }],
  note: [{ flows: 'actions=note:01.02,2', program: '2' }],
  ct: [
    {
      flows: 'ip,actions=ct(commit,zone=5,exec(load:3->NXM_NX_CT_MARK[])),2',
      program: 'ct(commit,zone=5,mark=0x3/0xffffffff),2',
    },
    {
      flows: 'ip,actions=ct(zone=NXM_OF_IP_SRC[0..15],table=1)',
      program: 'ct(zone=1),recirc(0x1)',
      mask: v4('src=10.0.0.1/0.0.255.255,'),
    },
  ],
  nat: [{ flows: 'ip,actions=ct(commit,nat(src=10.0.0.9:1-9)),2', program: 'ct(commit,nat(src=10.0.0.9:1-9)),2' }],
  ct_clear: [
    { flows: 'ip,actions=ct_clear,2', program: '2' },
    { flows: 'ip,actions=ct_clear,2', packet: `${TCP},ct_state=trk|est`, program: 'ct_clear,2' },
  ],
  conjunction: [
    {
      flows:
        'conj_id=5,ip,actions=2\nip,nw_src=10.0.0.1,actions=conjunction(5,1/2)\ntcp,tp_dst=80,actions=conjunction(5,2/2)',
      program: '2',
      mask: `${v4('src=10.0.0.1,proto=6,')},tcp(dst=80)`,
    },
  ],
};
