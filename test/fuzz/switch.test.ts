/**
 * Hostile frames into the ports of a whole switch, while its flows change and time passes: nothing throws, every
 * frame is accounted for, counters add up, connections are as many as are shown, and in the end nothing is held.
 */
import { expect, test } from 'vitest';
import { SeededRng } from '../../datapath/base/rng.js';
import { countConnections } from '../helpers/count-connections.js';
import { HostileFrames } from '../helpers/hostile-frames.js';
import { VirtualSwitch } from '../helpers/virtual-switch.js';

const seed = Number(process.env.SEED ?? 20261122);
/** 2000 make a million frames; as many as a test run has time for by default. */
const ROUNDS = Number(process.env.ROUNDS ?? 150);
const FRAMES = 500;

/** Everything that a pipeline does to packets, on the way to and from the tracker. */
const FLOWS = `
cookie=1,table=0,priority=0,actions=resubmit(,1)
table=1,priority=9,in_port=p3,actions=normal
table=1,priority=8,ip,actions=ct(table=2,zone=NXM_OF_IN_PORT[])
table=1,priority=8,ipv6,actions=ct(table=2)
table=1,priority=7,arp,actions=load:2->NXM_OF_ARP_OP[],move:NXM_OF_ARP_SPA[]->NXM_OF_ARP_TPA[],in_port
table=1,priority=6,dl_vlan=5,actions=strip_vlan,resubmit(,1)
table=1,priority=6,vlan_tci=0x1000/0x1000,actions=mod_vlan_vid:9,mod_vlan_pcp:1,p2
table=1,priority=0,actions=normal
table=2,priority=9,ct_state=+trk+inv,actions=load:1->NXM_NX_REG0[],resubmit(,3)
table=2,priority=8,ct_state=+trk+new,ip,actions=ct(commit,zone=NXM_OF_IN_PORT[],exec(move:NXM_NX_REG0[]->NXM_NX_CT_MARK[])),resubmit(,3)
table=2,priority=8,ct_state=+trk+new,ipv6,actions=ct(commit,exec(load:7->NXM_NX_CT_LABEL[0..31])),resubmit(,3)
table=2,priority=7,ct_state=+trk+est,ip,actions=ct(commit,force,zone=NXM_OF_IN_PORT[]),resubmit(,3)
table=2,priority=0,actions=resubmit(,3)
table=3,priority=9,tcp,actions=mod_tp_dst:80,mod_nw_dst:10.0.0.1,dec_ttl,p2
table=3,priority=9,udp,actions=mod_tp_src:53,mod_nw_tos:32,p2,p3
table=3,priority=9,icmp6,icmp_type=135,actions=set_field:fe80::1->nd_target,p2
table=3,priority=8,ipv6,actions=set_field:fe80::2->ipv6_dst,mod_dl_dst:00:00:00:00:00:09,all
table=3,priority=7,ip,nw_frag=later,actions=ct_clear,flood
table=3,priority=0,actions=flood,local
`;

const CHANGES = [
  'table=3,priority=20,sctp,actions=p2',
  'table=3,priority=20,sctp,actions=drop',
  'table=2,priority=30,ct_state=+trk+rel,ip,actions=p1',
  'table=1,priority=30,ip,tcp,nw_ttl=1,actions=controller:64',
];

test(`hostileFrames_throughAWholeSwitch_doNoHarm (seed ${seed})`, { timeout: 600_000 }, () => {
  const rng = new SeededRng(seed);
  const frames = new HostileFrames(rng);
  const virtual = new VirtualSwitch(3, FLOWS);
  const { datapath } = virtual;
  for (let round = 0; round < ROUNDS; round++) {
    const port = `p${1 + rng.below(3)}`;
    virtual.send(port, ...Array.from({ length: FRAMES }, () => frames.next()));
    virtual.takeSent();
    if (round % 20 === 0) virtual.addFlows(CHANGES[rng.below(CHANGES.length)]!);
    if (round % 10 === 0) virtual.advance(1 + rng.below(3000));
  }
  expect(datapath.stats.received).toBe(ROUNDS * FRAMES);
  expect(datapath.stats.inFlight).toBe(0);
  expect([...datapath.conntrack.dump({}, virtual.now)]).toHaveLength(countConnections(datapath.conntrack, virtual.now));
  // Days later nobody remembers anything.
  for (let i = 0; i < 20; i++) virtual.advance(12 * 3_600_000);
  expect(datapath.conntrack.count).toBe(0);
  expect([...datapath.flows()]).toEqual([]);
  expect(datapath.pool.live).toBe(0);
});
