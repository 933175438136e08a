/** Groups in a whole switch: buckets of all types, failover, sharing by hash, translation of addresses, counters. */
import { expect, test } from 'vitest';
import { FlowTransaction } from '../../src/ofproto/flow-mod.js';
import type { ErrorName } from '../../src/openflow/errors.js';
import { type GroupCommand, parseGroup } from '../../src/text/group.js';
import { labelled } from '../helpers/mpls-rows.js';
import { frame, VirtualSwitch } from '../helpers/virtual-switch.js';

function changeGroup(sw: VirtualSwitch, text: string, command: GroupCommand = 'add'): ErrorName | null {
  const transaction = new FlowTransaction(sw.bridge.ofproto, sw.now);
  const error = transaction.stageGroup(parseGroup(text, command));
  if (error === null) transaction.commit();
  sw.backer.flowSetup.noticeChanges();
  return error;
}

/** A switch with groups and, once they are there, flows. */
function switchWith(ports: number, groups: readonly string[], flows: string): VirtualSwitch {
  const sw = new VirtualSwitch(ports);
  for (const group of groups) expect(changeGroup(sw, group)).toBe(null);
  sw.addFlows(flows);
  return sw;
}

const tcp = (port: number): Uint8Array =>
  frame(`tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_src=${port},tp_dst=80,tcp_flags=syn`);
const udp = (port: number): Uint8Array => frame(`udp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_src=${port},tp_dst=80`);
const ipDst = (bytes: Uint8Array): string => bytes.slice(30, 34).join('.');
const ethDst = (bytes: Uint8Array): number => bytes[5]!;

test('all: every bucket gets the packet as it came, and so does what follows', () => {
  const sw = switchWith(
    4,
    ['group_id=1,type=all,bucket=mod_dl_dst:00:00:00:00:00:09,output:2,bucket=output:3'],
    'in_port=1,actions=group:1,output:4',
  );
  sw.send('p1', tcp(1));
  const sent = sw.takeSent();
  expect([sent.p2!, sent.p3!, sent.p4!].map(([bytes]) => ethDst(bytes!))).toEqual([9, 2, 2]);
});

test('indirect, and groups in groups; a loop drops', () => {
  const groups = [
    'group_id=1,type=indirect,bucket=output:2',
    'group_id=2,type=all,bucket=group:1,bucket=output:3',
    'group_id=3,type=all,bucket=group:3',
  ];
  const sw = switchWith(3, groups, 'in_port=1,tcp,actions=group:2\nin_port=1,udp,actions=group:3');
  expect(sw.route('p1', tcp(1))).toEqual(['p2', 'p3']);
  expect(sw.route('p1', frame('udp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_src=1,tp_dst=2'))).toEqual([]);
});

test('fast failover: the first bucket whose port is up', () => {
  const group = 'group_id=1,type=ff,bucket=watch_port:2,output:2,bucket=watch_port:3,output:3';
  const sw = switchWith(3, [group], 'in_port=1,actions=group:1');
  expect(sw.route('p1', tcp(1))).toEqual(['p2']);
  sw.port('p2').setAdminUp(false);
  sw.advance(2000);
  expect(sw.route('p1', tcp(1))).toEqual(['p3']);
  sw.port('p2').setAdminUp(true);
  sw.advance(2000);
  expect(sw.route('p1', tcp(1))).toEqual(['p2']);
});

test('select: connections are shared out by weight, each keeps its bucket in both directions', () => {
  const group = 'group_id=1,type=select,bucket=weight:1,output:2,bucket=weight:3,output:3,bucket=weight:0,output:4';
  const sw = switchWith(4, [group], 'in_port=1,actions=group:1');
  const counts: Record<string, number> = { p2: 0, p3: 0, p4: 0 };
  for (let port = 1000; port < 1400; port++) {
    const [first] = sw.route('p1', tcp(port));
    expect(sw.route('p1', tcp(port))).toEqual([first]);
    const back = frame(`tcp,nw_src=10.0.0.2,nw_dst=10.0.0.1,tp_src=80,tp_dst=${port},tcp_flags=ack`);
    expect(sw.route('p1', back)).toEqual([first]);
    counts[first!]!++;
  }
  expect(counts.p4).toBe(0);
  expect(counts.p2! / 400).toBeGreaterThan(0.15);
  expect(counts.p2! / 400).toBeLessThan(0.35);
  // One flow to the hash, and one for each of 16 values of it.
  expect(sw.dumpDatapath().length).toBeLessThanOrEqual(17);
  expect(sw.dumpDatapath().some((flow) => /hash\(sym_l4\(0\)\),recirc\(0x1\)$/.test(flow))).toBe(true);
});

