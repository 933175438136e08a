/**
 * What a packet keeps and what it loses on its way through the tracker and back: flow programs in our daemon and in a real Open
 * vSwitch, the same packets into both; every flow must have counted the same.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BothSwitches } from '../helpers/both-switches.js';

let both: BothSwitches;
beforeAll(async () => {
  both = await BothSwitches.start(['p1', 'p2', 'p3']);
});
afterAll(() => both.stop());

/** UDP 10.0.0.1:1234 > 10.0.0.2:5678, and the answer. */
const THERE = '00000000000200000000000108004500001c00000000401166cf0a0000010a00000204d2162e00080000';
const BACK = '00000000000100000000000208004500001c00000000401166cf0a0000020a000001162e04d200080000';

const TUPLE = 'ct_nw_src=10.0.0.1,ct_nw_dst=10.0.0.2,ct_nw_proto=17,ct_tp_src=1234,ct_tp_dst=5678';

const PROGRAMS: Readonly<Record<string, string>> = {
  'registers, metadata and the input port survive': `
    table=0,udp actions=load:7->NXM_NX_REG0[],load:9->NXM_NX_REG15[],load:3->OXM_OF_METADATA[],ct(commit,table=1)
    table=1,reg0=7,reg15=9,metadata=3,in_port=1,udp actions=resubmit(,2)
    table=1,reg0=7,reg15=9,metadata=3,in_port=2,udp actions=resubmit(,3)
    table=1,priority=1 actions=resubmit(,4)
    table=2 actions=p2
    table=3 actions=p1
    table=4 actions=drop`,
  'the stack survives': `
    table=0,udp actions=load:7->NXM_NX_REG0[],push:NXM_NX_REG0[],load:0->NXM_NX_REG0[],ct(table=1)
    table=1,udp actions=pop:NXM_NX_REG1[],resubmit(,2)
    table=2,reg1=7 actions=p2
    table=2,priority=1 actions=drop`,
  'the action set survives': `
    table=0,udp actions=write_actions(set_field:5->reg0,output:2),goto_table:1
    table=1,udp actions=ct(table=2)
    table=2,ct_state=+trk actions=write_actions(resubmit(,3)),resubmit(,3)
    table=3,reg0=5 actions=drop
    table=3,priority=1 actions=drop`,
  'the packet itself goes on untracked': `
    table=0,udp actions=ct(commit,zone=5,table=1,exec(load:6->NXM_NX_CT_MARK[])),resubmit(,2)
    table=1,ct_state=+trk+new,ct_zone=5,ct_mark=6 actions=p2
    table=1,ct_state=+trk+est,ct_zone=5,ct_mark=6 actions=p2
    table=2,ct_state=-trk,ct_zone=0,ct_mark=0 actions=p3
    table=2,priority=1 actions=drop`,
  'ct() without a table shows nothing of what it has found': `
    table=0,udp actions=ct(commit,zone=5),resubmit(,1)
    table=1,ct_state=-trk actions=p2
    table=1,priority=1 actions=drop`,
  'ct_clear forgets all of it': `
    table=0,udp actions=ct(commit,table=1,zone=5,exec(load:6->NXM_NX_CT_MARK[],load:8->NXM_NX_CT_LABEL[]))
    table=1,ct_state=+trk,ct_label=8 actions=ct_clear,resubmit(,2)
    table=2,ct_state=-trk,ct_mark=0,ct_label=0,ct_zone=0 actions=ct(table=3)
    table=2,priority=1 actions=drop
    table=3,ct_state=+new,ct_zone=0,ct_mark=0 actions=p2`,
  'a second zone sees the fields of its own': `
    table=0,udp actions=ct(commit,zone=1,table=1,exec(load:1->NXM_NX_CT_MARK[]))
    table=1,ct_zone=1,ct_mark=1,udp actions=ct(commit,zone=2,table=2,exec(load:2->NXM_NX_CT_MARK[]))
    table=2,ct_zone=2,ct_mark=2,udp actions=ct(zone=1,table=3)
    table=3,ct_zone=1,ct_mark=1,${TUPLE},ct_state=+trk+new,udp actions=p2
    table=3,ct_zone=1,ct_mark=1,${TUPLE},ct_state=+trk+est,udp actions=p3`,
  'the tuple is that of the first direction, both ways, and resubmit(,T,ct) looks up by it': `
    table=0,udp actions=ct(commit,table=1)
    table=1,ct_state=+trk+new,udp actions=resubmit(,2,ct)
    table=1,ct_state=+trk+est,udp actions=resubmit(,2,ct),resubmit(,3)
    table=2,udp,nw_src=10.0.0.1,tp_dst=5678 actions=p2
    table=2,priority=1 actions=drop
    table=3,udp,nw_src=10.0.0.2,tp_src=5678 actions=p1
    table=3,priority=1 actions=drop`,
  'changed headers go into the tracker, and stay changed': `
    table=0,udp actions=mod_nw_dst:10.0.0.9,mod_dl_src:00:00:00:00:00:77,ct(table=1)
    table=1,nw_dst=10.0.0.9,dl_src=00:00:00:00:00:77,udp actions=dec_ttl,p2
    table=1,priority=1 actions=drop`,
  'a zone out of a register, a mark out of a field': `
    table=0,udp actions=load:0x5->NXM_NX_REG3[0..15],ct(commit,zone=NXM_NX_REG3[0..15],table=1,exec(move:NXM_OF_IN_PORT[]->NXM_NX_CT_MARK[0..15]))
    table=1,ct_zone=5,ct_mark=1 actions=p2
    table=1,ct_zone=5,ct_mark=2 actions=p1
    table=1,priority=1 actions=drop`,
  'translations that go too deep do nothing': `
    table=0,udp actions=p2,resubmit(,0)
    table=1 actions=drop`,
  'goto_table to a table that cannot be': `
    table=0,udp actions=p2,goto_table:255`,
};

/** Flows with how many packets each has had. */
function counts(dump: (args: string[]) => string): string[] {
  return dump(['--no-names', '-O', 'OpenFlow13', 'dump-flows', 'br0'])
    .split('\n')
    .filter((line) => line.includes('actions='))
    .map((line) => line.replace(/duration=[^,]*, /, '').replace(/n_bytes=\d+, /, ''))
    .sort();
}

test.each(Object.entries(PROGRAMS))('%s', (_, program) => {
  both.same('ovs-appctl', ['dpctl/flush-conntrack']);
  both.same('ovs-ofctl', ['-O', 'OpenFlow13', 'del-flows', 'br0']);
  both.same('ovs-ofctl', ['-O', 'OpenFlow13', 'add-flows', 'br0', '-'], program.replace(/^ +/gm, ''));
  for (const [port, frame] of [
    ['p1', THERE],
    ['p2', BACK],
    ['p1', THERE],
    ['p2', BACK],
  ] as const)
    both.same('ovs-appctl', ['netdev-dummy/receive', port, frame]);
  both.same('ovs-appctl', ['revalidator/purge']);
  expect(counts((args) => both.ours.ofctl(args))).toEqual(counts((args) => both.real.ofctl(args)));
});
