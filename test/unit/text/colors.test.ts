/** Colours: what the real ovs-ofctl prints with --color=always (captured from 3.1), and that nothing but colours is added. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ConnEntry, CtTuple } from '../../../datapath/conntrack/query/dump.js';
import type { FlowStats, OfVersion } from '../../../src/openflow/message-types.js';
import { colorsFrom, PLAIN } from '../../../src/text/colors.js';
import { formatConnection, formatExpectation } from '../../../src/text/conntrack.js';
import { formatConnectionProc, formatConnectionTool } from '../../../src/text/conntrack-linux.js';
import { formatFlow, formatFlowStats, parseFlow } from '../../../src/text/flow.js';
import { formatPacket } from '../../../src/text/packet.js';
import { readable, withoutColors } from '../../helpers/color-text.js';
import { frame } from '../../helpers/virtual-switch.js';

const colors = colorsFrom('');
const COUNTERS = { durationSec: 7, durationNsec: 5e6, idleAge: 2, hardAge: 3, packets: 4n, bytes: 5n };

/** A line of diff-flows, which has nothing but match and actions. */
const lineOf = (flow: string, version: OfVersion, paint?: typeof colors): string =>
  formatFlow({ ...parseFlow(flow), table: 0 }, { version, colors: paint });

describe('matches and actions', () => {
  // biome-ignore format: a table
  const rows: [flow: string, version: OfVersion, expected: string][] = [
    ['priority=5,tcp,nw_src=10.0.0.1,tp_dst=80,actions=drop', 4, '{sp:priority=}5,{vl:tcp},{pm:nw_src=}10.0.0.1,{pm:tp_dst=}80 actions={dr:drop}'],
    ['ct_state=+trk,ct_zone=5,ip,reg0=5/7,in_port=1,actions=LOCAL', 4, '{pm:ct_state=}+trk,{pm:ct_zone=}5,{vl:ip},{pm:reg0=}0x5/0x7,{pm:in_port=}1 actions=LOCAL'],
    ['dl_vlan=5,dl_vlan_pcp=3,dl_type=0x1234,actions=NORMAL', 4, '{pm:dl_vlan=}5,{pm:dl_vlan_pcp=}3,{pm:dl_type=}0x1234 actions=NORMAL'],
    ['vlan_tci=0x1000/0x1000,actions=1', 4, '{pm:vlan_tci=}0x1000/0x1000 actions={sp:output:}1'],
    ['ip,nw_proto=47,nw_tos=8,nw_frag=no,actions=1', 4, '{vl:ip},{pm:nw_proto=}47,{pm:nw_tos=}8,{pm:nw_frag=}no actions={sp:output:}1'],
    ['arp,arp_op=1,arp_sha=00:00:00:00:00:01,actions=1', 4, '{vl:arp},{pm:arp_op=}1,{pm:arp_sha=}00:00:00:00:00:01 actions={sp:output:}1'],
    ['ipv6,ipv6_label=5,ipv6_src=::1,actions=1', 4, '{vl:ipv6},{pm:ipv6_src=}::1,{pm:ipv6_label=}0x00005 actions={sp:output:}1'],
    ['icmp,icmp_type=3,actions=1', 4, '{vl:icmp},{pm:icmp_type=}3 actions={sp:output:}1'],
    ['tcp,tcp_flags=+syn-ack,actions=1', 4, '{vl:tcp},{pm:tcp_flags=}+syn-ack actions={sp:output:}1'],
    ['conj_id=3,actions=conjunction(3,1/2)', 4, '{pm:conj_id}=3 actions={pr:conjunction(}3,1/2{pr:)}'],
    ['tun_gbp_id=4,tun_gbp_flags=3,actions=drop', 4, '{pm:tun_gbp_id=}4,tun_gbp_flags=0x3 actions={dr:drop}'],
    ['tun_gtpu_flags=5,tun_gtpu_msgtype=4,actions=drop', 4, 'gtpu_flags=0x5,gtpu_msgtype=4 actions={dr:drop}'],
    ['packet_type=(1,0x800),actions=drop', 6, 'packet_type=(1,0x800) actions={dr:drop}'],
    ['tcp,actions=ct(commit,force,table=3,zone=5,nat(src=1.1.1.1-1.1.1.5:10-20,persistent,hash))', 4, '{vl:tcp} actions={pr:ct(}{vl:commit},{vl:force},{sp:table=}3,{pm:zone=}5,{pr:nat}{pr:(}{pm:src}{pm:=}1.1.1.1-1.1.1.5:10-20,{vl:persistent},{vl:hash}{pr:)}{pr:)}'],
    ['tcp,actions=ct(commit,nat(dst),alg=ftp)', 4, '{vl:tcp} actions={pr:ct(}{vl:commit},{pr:nat}{pr:(}{pm:dst}{pr:)},{pm:alg=}ftp{pr:)}'],
    ['tcp,actions=ct(nat,commit,exec(load:5->ct_mark)),ct_clear', 1, '{vl:tcp} actions={pr:ct(}{vl:commit},{pr:nat},{pr:exec(}{sp:load:}0x5{sp:->}NXM_NX_CT_MARK[]{pr:)}{pr:)},{vl:ct_clear}'],
    ['ip,actions=dec_ttl,dec_ttl(1,2),controller(reason=invalid_ttl,id=3,userdata=01,pause)', 4, '{vl:ip} actions={pr:dec_ttl},{pr:dec_ttl}{pr:(}1,2{pr:)},{pr:controller(}{pm:reason=}invalid_ttl,{pm:id=}3,{pm:userdata=}01,{vl:pause}{pr:)}'],
    ['actions=resubmit:1,resubmit(,2),controller,enqueue:1:2,group:5,exit', 1, 'actions={sp:resubmit:}1,{pr:resubmit(},2{pr:)},{sp:CONTROLLER:}65535,{pm:enqueue:}1:2,{sp:group:}5,{sp:exit}'],
    ['actions=set_field:5->reg0,move:reg0[0..3]->reg1[4..7],push:reg0,pop:reg1', 4, 'actions={sp:set_field:}0x5{sp:->}reg0,{sp:move:}NXM_NX_REG0[0..3]{sp:->}NXM_NX_REG1[4..7],{pm:push:}NXM_NX_REG0[],{pm:pop:}NXM_NX_REG1[]'],
    ['actions=output:reg0[],output(port=1,max_len=100),note:01,set_queue:5,pop_queue', 4, 'actions={sp:output:}NXM_NX_REG0[],{sp:output}(port=1,max_len=100),{pm:note:}01,{pm:set_queue:}5,{vl:pop_queue}'],
    ['dl_vlan=1,actions=mod_vlan_vid:5,strip_vlan,mod_dl_src:00:00:00:00:00:01', 1, '{pm:dl_vlan=}1 actions={pm:mod_vlan_vid:}5,{vl:strip_vlan},{pm:mod_dl_src:}00:00:00:00:00:01'],
    ['mpls,actions=set_mpls_label(5),dec_mpls_ttl,pop_mpls:0x800', 1, '{vl:mpls} actions={pr:set_mpls_label(}5{pr:)},{vl:dec_mpls_ttl},{pm:pop_mpls:}0x0800'],
    ['actions=clear_actions,write_actions(output:1),write_metadata:1/3,goto_table:3', 4, 'actions={vl:clear_actions},{pr:write_actions(}{sp:output:}1{pr:)},{pm:write_metadata:}0x1/0x3,{pm:goto_table:}3'],
    ['actions=write_actions(drop)', 4, 'actions={pr:write_actions(}{dr:drop}{pr:)}'],
  ];
  test.each(rows)('%s', (flow, version, expected) => {
    expect(readable(lineOf(flow, version, colors)).trim()).toBe(expected);
  });

  test('and no flow of the test vectors has more than colours added', () => {
    for (const name of ['matches', 'actions', 'flows']) {
      const lines = readFileSync(`test/vectors/${name}.txt`, 'utf8').split('\n');
      for (const [i, line] of lines.entries()) {
        const [, minor, flow] = /^# 1\.(\d) (.*)$/.exec(line) ?? [];
        if (flow === undefined || lines[i + 1]!.startsWith('! ')) continue;
        const version = (Number(minor) + 1) as OfVersion;
        const plain = lineOf(flow, version);
        expect(withoutColors(lineOf(flow, version, colors))).toBe(plain);
        expect(plain).not.toContain('\x1b');
      }
    }
  });
});

