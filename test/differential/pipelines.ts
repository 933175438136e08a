/**
 * Sessions about translation: random flows in four tables, with matches and actions on fields of every kind, and random
 * frames that hit them; now and then frames that try a parser.
 */
import { type Rng, SeededRng } from '../../datapath/base/rng.js';
import { HostileFrames } from '../helpers/hostile-frames.js';
import { frame } from '../helpers/packets.js';
import { numbered } from './ct-programs.js';
import type { FrameStep, Session } from './session.js';
import { PORTS } from './side.js';
import { pick } from './talks.js';

const TABLES = 4;
const FLOWS_PER_TABLE = 9;

type Proto = 'tcp' | 'udp' | 'icmp' | 'tcp6' | 'udp6' | 'icmp6' | 'arp' | 'ip' | 'ipv6' | 'sctp' | '';

const PROTOS: readonly Proto[] = ['tcp', 'udp', 'icmp', 'tcp6', 'udp6', 'icmp6', 'arp', 'ip', 'ipv6', 'sctp', ''];
const WITH_FRAMES: readonly Proto[] = ['tcp', 'tcp', 'udp', 'udp', 'icmp', 'tcp6', 'udp6', 'icmp6', 'arp', 'sctp'];
const MACS = ['02:00:00:00:00:01', '02:00:00:00:00:02', '02:00:00:00:00:03', 'ff:ff:ff:ff:ff:ff', '01:00:5e:00:00:01'];
const IPV4 = ['10.0.0.1', '10.0.0.2', '10.0.1.1', '192.168.1.1', '224.0.0.5'];
const IPV6 = ['fc00::1', 'fc00::2', 'fc00:1::1', 'fe80::1', 'ff02::1'];
const TCP_FLAGS = ['syn', 'ack', 'syn|ack', 'fin|ack', 'rst', 'psh|ack'];
const PORT_NUMBERS = [80, 81, 443, 1024, 65535];
const VLANS = [1, 5, 4095];

const isV4 = (proto: Proto): boolean => ['tcp', 'udp', 'icmp', 'ip', 'sctp'].includes(proto);
const isV6 = (proto: Proto): boolean => ['tcp6', 'udp6', 'icmp6', 'ipv6'].includes(proto);
const l4Of = (proto: Proto): string | null => /^(tcp|udp|sctp)/.exec(proto)?.[1] ?? null;

const PUSHES = ['push_vlan:0x8100', 'push_vlan:0x88a8'];
/** What `normal` may meet: of a tag for VLAN 0, Open vSwitch takes off what is inside, too. */
const FILLED_PUSHES = PUSHES.map((push) => `${push},set_field:4101->vlan_vid`);
/** These are of OpenFlow 1.0; `push_vlan`, which is not, takes their place in some programs. */
const VLAN_ACTIONS: readonly string[] = [
  'mod_vlan_vid:5',
  'mod_vlan_vid:1',
  'mod_vlan_pcp:3',
  'strip_vlan',
  'load:0x1005->NXM_OF_VLAN_TCI[]',
];

type Term = (rng: Rng, proto: Proto) => string | null;

