/**
 * Programs about MPLS with a frame each, and what must leave by port 2: played in this process, and beside Open vSwitch. Stacks are
 * [label, traffic class, TTL], outermost first.
 */
import { frame } from './virtual-switch.js';

type Label = readonly [label: number, tc: number, ttl: number];

export interface MplsRow {
  readonly flows: string;
  readonly sent: Uint8Array;
  /** Null: nothing leaves. */
  readonly received: Uint8Array | null;
}

const ADDRESSES = 12;
const TAG = 4;

/** The frame with labels behind its Ethernet addresses and tags; `type` is that of the frame then. */
export function labelled(bytes: Uint8Array, labels: readonly Label[], type = 0x8847, tags = 0): Uint8Array {
  const at = ADDRESSES + TAG * tags;
  const stack = labels.flatMap(([label, tc, ttl], i) => {
    const entry = (label << 12) | (tc << 9) | (i === labels.length - 1 ? 0x100 : 0) | ttl;
    return [entry >>> 24, (entry >>> 16) & 0xff, (entry >>> 8) & 0xff, entry & 0xff];
  });
  return Uint8Array.from([...bytes.subarray(0, at), type >> 8, type & 0xff, ...stack, ...bytes.subarray(at + 2)]);
}

const V4 = 'nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_src=1000,tp_dst=80';
const tcp = (more = ''): Uint8Array => frame(`tcp,${V4},nw_tos=184,nw_ecn=1,nw_ttl=64,tcp_flags=ack${more}`);
const IP = tcp();
const UDP = frame(`udp,${V4},nw_ttl=9`);
const ICMP = frame('icmp,nw_src=10.0.0.1,nw_dst=10.0.0.2,icmp_type=8,icmp_code=0,nw_ttl=7');
const IP6 = frame('udp6,ipv6_src=fd00::1,ipv6_dst=fd00::2,nw_tos=112,nw_ttl=9,tp_src=1,tp_dst=2');
const ARP = frame('arp,arp_op=1,arp_spa=10.0.0.1,arp_tpa=10.0.0.2');
const TAGGED = tcp(',dl_vlan=7,dl_vlan_pcp=2');
const ONE: readonly Label[] = [[100, 3, 64]];
const TWO: readonly Label[] = [...ONE, [200, 2, 32]];
const THREE: readonly Label[] = [...TWO, [300, 1, 16]];
const FOUR: readonly Label[] = [...THREE, [400, 0, 8]];

const row = (flows: string, sent: Uint8Array, received: Uint8Array | null): MplsRow => ({ flows, sent, received });