describe('whole flows', () => {
  const mod = parseFlow(
    'table=3,cookie=7,idle_timeout=10,hard_timeout=20,importance=4,send_flow_rem,priority=5,tcp,actions=2',
  );
  const stats: FlowStats = { ...mod, ...COUNTERS };

  test('dump-flows', () => {
    expect(readable(formatFlowStats(stats, { names: { version: 6, colors } }))).toBe(
      ' {pm:cookie=}0x7, {pm:duration=}7.005s, {sp:table=}3, {pm:n_packets=}4, {pm:n_bytes=}5, {pm:idle_timeout=}10, ' +
        '{pm:hard_timeout=}20, send_flow_rem {pm:importance=}4, {pm:idle_age=}2, {pm:hard_age=}3, ' +
        '{sp:priority=}5,{vl:tcp} {ac:actions=}{sp:output:}2',
    );
    expect(readable(formatFlowStats(stats, { names: { colors }, showStats: false }))).toBe(
      ' {pm:cookie=}0x7, {sp:table=}3, {pm:idle_timeout=}10, {pm:hard_timeout=}20, send_flow_rem {pm:importance=}4, ' +
        '{sp:priority=}5,{vl:tcp} {ac:actions=}{sp:output:}2',
    );
  });

  test('diff-flows', () => {
    expect(readable(formatFlow(mod, { colors }))).toBe(
      'table=3 {sp:priority=}5,{vl:tcp} cookie=0x7 idle_timeout=10 hard_timeout=20 importance=4 send_flow_rem actions={sp:output:}2',
    );
  });

  test.each(['tcp', 'udp,dl_vlan=5', 'tcp,dl_vlan=5,dl_vlan_pcp=3'])('a frame: %s', (text) => {
    const bytes = frame(text);
    expect(withoutColors(formatPacket(bytes, colors))).toBe(formatPacket(bytes));
    expect(readable(formatPacket(bytes, colors))).toMatch(/^\{vl:(tcp|udp)\},\{pm:(vlan_tci|dl_vlan)=\}/);
    if (text.includes('vlan'))
      expect(readable(formatPacket(bytes, colors))).toMatch(
        /\{pm:dl_vlan_pcp=\}\d,\{pm:vlan_tci1=\}0x0000,\{pm:dl_src=\}/,
      );
  });
});