/** Conditions, one per field; null where the protocol has no such field. */
const TERMS: readonly Term[] = [
  (rng) => `in_port=${1 + rng.below(3)}`,
  (rng) => `dl_src=${pick(rng, MACS)}`,
  (rng) =>
    `dl_dst=${pick(rng, [...MACS, '01:00:00:00:00:00/01:00:00:00:00:00', '02:00:00:00:00:00/ff:ff:ff:ff:ff:f0'])}`,
  (rng) =>
    pick(rng, ['vlan_tci=0', 'vlan_tci=0x1000/0x1000', `dl_vlan=${pick(rng, VLANS)}`, 'dl_vlan=5,dl_vlan_pcp=3']),
  (rng, proto) => (isV4(proto) ? `nw_src=${pick(rng, IPV4)}${pick(rng, ['', '/24', '/16', '/8', '/30'])}` : null),
  (rng, proto) => (isV4(proto) ? `nw_dst=${pick(rng, IPV4)}${pick(rng, ['', '/24', '/8', '/255.0.255.0'])}` : null),
  (rng, proto) => (isV6(proto) ? `ipv6_src=${pick(rng, IPV6)}${pick(rng, ['', '/64', '/16', '/127'])}` : null),
  (rng, proto) => (isV6(proto) ? `ipv6_dst=${pick(rng, IPV6)}${pick(rng, ['', '/32', '/10'])}` : null),
  (rng, proto) => (isV6(proto) ? `ipv6_label=${pick(rng, ['0x0', '0x12345', '0x00005/0x0000f'])}` : null),
  (rng, proto) => (isV4(proto) || isV6(proto) ? `nw_ttl=${pick(rng, [1, 2, 64])}` : null),
  (rng, proto) => (isV4(proto) || isV6(proto) ? pick(rng, ['nw_tos=0', 'nw_tos=32', 'nw_ecn=1']) : null),
  (rng, proto) =>
    proto === 'ip' || proto === 'ipv6' ? `ip_frag=${pick(rng, ['no', 'first', 'later', 'not_later', 'yes'])}` : null,
  (rng, proto) => (l4Of(proto) ? `tp_src=${pick(rng, [...PORT_NUMBERS, '0x400/0xfc00', '80/0xfffe'])}` : null),
  (rng, proto) => (l4Of(proto) ? `tp_dst=${pick(rng, [...PORT_NUMBERS, '0x50/0xfff0'])}` : null),
  (rng, proto) =>
    l4Of(proto) === 'tcp' ? `tcp_flags=${pick(rng, ['+syn', '+syn-ack', '-syn', '+ack-fin', '0x012/0xfff'])}` : null,
  (rng, proto) => (proto === 'icmp' ? pick(rng, ['icmp_type=8', 'icmp_type=3', 'icmp_type=8,icmp_code=0']) : null),
  (rng, proto) =>
    proto === 'icmp6'
      ? pick(rng, [
          'icmp_type=128',
          'icmp_type=135,icmp_code=0',
          `icmp_type=135,icmp_code=0,nd_target=${pick(rng, IPV6)}`,
          'icmp_type=136,icmp_code=0',
        ])
      : null,
  (rng, proto) =>
    proto === 'arp'
      ? pick(rng, [
          'arp_op=1',
          'arp_op=2',
          `arp_spa=${pick(rng, IPV4)}`,
          `arp_tpa=${pick(rng, IPV4)}/24`,
          `arp_sha=${pick(rng, MACS)}`,
        ])
      : null,
  (rng) => pick(rng, ['reg0=0', 'reg0=0x5', 'reg1=0x1/0x1', 'metadata=0x7', 'reg2=0/0xff']),
];

