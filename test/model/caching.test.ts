/**
 * A switch that answers from its caches against one that translates every packet anew, and one whose datapath is behind a boundary that
 * only copies cross: random flow programs, random packets, random changes of the tables in between. What leaves each port must be the same,
 * and so must the counters of every flow.
 */
import { describe, expect, test } from 'vitest';
import { SeededRng } from '../../datapath/base/rng.js';
import { InProcessDpif } from '../../src/dpif/in-process.js';
import { CopyingDpif } from '../helpers/copying-dpif.js';
import { frame, VirtualSwitch } from '../helpers/virtual-switch.js';

const PROGRAMS = 60;
const PACKETS = 80;
const SEED = Number(process.env.CACHING_SEED ?? 1);

const MATCHES = [
  'in_port=1',
  'in_port=2',
  'ip',
  'arp',
  'ipv6',
  'tcp',
  'udp',
  'tcp,tp_dst=80',
  'udp,tp_src=0x400/0xfc00',
  'ip,nw_src=10.0.0.0/30',
  'ip,nw_dst=10.0.1.0/24',
  'dl_vlan=5',
  'vlan_tci=0x1000/0x1000',
  'vlan_tci=0',
  'dl_dst=00:00:00:00:00:02',
  'dl_dst=01:00:00:00:00:00/01:00:00:00:00:00',
  'ip,nw_ttl=64',
  'ip,nw_tos=32',
  'tcp,tcp_flags=+syn-ack',
  'reg0=1',
  'reg1=0x10/0xf0',
  'metadata=3',
  'ct_state=-trk,ip',
  'ct_state=+trk+new,ip',
  'ct_state=+trk+est,ip',
  'ct_state=+trk+rpl,ip',
  'ct_mark=7,ip',
  'ct_zone=2,ip',
  '',
];
const IP_ACTIONS = [
  'mod_nw_dst:10.0.1.9',
  'dec_ttl',
  'mod_nw_tos:32',
  'ct(table=TABLE)',
  'ct(commit,table=TABLE,zone=2)',
  'ct(commit,exec(load:7->NXM_NX_CT_MARK[]))',
  'ct(table=TABLE,zone=NXM_NX_REG0[0..15])',
  'ct_clear',
  'move:NXM_OF_IP_SRC[0..7]->NXM_NX_REG1[0..7]',
];
const ACTIONS = [
  'output:1',
  'output:2',
  'output:3',
  'in_port',
  'flood',
  'normal',
  'drop',
  'resubmit(,TABLE)',
  'resubmit(2,TABLE)',
  'load:1->NXM_NX_REG0[]',
  'mod_dl_dst:00:00:00:00:00:09',
  'mod_vlan_vid:5',
  'strip_vlan',
  'push:NXM_NX_REG0[]',
  'pop:NXM_NX_REG1[0..31]',
  'move:NXM_OF_VLAN_TCI[]->NXM_NX_REG1[0..15]',
  'output:NXM_NX_REG0[]',
  'load:1->NXM_NX_REG1[4..7]',
];
const TABLES = 4;

const pick = <T>(rng: SeededRng, from: readonly T[]): T => from[rng.below(from.length)];

function randomFlow(rng: SeededRng, cookie: number): string {
  const match = pick(rng, MATCHES);
  const isIp = /\b(ip|tcp|udp)\b/.test(match) && !/ipv6/.test(match);
  const table = rng.below(TABLES);
  const actions = Array.from({ length: 1 + rng.below(3) }, () =>
    pick(rng, isIp ? [...ACTIONS, ...IP_ACTIONS] : ACTIONS),
  );
  const text = actions.some((action) => action === 'drop') ? 'drop' : actions.join(',');
  const later = String(Math.min(TABLES, table + 1 + rng.below(TABLES)));
  return `cookie=${cookie},table=${table},priority=${rng.below(5)}${match === '' ? '' : `,${match}`},actions=${text.replaceAll('TABLE', later)}`;
}