export const MPLS_ROWS: readonly MplsRow[] = [
  // The first label: TTL and class are the packet's.
  row('ip,actions=push_mpls:0x8847,2', IP, labelled(IP, [[0, 6, 64]])),
  row('ip,actions=push_mpls:0x8847,2', UDP, labelled(UDP, [[0, 0, 9]])),
  row('ip,actions=push_mpls:0x8848,2', ICMP, labelled(ICMP, [[0, 0, 7]], 0x8848)),
  row('ipv6,actions=push_mpls:0x8847,2', IP6, labelled(IP6, [[2, 4, 9]])),
  row('arp,actions=push_mpls:0x8847,2', ARP, labelled(ARP, [[0, 0, 64]])),
  row('ip,actions=dec_ttl,push_mpls:0x8847,2', IP, labelled(tcp(',nw_ttl=63'), [[0, 6, 63]])),
  row('ip,actions=push_mpls:0x8847,set_mpls_label:5,set_mpls_tc:1,set_mpls_ttl:9,2', IP, labelled(IP, [[5, 1, 9]])),
  row('ip,actions=push_mpls:0x8847,set_field:5->mpls_label,set_field:1->mpls_tc,2', IP, labelled(IP, [[5, 1, 64]])),
  // More of them are copies.
  row(
    'ip,actions=push_mpls:0x8847,set_mpls_label:10,push_mpls:0x8847,set_mpls_label:20,2',
    IP,
    labelled(IP, [
      [20, 6, 64],
      [10, 6, 64],
    ]),
  ),
  row(
    'ip,actions=push_mpls:0x8847,push_mpls:0x8847,push_mpls:0x8847,2',
    IP,
    labelled(IP, [
      [0, 6, 64],
      [0, 6, 64],
      [0, 6, 64],
    ]),
  ),
  row('ip,actions=push_mpls:0x8847,push_mpls:0x8847,push_mpls:0x8847,push_mpls:0x8847,2', IP, null),
  row('mpls,actions=push_mpls:0x8847,2', labelled(IP, ONE), labelled(IP, [...ONE, ...ONE])),
  row(
    'mpls,actions=push_mpls:0x8848,set_mpls_label:9,2',
    labelled(IP, TWO),
    labelled(IP, [[9, 3, 64], ...TWO], 0x8848),
  ),
  row('mpls,actions=push_mpls:0x8847,2', labelled(IP, THREE), null),
  // Pops, down to the packet and not.
  row('mpls,actions=pop_mpls:0x0800,2', labelled(IP, ONE), IP),
  row('mpls,actions=pop_mpls:0x86dd,2', labelled(IP6, ONE), IP6),
  row('mpls,actions=pop_mpls:0x0806,2', labelled(ARP, ONE), ARP),
  row('mpls,actions=pop_mpls:0x8847,2', labelled(IP, TWO), labelled(IP, TWO.slice(1))),
  row('mpls,actions=pop_mpls:0x8847,pop_mpls:0x0800,2', labelled(UDP, TWO), UDP),
  row('mpls,actions=pop_mpls:0x8847,pop_mpls:0x8847,pop_mpls:0x0800,2', labelled(ICMP, THREE), ICMP),
  row('mpls,actions=pop_mpls:0x8847,2', labelled(IP, FOUR), null),
  row('mpls,actions=2', labelled(IP, FOUR), labelled(IP, FOUR)),
  row('ip,actions=push_mpls:0x8847,pop_mpls:0x0800,2', IP, IP),
  row('ip,actions=push_mpls:0x8847,3,pop_mpls:0x0800,2', IP, IP),
  // What is behind is looked at anew.
  row('mpls,actions=pop_mpls:0x0800,dec_ttl,2', labelled(IP, ONE), tcp(',nw_ttl=63')),
  row(
    'mpls,actions=pop_mpls:0x0800,mod_nw_ttl:5,push_mpls:0x8847,2',
    labelled(IP, ONE),
    labelled(tcp(',nw_ttl=5'), [[0, 6, 5]]),
  ),
  row('mpls,actions=pop_mpls:0x0800,resubmit(,1)\ntable=1,tcp,tp_dst=80,actions=2', labelled(IP, ONE), IP),
  row('mpls,actions=pop_mpls:0x0800,goto_table:1\ntable=1,udp,tp_dst=80,actions=2', labelled(UDP, ONE), UDP),
  row(
    'mpls,actions=pop_mpls:0x86dd,goto_table:1\ntable=1,udp6,tp_dst=2,actions=dec_ttl,2',
    labelled(IP6, TWO.slice(1)),
    frame('udp6,ipv6_src=fd00::1,ipv6_dst=fd00::2,nw_tos=112,nw_ttl=8,tp_src=1,tp_dst=2'),
  ),
  row(
    'mpls,actions=pop_mpls:0x8847,goto_table:1\ntable=1,mpls,mpls_label=200,mpls_bos=1,actions=dec_mpls_ttl,2',
    labelled(IP, TWO),
    labelled(IP, [[200, 2, 31]]),
  ),
  row(
    'mpls,actions=load:1->NXM_NX_REG0[],resubmit(,1),load:2->NXM_NX_REG0[],resubmit(,2)\ntable=1,mpls,actions=pop_mpls:0x0800,resubmit(,3)\ntable=2,tcp,reg0=2,actions=2\ntable=3,tcp,reg0=1,actions=mod_tp_dst:81',
    labelled(IP, ONE),
    frame(`tcp,${V4.replace('80', '81')},nw_tos=184,nw_ecn=1,nw_ttl=64,tcp_flags=ack`),
  ),
  row(
    'mpls,actions=pop_mpls:0x0800,move:NXM_OF_IP_SRC[]->NXM_NX_REG0[],resubmit(,1)\ntable=1,reg0=0x0a000001,actions=2',
    labelled(IP, ONE),
    IP,
  ),
  // Sets, matches, the end of the TTL.
  row(
    'mpls,mpls_label=100,mpls_tc=3,mpls_ttl=64,mpls_bos=0,actions=set_mpls_label:5,set_mpls_tc:1,set_mpls_ttl:9,2',
    labelled(IP, TWO),
    labelled(IP, [[5, 1, 9], TWO[1]!]),
  ),
  row('mpls,mpls_bos=1,actions=2', labelled(IP, TWO), null),
  row('mpls,actions=dec_mpls_ttl,2', labelled(IP, ONE), labelled(IP, [[100, 3, 63]])),
  row('mpls,actions=dec_mpls_ttl,2', labelled(IP, [[100, 3, 1]]), null),
  row('mpls,actions=move:NXM_NX_MPLS_TTL[]->OXM_OF_MPLS_LABEL[0..7],2', labelled(IP, ONE), labelled(IP, [[64, 3, 64]])),
  row('mpls,actions=load:7->OXM_OF_MPLS_LABEL[4..6],2', labelled(IP, ONE), labelled(IP, [[0x74, 3, 64]])),
  // Tags stand before labels, whichever came first.
  row('dl_vlan=7,actions=push_mpls:0x8847,2', TAGGED, labelled(TAGGED, [[0, 6, 64]], 0x8847, 1)),
  row('dl_vlan=7,actions=pop_vlan,push_mpls:0x8847,2', TAGGED, labelled(IP, [[0, 6, 64]])),
  row('mpls,dl_vlan=7,actions=pop_mpls:0x0800,2', labelled(TAGGED, ONE, 0x8847, 1), TAGGED),
  row('mpls,dl_vlan=7,actions=pop_mpls:0x0800,pop_vlan,dec_ttl,2', labelled(TAGGED, ONE, 0x8847, 1), tcp(',nw_ttl=63')),
  // Action sets have their own order.
  row('ip,actions=write_actions(output:2,dec_mpls_ttl,push_mpls:0x8847)', IP, labelled(IP, [[0, 6, 63]])),
  row(
    'mpls,actions=write_actions(output:2,push_mpls:0x8847,set_field:6->mpls_label,pop_mpls:0x0800)',
    labelled(IP, ONE),
    labelled(IP, [[6, 6, 64]]),
  ),
];