const METHODS = ['', 'selection_method=dp_hash,', 'selection_method=hash,fields(ip_src,ip_dst,tcp_src,tcp_dst),'];
const WEIGHTED = METHODS.flatMap((method) =>
  (
    [
      // Weights of the buckets to p2, p3, p4; ports that are down; the ports that may get packets.
      ['0 0 0', [], []],
      ['0 1 0', [], ['p3']],
      ['0 1 1000', [], ['p3', 'p4']],
      ['65535 0 1', [], ['p2', 'p4']],
      ['0 1 1', ['p3', 'p4'], []],
      ['0 1 1', ['p4'], ['p3']],
      ['0 1 1000', ['p3', 'p4'], []],
      ['1 0 65535', ['p2'], ['p4']],
    ] as const
  ).map(([weights, down, live]) => [method, weights, down, live] as const),
);

test.each(WEIGHTED)(
  'select: a bucket of weight 0 gets nothing: %sweights %s, down %j',
  (method, weights, down, live) => {
    const buckets = weights
      .split(' ')
      .map((weight, i) => `bucket=watch_port:${i + 2},weight:${weight},output:${i + 2}`);
    const sw = switchWith(
      5,
      [`group_id=1,type=select,${method}${buckets.join()}`],
      'in_port=1,actions=group:1,output:5',
    );
    for (const name of down) sw.port(name).setAdminUp(false);
    sw.advance(2000);
    for (let port = 1; port <= 64; port++) {
      // The first port, where a bucket of the group was found; what follows the group is done in any case.
      const [first, ...rest] = sw.route('p1', tcp(port)).sort();
      if (live.length > 0) expect(live).toContain(first);
      expect([first, ...rest].at(-1)).toBe('p5');
      expect(rest).toHaveLength(live.length > 0 ? 1 : 0);
    }
  },
);

test.each(['', 'selection_method=hash,fields(tcp_src),'])(
  'select: weights far apart share out as they say (%s)',
  (method) => {
    const buckets = [1, 100, 400].map((weight, i) => `bucket=weight:${weight},output:${i + 2}`).join();
    const sw = switchWith(4, [`group_id=1,type=select,${method}${buckets}`], 'in_port=1,actions=group:1');
    const counts: Record<string, number> = { p2: 0, p3: 0, p4: 0 };
    for (let port = 1; port <= 3000; port++) counts[sw.route('p1', tcp(port))[0]!]!++;
    // 3000 hashes that are the same in each run: 1/501, 100/501 and 400/501 of them, within three standard deviations.
    expect(Math.abs(counts.p2! - 6)).toBeLessThan(8);
    expect(Math.abs(counts.p3! - 599)).toBeLessThan(66);
    expect(Math.abs(counts.p4! - 2395)).toBeLessThan(66);
  },
);

test('select by fields that the controller names', () => {
  const group = 'group_id=1,type=select,selection_method=hash,fields(ip_src),bucket=output:2,bucket=output:3';
  const sw = switchWith(3, [group], 'in_port=1,actions=group:1');
  const routes = new Set<string>();
  for (let host = 1; host < 30; host++) {
    const by = (port: number): string[] =>
      sw.route('p1', frame(`tcp,nw_src=10.0.1.${host},nw_dst=10.0.0.2,tp_src=${port},tp_dst=80`));
    const first = by(1);
    expect(by(2)).toEqual(first);
    routes.add(first[0]!);
  }
  expect([...routes].sort()).toEqual(['p2', 'p3']);
});

test('a load balancer: buckets translate the destination, established connections stay, replies come from the virtual address', () => {
  const nat = (host: number): string => `bucket=ct(commit,table=1,nat(dst=10.1.1.${host}))`;
  const sw = switchWith(
    2,
    [`group_id=1,type=select,${nat(1)},${nat(2)},${nat(3)}`],
    `table=0,in_port=1,udp,ct_state=-trk,actions=ct(table=2,nat)
     table=2,in_port=1,udp,ct_state=+new,actions=group:1
     table=2,in_port=1,udp,ct_state=+est,actions=2
     table=1,in_port=1,udp,actions=2
     table=0,in_port=2,udp,actions=ct(table=3,nat)
     table=3,in_port=2,udp,ct_state=+est,actions=1`,
  );
  const servers = new Set<string>();
  for (let port = 2000; port < 2060; port++) {
    sw.send('p1', udp(port));
    const server = ipDst(sw.takeSent().p2![0]!);
    servers.add(server);
    sw.send('p2', frame(`udp,nw_src=${server},nw_dst=10.0.0.1,tp_src=80,tp_dst=${port}`));
    const reply = sw.takeSent().p1![0]!;
    expect(reply.slice(26, 30).join('.')).toBe('10.0.0.2');
    sw.send('p1', frame(`udp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_src=${port},tp_dst=80`));
    expect(ipDst(sw.takeSent().p2![0]!)).toBe(server);
  }
  expect([...servers].sort()).toEqual(['10.1.1.1', '10.1.1.2', '10.1.1.3']);
});