/** Actions; null where the protocol has no such field. */
const ACTIONS: readonly Term[] = [
  (rng) => `output:${1 + rng.below(3)}`,
  (rng) => `output:${1 + rng.below(3)}`,
  (rng) => pick(rng, ['in_port', 'flood', 'all', 'output:NXM_NX_REG3[]']),
  (rng) => `load:${pick(rng, [0, 1, 5, 7])}->NXM_NX_REG0[]`,
  (rng) => `load:${1 + rng.below(3)}->${pick(rng, ['NXM_NX_REG3[]', 'NXM_NX_REG1[0..3]', 'NXM_NX_REG2[4..9]', 'OXM_OF_METADATA[0..7]', 'NXM_OF_IN_PORT[]'])}`,
  (rng) => `set_field:${pick(rng, MACS)}->${pick(rng, ['eth_src', 'eth_dst'])}`,
  (rng) => pick(rng, ['move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[]', 'move:NXM_OF_ETH_DST[0..31]->NXM_NX_REG0[]', 'move:NXM_OF_ETH_SRC[0..15]->NXM_NX_REG1[8..23]', 'move:NXM_NX_REG0[0..7]->NXM_OF_ETH_SRC[40..47]', 'move:NXM_OF_VLAN_TCI[0..11]->NXM_NX_REG2[0..11]']),
  (rng) => pick(rng, VLAN_ACTIONS),
  (rng) => pick(rng, ['push:NXM_NX_REG0[]', 'pop:NXM_NX_REG1[]', 'push:NXM_OF_ETH_SRC[],pop:NXM_OF_ETH_DST[]']),
  (rng, proto) => (isV4(proto) ? pick(rng, [`mod_nw_src:${pick(rng, IPV4)}`, `mod_nw_dst:${pick(rng, IPV4)}`, 'load:0x0a00->NXM_OF_IP_DST[16..31]', 'move:NXM_OF_IP_SRC[]->NXM_OF_IP_DST[]', 'move:NXM_OF_IP_SRC[0..15]->NXM_NX_REG1[16..31]']) : null),
  (rng, proto) => (isV6(proto) ? pick(rng, [`set_field:${pick(rng, IPV6)}->ipv6_src`, `set_field:${pick(rng, IPV6)}/ffff::->ipv6_dst`, 'set_field:0xabcde->ipv6_label', 'move:NXM_NX_IPV6_SRC[64..127]->NXM_NX_IPV6_DST[64..127]']) : null),
  (rng, proto) => (isV4(proto) || isV6(proto) ? pick(rng, ['dec_ttl', 'dec_ttl', 'mod_nw_ttl:9', 'mod_nw_tos:32', 'load:1->NXM_NX_IP_ECN[]', 'load:0x15->NXM_OF_IP_TOS[2..7]', 'move:NXM_NX_IP_TTL[]->NXM_NX_REG0[0..7]']) : null),
  (rng, proto) => (l4Of(proto) ? pick(rng, [`mod_tp_src:${pick(rng, PORT_NUMBERS)}`, `mod_tp_dst:${pick(rng, PORT_NUMBERS)}`, `load:1->OXM_OF_${l4Of(proto)?.toUpperCase()}_DST[8..15]`]) : null),
  (rng, proto) => (proto === 'arp' ? pick(rng, ['load:2->NXM_OF_ARP_OP[]', 'move:NXM_NX_ARP_SHA[]->NXM_NX_ARP_THA[]', `set_field:${pick(rng, IPV4)}->arp_spa`, 'move:NXM_OF_ARP_SPA[]->NXM_OF_ARP_TPA[]', `set_field:${pick(rng, MACS)}->arp_sha`]) : null),
  (rng, proto) => (proto === 'icmp' ? pick(rng, ['load:3->NXM_OF_ICMP_TYPE[]', 'set_field:7->icmp_code']) : null),
  (rng, proto) => (proto === 'icmp6' ? pick(rng, ['load:129->NXM_NX_ICMPV6_TYPE[]', 'set_field:7->icmpv6_code']) : null),
]; // biome-ignore format: rows

export function pipelineSession(seed: number, frames: number): Session {
  const rng = new SeededRng(seed);
  const learns = rng.below(4) === 0;
  const flows: string[] = [];
  for (let table = 0; table < TABLES; table++)
    for (let i = 0; i < FLOWS_PER_TABLE; i++) flows.push(aFlow(rng, table, i, learns));
  const vlans =
    rng.below(2) === 0
      ? flows
      : flows.map((flow) =>
          flow.replace(/mod_vlan_\w+:\d|strip_vlan/g, () => pick(rng, learns ? FILLED_PUSHES : PUSHES)),
        );
  const hostile = new HostileFrames(rng);
  const steps: FrameStep[] = [];
  for (let i = 0; i < frames; i++) steps.push(aStep(rng, hostile, i));
  steps.sort((a, b) => (learns ? 0 : a.port - b.port));
  return {
    name: learns ? 'flows that learn' : 'flows',
    seed,
    flows: numbered(vlans),
    steps,
    pace: learns ? 'settled' : 'bursts',
  };
}

/** Priorities within a table all differ, so that the order is the same in both. */
function aFlow(rng: Rng, table: number, i: number, learns: boolean): string {
  const proto = i === 0 ? '' : pick(rng, PROTOS);
  const terms = i === 0 ? [] : TERMS.filter(() => rng.below(8) === 0).flatMap((term) => term(rng, proto) ?? []);
  const match = [...(proto === '' ? [] : [proto]), ...terms].join(',');
  return `table=${table},priority=${i + 1 + 20 * terms.length}${match === '' ? '' : `,${match}`},actions=${actions(rng, proto, table, learns)}`;
}

