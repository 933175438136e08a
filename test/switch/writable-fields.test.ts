/**
 * No write is accepted and then ignored: every field of the table that can be written, in every way of writing it, changes the
 * packet - or, where no packet carries the field, what a later table sees. A field that is new in the table is new here.
 */
import { describe, expect, test } from 'vitest';
import { compose } from '../../datapath/keys/compose.js';
import { DP_WORDS } from '../../datapath/keys/layout.js';
import { FIELD_NAMES, FIELDS, type FieldName, type Prerequisite, SLOTS } from '../../src/match/fields.js';
import { parseMatch } from '../../src/text/match.js';
import { VirtualSwitch } from '../helpers/virtual-switch.js';

const V4 = 'nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_ttl=64';
const V6 = 'ipv6_src=fd00::1,ipv6_dst=fd00::2,nw_ttl=64';
const TCP = `tcp,${V4},tp_src=1000,tp_dst=80,tcp_flags=ack`;
const ND = (type: number, option: string): string =>
  `icmp6,${V6},icmp_type=${type},icmp_code=0,nd_target=fd00::3,${option}=00:00:00:00:00:0a`;

/** A packet that has the field, in words of a match; and what a flow must match before it may write it. */
const PACKETS: Record<Prerequisite, readonly [packet: string, match: string]> = {
  none: [TCP, ''],
  ethernet: [TCP, ''],
  vlan: [`${TCP},dl_vlan=7,dl_vlan_pcp=1`, 'dl_vlan=7'],
  mpls: ['mpls,mpls_label=100,mpls_tc=2,mpls_ttl=64,mpls_bos=1', 'mpls'],
  arp: ['arp,arp_op=1,arp_spa=10.0.0.1,arp_tpa=10.0.0.2,arp_sha=00:00:00:00:00:0a', 'arp'],
  ipv4: [TCP, 'ip'],
  ipv6: [`tcp6,${V6},tp_src=1000,tp_dst=80,tcp_flags=ack`, 'ipv6'],
  ip: [TCP, 'ip'],
  tcp: [TCP, 'tcp'],
  udp: [`udp,${V4},tp_src=1000,tp_dst=53`, 'udp'],
  sctp: [`sctp,${V4},tp_src=1000,tp_dst=80`, 'sctp'],
  icmp: [`icmp,${V4},icmp_type=8,icmp_code=0`, 'icmp'],
  icmpv6: [`icmp6,${V6},icmp_type=128,icmp_code=0`, 'icmp6'],
  nd: [ND(135, 'nd_sll'), 'icmp6,icmp_type=135,icmp_code=0'],
  ndSolicit: [ND(135, 'nd_sll'), 'icmp6,icmp_type=135,icmp_code=0'],
  ndAdvert: [ND(136, 'nd_tll'), 'icmp6,icmp_type=136,icmp_code=0'],
  nsh: ['dl_type=0x894f,nsh_mdtype=1,nsh_np=1,nsh_ttl=63,nsh_spi=0x123456,nsh_si=255,nsh_c1=1', 'dl_type=0x894f'],
  ct: [TCP, 'ip'],
};

const VALUES: Partial<Record<FieldName, readonly [written: string, number: number]>> = {
  in_port: ['3', 3],
  vlan_vid: ['4101', 4101],
  vlan_tci: ['0x3005', 0x3005],
  nw_tos: ['4', 4],
  tun_flags: ['oam', 1],
  nd_options_type: ['2', 2],
  nsh_flags: ['2', 2],
};
const BY_FORMAT: Partial<Record<string, readonly [written: string, number: number]>> = {
  mac: ['00:00:00:00:00:05', 5],
  ipv4: ['0.0.0.5', 5],
  ipv6: ['::5', 5],
};
const valueFor = (field: FieldName): readonly [string, number] =>
  VALUES[field] ??
  BY_FORMAT[FIELDS[field].format] ??
  (FIELDS[field].bits === 1 ? ['1', 1] : FIELDS[field].bits < 3 ? ['3', 3] : ['5', 5]);

/** Nothing, and the mask of the lowest byte. */
const LOWEST_BYTE: Partial<Record<string, readonly [zero: string, mask: string]>> = {
  mac: ['00:00:00:00:00:00', '00:00:00:00:00:ff'],
  ipv4: ['0.0.0.0', '0.0.0.255'],
  ipv6: ['::', '::ff'],
};

/** Set by ct() only, and looked at after it. */
const IN_CT: readonly FieldName[] = ['ct_mark', 'ct_label'];
/** No action may name it: what there is says so (see the unit tests of texts and messages). */
const REFUSED: readonly FieldName[] = ['in_port_oxm'];

/** Of registers, which are many and alike, the first and the last of each width. */
const LIKE_ANOTHER = /^(reg([1-9]|[12]\d|30)|xreg([1-9]|1[0-4])|xxreg[1-6])$/;