test('what follows a group sees none of the addresses that a bucket has translated', () => {
  const group = 'group_id=1,type=indirect,bucket=ct(commit,table=1,nat(dst=10.1.1.1))';
  const sw = switchWith(3, [group], 'table=0,in_port=1,tcp,actions=group:1,output:3\ntable=1,tcp,actions=2');
  sw.send('p1', tcp(1));
  const sent = sw.takeSent();
  expect([ipDst(sent.p2![0]!), ipDst(sent.p3![0]!)]).toEqual(['10.1.1.1', '10.0.0.2']);
});

test('counters of group and buckets, and of a changed group', () => {
  const sw = switchWith(3, ['group_id=1,type=all,bucket=output:2,bucket=output:3'], 'in_port=1,actions=group:1');
  const counts = (): string => {
    sw.bridge.pushStats();
    const { references: _, ...stats } = sw.bridge.ofproto.groups.get(1)!.stats(1, sw.now);
    return `${stats.packets} ${stats.buckets.map(({ packets }) => packets).join(' ')}`;
  };
  for (let i = 0; i < 5; i++) sw.route('p1', tcp(i));
  expect(counts()).toBe('5 5 5');
  changeGroup(sw, 'group_id=1,type=all,bucket=output:2', 'modify');
  expect(counts()).toBe('0 0');
  expect(sw.route('p1', tcp(1))).toEqual(['p2']);
  expect(counts()).toBe('1 1');
});

test('with a group go its flows; flows to no group are refused', () => {
  const sw = switchWith(2, ['group_id=1,type=all,bucket=output:2'], 'actions=group:1\ntable=1,actions=drop');
  expect(() => sw.addFlows('actions=group:7')).toThrow('OFPBAC_BAD_OUT_GROUP');
  expect(changeGroup(sw, 'group_id=1', 'delete')).toBe(null);
  expect(sw.dumpFlows().map((line) => line.replace(/.*table=(\d+).*/, '$1'))).toEqual(['1']);
  expect(sw.route('p1', tcp(1))).toEqual([]);
});

test.each<[string, GroupCommand, ErrorName]>([
  ['group_id=1,type=all,bucket=output:1', 'add', 'OFPGMFC_GROUP_EXISTS'],
  ['group_id=2,type=all,bucket=output:1', 'modify', 'OFPGMFC_UNKNOWN_GROUP'],
  ['group_id=2,command_bucket_id=all', 'remove_bucket', 'OFPGMFC_UNKNOWN_GROUP'],
  ['group_id=1,command_bucket_id=9', 'remove_bucket', 'OFPGMFC_UNKNOWN_BUCKET'],
  ['group_id=1,command_bucket_id=9,bucket=bucket_id:5,output:1', 'insert_bucket', 'OFPGMFC_UNKNOWN_BUCKET'],
  ['group_id=1,command_bucket_id=last,bucket=bucket_id:0,output:1', 'insert_bucket', 'OFPGMFC_BUCKET_EXISTS'],
  ['group_id=all,type=all', 'add', 'OFPGMFC_INVALID_GROUP'],
])('%s (%s) is refused', (text, command, error) => {
  const sw = switchWith(2, ['group_id=1,type=select,bucket=output:2'], '');
  expect(changeGroup(sw, text, command)).toBe(error);
});

test('each bucket gets the labels that the packet came with, though another has popped them and waits for the packet to come back', () => {
  const sw = switchWith(
    4,
    ['group_id=1,type=all,bucket=pop_mpls:0x0800,dec_ttl,output:2,bucket=set_mpls_ttl:9,output:3'],
    'mpls,actions=group:1,output:4',
  );
  const ip = (ttl: number) => frame(`udp,nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_ttl=${ttl},tp_src=1,tp_dst=2`);
  for (const label of [100, 200]) {
    sw.send('p1', labelled(ip(64), [[label, 3, 64]]));
    expect(sw.takeSent()).toEqual({
      p2: [ip(63)],
      p3: [labelled(ip(64), [[label, 3, 9]])],
      p4: [labelled(ip(64), [[label, 3, 64]])],
    });
  }
});