function randomFrame(rng: SeededRng): Uint8Array {
  const macs = `dl_src=00:00:00:00:00:0${1 + rng.below(3)},dl_dst=${pick(rng, ['00:00:00:00:00:01', '00:00:00:00:00:02', '00:00:00:00:00:03', 'ff:ff:ff:ff:ff:ff'])}`;
  const tag = rng.below(4) === 0 ? `,dl_vlan=${pick(rng, ['5', '6'])}` : '';
  const addresses = `nw_src=10.0.0.${1 + rng.below(4)},nw_dst=10.0.1.${1 + rng.below(4)}`;
  const ports = `tp_src=${pick(rng, ['1000', '1024', '2000'])},tp_dst=${pick(rng, ['80', '53'])}`;
  switch (rng.below(6)) {
    case 0:
      return frame(`arp,${macs}${tag},arp_op=${1 + rng.below(2)},arp_spa=10.0.0.1,arp_tpa=10.0.1.2`);
    case 1:
      return frame(`ipv6,${macs}${tag},ipv6_src=fc00::1,ipv6_dst=fc00::${1 + rng.below(3)},nw_proto=59`);
    case 2:
      return frame(`udp,${macs}${tag},${addresses},${ports},nw_tos=${pick(rng, ['0', '32'])}`);
    default:
      return frame(
        `tcp,${macs}${tag},${addresses},${ports},tcp_flags=${pick(rng, ['+syn', '+ack', '+syn+ack', '+fin+ack', '+rst'])}`,
      );
  }
}

/** Counters of all flows, by cookie. */
const counters = (sw: VirtualSwitch): string[] =>
  sw
    .dumpFlows()
    .map((line) => /cookie=(\S+),.* n_packets=(\d+), n_bytes=(\d+)/.exec(line)?.slice(1).join(' ') ?? line)
    .sort();

describe('answers from the caches', () => {
  test.each(Array.from({ length: PROGRAMS }, (_, i) => SEED * 1000 + i))('program %i', (seed) => {
    const rng = new SeededRng(seed);
    const flows = Array.from({ length: 4 + rng.below(12) }, (_, i) => randomFlow(rng, i + 1));
    const cached = new VirtualSwitch(3, flows.join('\n'));
    const fresh = new VirtualSwitch(3, flows.join('\n'));
    const boundary: CopyingDpif[] = [];
    const apart = new VirtualSwitch(
      3,
      flows.join('\n'),
      (datapath) => (boundary[0] = new CopyingDpif(new InProcessDpif(datapath))),
    );
    const all = [cached, fresh, apart];
    for (let i = 0; i < PACKETS; i++) {
      if (rng.below(20) === 0) {
        const change =
          rng.below(2) === 0
            ? randomFlow(rng, 100 + i)
            : `delete ${pick(rng, ['table=1', 'table=2', 'tcp', 'in_port=1'])}`;
        for (const sw of all) sw.addFlows(change);
      }
      const port = `p${1 + rng.below(3)}`;
      const bytes = randomFrame(rng);
      fresh.backer.flowSetup.revalidator.purge();
      for (const sw of all) sw.send(port, bytes);
      const sent = cached.takeSent();
      expect({ i, sent }).toEqual({ i, sent: fresh.takeSent() });
      expect({ i, sent }).toEqual({ i, sent: apart.takeSent() });
      if (rng.below(10) === 0) for (const sw of all) sw.advance(200);
    }
    expect(counters(cached)).toEqual(counters(fresh));
    expect(counters(cached)).toEqual(counters(apart));
    expect(boundary[0].crossed.missed).toBe(cached.datapath.stats.misses);
    expect(boundary[0].crossed.putFlow).toBeGreaterThan(0);
    expect(cached.datapath.stats.inFlight).toBe(0);
    expect(cached.datapath.stats.misses).toBeLessThan(fresh.datapath.stats.misses);
  });
});