const WRITABLE = FIELD_NAMES.filter((field) => {
  const { writable, slot } = FIELDS[field];
  return writable && slot !== null && !REFUSED.includes(field) && !IN_CT.includes(field) && !LIKE_ANOTHER.test(field);
});

/** A tag's id and priority are written in tags only. */
const packetFor = (field: FieldName): readonly [packet: string, match: string] =>
  /^dl_vlan|^vlan_vid/.test(field) ? PACKETS.vlan : PACKETS[FIELDS[field].needs];

function waysOf(field: FieldName): string[] {
  const { bits, maskable } = FIELDS[field];
  const [written, number] = valueFor(field);
  const width = Math.min(bits, 32);
  const source = `NXM_NX_REG15[0..${width - 1}]`;
  const low = `${field}[0..${width - 1}]`;
  const clear = [32, 96]
    .filter((from) => bits > from)
    .map((from) => `load:0->${field}[${from}..${Math.min(bits, from + 64) - 1}],`);
  const value = field === 'vlan_vid' ? number & 0xfff : number;
  const fromRegister = `${clear.join('')}load:${value}->NXM_NX_REG15[]`;
  return [
    `set_field:${written}->${field}`,
    `${clear.join('')}load:${value}->${low}`,
    `${fromRegister},move:${source}->${low}`,
    `${fromRegister},push:${source},pop:${low}`,
    ...(maskable && field !== 'tun_flags' ? [maskedWay(field)] : []),
  ];
}

/** All bits but the lowest eight are cleared before those are written. */
function maskedWay(field: FieldName): string {
  const [written, number] = valueFor(field);
  if (field === 'vlan_vid') return `set_field:4096->${field},set_field:${number}/0x10ff->${field}`;
  if (field === 'vlan_tci') return `set_field:0x1000->${field},set_field:${number}/0xf0ff->${field}`;
  const [zero, low] = LOWEST_BYTE[FIELDS[field].format] ?? ['0', '0xff'];
  return `set_field:${zero}->${field},set_field:${written}/${low}->${field}`;
}

const isInPacket = (field: FieldName): boolean => {
  const { slot } = FIELDS[field];
  return (
    slot !== null &&
    slot !== 'in_port' &&
    slot !== 'pkt_mark' &&
    !field.startsWith('tun_') &&
    SLOTS[slot][0] < DP_WORDS * 32
  );
};

describe.each(WRITABLE)('%s', (field) => {
  const [packet, match] = packetFor(field);
  const [written] = valueFor(field);
  const what = [match, `${field}=${written}`].filter((part) => part !== '').join(',');
  const then =
    field === 'nd_sll' || field === 'nd_tll' || field === 'icmpv6_type' || field === 'icmp_type' ? what : what;
  const { key } = parseMatch(`dl_src=00:00:00:00:00:01,dl_dst=00:00:00:00:00:02,${packet}`);
  const frame = compose(key, 0);

  test.each(waysOf(field))('%s', (actions) => {
    const flow = `${match}${match === '' ? '' : ','}in_port=1,actions=${actions},resubmit(,1)`;
    const sw = new VirtualSwitch(3, `${flow}\ntable=1,priority=2,${then},actions=2`);
    sw.send('p1', frame.slice());
    const out = sw.takeSent().p2 ?? [];
    expect(out, 'seen by the next table').toHaveLength(1);
    if (!isInPacket(field)) return;
    expect(out[0]).not.toEqual(frame);
    const judge = new VirtualSwitch(2, `priority=2,${then},actions=2`);
    expect(judge.route('p1', out[0]!), 'seen by the next switch').toEqual(['p2']);
  });
});

test.each(IN_CT)('%s', (field) => {
  for (const write of [`set_field:5->${field}`, `load:5->${field}[0..31]`, `move:NXM_NX_REG0[]->${field}[0..31]`]) {
    const flows = `in_port=1,ct_state=-trk,ip,actions=load:5->NXM_NX_REG0[],ct(commit,table=1,exec(${write}))\ntable=1,${field}=5,actions=2`;
    const sw = new VirtualSwitch(3, flows);
    const { key } = parseMatch(`dl_src=00:00:00:00:00:01,dl_dst=00:00:00:00:00:02,${PACKETS.tcp[0]}`);
    expect(sw.route('p1', compose(key, 0)), write).toEqual(['p2']);
  }
});

test.each([
  'load:5->vlan_vid[0..11]',
  'set_field:4101->vlan_vid',
  'move:NXM_NX_REG0[0..11]->vlan_vid[0..11]',
  'pop:vlan_vid[0..11]',
  'load:5->dl_vlan[]',
  'load:5->dl_vlan_pcp[]',
  'set_field:5->mpls_label',
])('%s is refused where there is nothing to write', (action) => {
  expect(() => new VirtualSwitch(2, `ip,actions=${action},2`)).toThrow(/OFPBAC_MATCH_INCONSISTENT/);
});