describe('colours of one own', () => {
  const painted = (setting: string, kind: 'drop' | 'param' | 'value'): string => colorsFrom(setting)[kind]('x');
  const rows: [setting: string, drop: string, param: string][] = [
    ['', '34', '36'],
    ['dr=1;4', '1;4', '36'],
    ['dr=', '', '36'],
    ['dr=1:pm=2:dr=3', '3', '2'],
    ['dr=red:pm=4x:zz=5::=:dr', '34', '36'],
  ];
  test.each(rows)('"%s"', (setting, drop, param) => {
    expect(painted(setting, 'drop')).toBe(`\x1b[${drop}m\x1b[Kx\x1b[m\x1b[K`);
    expect(painted(setting, 'param')).toBe(`\x1b[${param}m\x1b[Kx\x1b[m\x1b[K`);
    expect(painted(setting, 'value')).toBe('\x1b[32m\x1b[Kx\x1b[m\x1b[K');
  });
  test('none', () => expect(PLAIN.drop('x')).toBe('x'));
});

describe('connections', () => {
  const orig = { proto: 6, family: 4, src: 0x0a000001n, dst: 0x0a000002n, srcPort: 1, dstPort: 2 } as CtTuple;
  const reply: CtTuple = { ...orig, src: orig.dst, dst: orig.src };
  const connection = {
    family: 4,
    proto: 6,
    orig,
    reply,
    zone: 5,
    mark: 3,
    labels: 7n,
    timeoutMs: 29_000,
    tcp: { state: 'SYN_SENT', stateOrig: 2, stateReply: 0, wscaleOrig: 1, wscaleReply: 0, flagsOrig: 1, flagsReply: 0 },
    helper: 'ftp',
    parent: reply,
    seenReply: false,
    assured: true,
  } as unknown as ConnEntry;
  const full = { verbose: true, statistics: true };

  test('the line of dump-conntrack', () => {
    expect(readable(formatConnection(connection, { verbose: false, statistics: false, colors }))).toBe(
      '{vl:tcp},{pr:orig=(}{pm:src=}10.0.0.1,{pm:dst=}10.0.0.2,{pm:sport=}1,{pm:dport=}2{pr:)},' +
        '{pr:reply=(}{pm:src=}10.0.0.2,{pm:dst=}10.0.0.1,{pm:sport=}1,{pm:dport=}2{pr:)},{pm:zone=}5,{pm:mark=}3,' +
        '{pm:labels=}0x7,{pr:protoinfo=(}{pm:state=}SYN_SENT{pr:)},{pm:helper=}ftp',
    );
  });

  test.each<[string, (paint: typeof colors | undefined) => string]>([
    ['with everything', (paint) => formatConnection(connection, { ...full, colors: paint })],
    ['as in /proc', (paint) => formatConnectionProc(connection, paint)],
    ['as conntrack -L', (paint) => formatConnectionTool(connection, paint)],
    ['expected', (paint) => formatExpectation({ expected: orig, parent: reply, zone: 5, mark: 1, labels: 2n }, paint)],
  ])('%s: nothing but colours is added', (_, format) => {
    expect(format(colors)).not.toBe(format(undefined));
    expect(withoutColors(format(colors))).toBe(format(undefined));
  });
});