function actions(rng: Rng, proto: Proto, table: number, learns: boolean): string {
  const drawn: string[] = [];
  for (let i = rng.below(5); i > 0; i--) drawn.push(pick(rng, ACTIONS)(rng, proto) ?? 'output:2');
  // Behind two tags, whether a frame is IP can no longer be said: one VLAN action is enough.
  const list = drawn.filter((action, i) => !action.includes('lan') || i === drawn.findIndex((a) => a.includes('lan')));
  const isLast = table === TABLES - 1;
  if (isLast) list.push(learns ? 'normal' : pick(rng, ['output:1', 'output:2', 'output:3', 'flood']));
  else if (rng.below(4) > 0) list.push(`resubmit(,${table + 1 + rng.below(TABLES - 1 - table)})`);
  if (!isLast && rng.below(5) === 0) list.push(pick(rng, ['output:3', 'exit', `resubmit(2,${TABLES - 1})`]));
  return withPops(list.length === 0 ? ['drop'] : list).join(',');
}

/** A pop of nothing is an error of the flow's own, told in the log: it comes behind a push. */
function withPops(list: readonly string[]): string[] {
  let depth = 0;
  return list.filter((action) => {
    if (action.startsWith('push:') && !action.includes('pop:')) depth++;
    if (!action.startsWith('pop:')) return true;
    return depth-- > 0;
  });
}

function aStep(rng: Rng, hostile: HostileFrames, talk: number): FrameStep {
  const port = pick(rng, PORTS);
  if (rng.below(5) === 0) {
    const bytes = hostile.next();
    // A dummy port takes nothing shorter than an Ethernet header and sends nothing longer than its MTU.
    if (bytes.length >= 14 && bytes.length <= 1500) return { port, advanceMs: 0, frame: bytes, talk, text: 'hostile' };
  }
  const text = frameText(rng);
  return { port, advanceMs: 0, frame: frame(text, { payload: Uint8Array.of(talk >>> 8, talk) }), talk, text };
}

function frameText(rng: Rng): string {
  const proto = pick(rng, WITH_FRAMES);
  const words: string[] = [proto, `dl_src=${pick(rng, MACS.slice(0, 3))}`, `dl_dst=${pick(rng, MACS)}`];
  if (rng.below(3) === 0) words.push(`dl_vlan=${pick(rng, VLANS)}`, `dl_vlan_pcp=${pick(rng, [0, 3, 7])}`);
  if (isV4(proto)) words.push(`nw_src=${pick(rng, IPV4.slice(0, 4))}`, `nw_dst=${pick(rng, IPV4)}`);
  if (isV6(proto)) words.push(`ipv6_src=${pick(rng, IPV6.slice(0, 4))}`, `ipv6_dst=${pick(rng, IPV6)}`);
  if (isV6(proto)) words.push(`ipv6_label=${pick(rng, ['0', '0x12345'])}`);
  if (isV4(proto) || isV6(proto)) words.push(`nw_ttl=${pick(rng, [1, 2, 64, 64])}`, `nw_tos=${pick(rng, [0, 32])}`);
  const l4 = l4Of(proto);
  if (l4 !== null) words.push(`${l4}_src=${pick(rng, PORT_NUMBERS)}`, `${l4}_dst=${pick(rng, PORT_NUMBERS)}`);
  if (l4 === 'tcp') words.push(`tcp_flags=${pick(rng, TCP_FLAGS)}`);
  if (proto === 'icmp') words.push(`icmp_type=${pick(rng, [8, 0, 3])}`, 'icmp_code=0');
  if (proto === 'icmp6')
    words.push(pick(rng, ['icmp_type=128,icmp_code=0', `icmp_type=135,icmp_code=0,nd_target=${pick(rng, IPV6)}`]));
  if (proto === 'arp') {
    words.push(`arp_op=${1 + rng.below(2)}`, `arp_spa=${pick(rng, IPV4)}`, `arp_tpa=${pick(rng, IPV4)}`);
    words.push(`arp_sha=${pick(rng, MACS)}`, `arp_tha=${pick(rng, MACS)}`);
  }
  return words.join(',');
}
