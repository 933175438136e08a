/** ovs-appctl and the monitor of ovs-ofctl against our daemon and a real Open vSwitch: the same answers, errors, exit codes. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BothSwitches } from '../helpers/both-switches.js';
import { Monitor } from '../helpers/monitor.js';
import { tool } from '../helpers/tool.js';

let both: BothSwitches;
beforeAll(async () => {
  both = await BothSwitches.start(['p1', 'p2', 'p3']);
});
afterAll(() => both.stop());

const appctl = (...args: string[]) => both.same('ovs-appctl', args);
const ofctl = (...args: string[]) => both.same('ovs-ofctl', args);

/** TCP from 192.168.0.2:1024 to 10.0.0.2:2048, and back. */
const SYN =
  '0000000000020000000000010800450000280000000040065f1dc0a800020a000002040008000000006400000000500220000a050000';
const SYN_ACK =
  '0000000000010000000000020800450000280000000040065f1d0a000002c0a800020800040000000' + '0c8000000655012200009290000';

const MISTAKES = [
  'nosuch',
  'dpctl/nosuch',
  'version extra',
  'exit a b',
  'fdb/show',
  'fdb/show nosuch',
  'fdb/show br0 br0',
  'fdb/flush nosuch',
  'fdb/add br0 p1 0',
  'fdb/add br0 p1 0 nonsense',
  'fdb/del br0 0 00:00:00:00:00:01',
  'fdb/stats-show nosuch',
  'vlog/set nonsense',
  'vlog/set nosuchmodule:dbg',
  'vlog/set any:file:loud',
  'vlog/set nosuchmodule:file:dbg',
  'vlog/set file:dbg:info',
  'vlog/set PATTERN',
  'vlog/set PATTERN:',
  'vlog/set PATTERN:x:%m',
  'bridge/dump-flows',
  'bridge/dump-flows nosuch',
  'dpif/show-dp-features',
  'dpif/show-dp-features nosuch',
  'upcall/show x',
  'coverage/read-counter',
  'coverage/read-counter nosuch',
  'dpctl/dump-conntrack nosuch',
  'dpctl/flush-conntrack zone=x',
  'dpctl/flush-conntrack ct_nw_src=1.2.3.4,ct_nw_proto=6',
  'dpctl/flush-conntrack nonsense=1',
  'dpctl/flush-conntrack nonsense',
  'dpctl/flush-conntrack ct_nw_src',
  'dpctl/flush-conntrack ct_nw_src=1.2.3.4,ct_ipv6_src=::1',
  'dpctl/flush-conntrack icmp_id=4',
  'dpctl/flush-conntrack ct_nw_proto=6,icmp_id=4',
  'dpctl/ct-set-limits nosuch',
  'dpctl/ct-set-limits default',
  'dpctl/ct-set-limits zone=5,limit',
  'dpctl/ct-get-limits zone=x',
  'dpctl/ipf-get-status nosuch',
  'dpctl/ipf-set-min-frag v4 x',
  'dpctl/ipf-set-min-frag nosuch v4 1200',
  'dpctl/ipf-set-max-nfrags nosuch 500',
  'dpctl/dump-flows type=x',
  'dpctl/ct-get-nconns nosuch',
  'dpctl/ct-set-maxconns',
  'dpctl/ct-set-maxconns many',
  'dpctl/ct-get-maxconns nosuch',
  'dpctl/dump-flows nosuch',
  'dpif/dump-flows',
  'dpif/dump-flows nosuch',
  'upcall/set-flow-limit',
  'ofproto/list extra',
];

test('mistakes: unknown commands, too few and too many words', () => {
  for (const words of MISTAKES) appctl(...words.split(' '));
});

test('answers of a switch at rest', () => {
  for (const words of [
    'dpif/dump-dps',
    'dpctl/dump-dps',
    'ofproto/list',
    'fdb/show br0',
    'fdb/flush br0',
    'fdb/flush',
    'dpctl/dump-conntrack',
    'dpctl/dump-conntrack -m -s',
    'dpctl/ct-get-nconns',
    'dpctl/ct-get-maxconns',
    'dpctl/ct-set-maxconns 1000000',
    'dpctl/ct-get-maxconns',
    'dpctl/ct-get-tcp-seq-chk',
    'dpctl/ct-disable-tcp-seq-chk',
    'dpctl/ct-get-tcp-seq-chk',
    'dpctl/ct-enable-tcp-seq-chk',
    'dpctl/ct-stats-show',
    'dpctl/ct-bkts',
    'dpctl/show',
    'dpctl/dump-flows filter=udp,in_port=p1',
    'dpctl/dump-flows type=ovs',
    'dpctl/flush-conntrack',
    'dpctl/flush-conntrack zone=5',
    'dpctl/dump-flows',
    'dpif/dump-flows br0',
    'dpif/show',
    'vlog/set any:file:info',
    'vlog/set any:console:off',
    'vlog/list-pattern',
    'vlog/set dpif:file:dbg',
    'vlog/set PATTERN:file:%c|%p|%m',
    'vlog/list-pattern',
    'revalidator/wait',
    'revalidator/purge',
    'upcall/set-flow-limit 1000',
  ]) {
    appctl(...words.split(' '));
  }
});

test('stations', () => {
  appctl('fdb/add', 'br0', 'p1', '0', '50:54:00:00:00:05');
  appctl('fdb/add', 'br0', 'p2', '7', '50:54:00:00:00:06');
  appctl('fdb/add', 'br0', 'p3', '0', '50:54:00:00:00:05');
  appctl('fdb/show', 'br0');
  appctl('fdb/stats-show', 'br0');
  appctl('fdb/del', 'br0', '7', '50:54:00:00:00:06');
  appctl('fdb/show', 'br0');
  appctl('fdb/stats-clear', 'br0');
  appctl('fdb/flush', 'br0');
  appctl('fdb/show', 'br0');
});

test('connections', () => {
  const udp = '00000000000200000000000108004500001c00000000401166cf0a0000010a00000204d2162e00080000';
  const icmp = '00000000000200000000000108004500001c00000000400166df0a0000010a0000020800f7fd00010001';
  const send = (frame: string, actions: string) =>
    ofctl('-O', 'OpenFlow13', 'packet-out', 'br0', `in_port=1 packet=${frame} actions=${actions}`);
  send(SYN, 'ct(commit,zone=5,exec(set_field:0x7->ct_mark,set_field:0x12345->ct_label))');
  send(SYN, 'ct(commit)');
  send(udp, 'ct(commit,zone=6)');
  send(icmp, 'ct(commit)');
  const dump = (...words: string[]) => {
    const [ours, real] = both.ask('ovs-appctl', ['dpctl/dump-conntrack', ...words]);
    const sorted = (text: string) => text.split('\n').sort();
    expect.soft(sorted(ours.out), words.join(' ')).toEqual(sorted(real.out));
  };
  dump();
  dump('-m');
  dump('zone=5');
  dump('-m', 'zone=6');
  dump('zone=9');
  appctl('dpctl/ct-get-nconns');
  appctl('dpctl/ct-stats-show');
  appctl('dpctl/ct-stats-show', 'zone=5');
  send(SYN_ACK, 'ct(zone=5)');
  dump();
  appctl(
    'dpctl/flush-conntrack',
    'zone=6',
    'ct_nw_src=10.0.0.1,ct_nw_dst=10.0.0.2,ct_nw_proto=17,ct_tp_src=1234,ct_tp_dst=5678',
  );
  dump();
  appctl('dpctl/flush-conntrack', 'zone=5');
  dump();
  appctl('dpctl/flush-conntrack');
  dump();
});

test('what only ctswitch says', () => {
  const { ours } = both;
  const list = ours.appctl('list-commands');
  expect(list).toMatch(/^The available commands are:\n/);
  for (const name of ['dpctl/dump-conntrack', 'fdb/show', 'vlog/set', 'coverage/show', 'exit', 'version'])
    expect(list).toMatch(new RegExp(`^  ${name} `, 'm'));
  expect(ours.appctl('version')).toMatch(/^ovs-vswitchd \(ctswitch\) \d+\.\d+\.\d+\n/);
  expect(ours.appctl('vlog/list')).toMatch(/^ {17}console {4}syslog {4}file\n {17}-------/);
  expect(ours.appctl('coverage/show')).toMatch(/^Event coverage, avg rate over last: /);
  expect(ours.appctl('memory/show')).not.toBe('');
});

describe('ovs-ofctl monitor', () => {
  /** All that a monitor says while something is done, without the numbers that differ. */
  async function watch(
    rundir: string,
    words: readonly string[],
    act: (env: NodeJS.ProcessEnv) => void,
  ): Promise<string> {
    const monitor = await Monitor.start(rundir, words);
    act({ OVS_RUNDIR: rundir });
    const text = await monitor.finish();
    expect(text).toContain('flags=syn');
    return text
      .replace(/\(xid=0x[0-9a-f]+\)/g, '(xid)')
      .replace(/addr:[0-9a-f:]+/g, 'addr:M')
      .replace(/duration[\d. s]+/g, 'duration');
  }

  test.each([
    ['-O', 'OpenFlow10', '-P', 'openflow10', 'monitor', 'br0', '65534'],
    ['-O', 'OpenFlow10', '-P', 'nxt_packet_in', 'monitor', 'br0', '40'],
    ['-O', 'OpenFlow10', '-P', 'nxt_packet_in2', 'monitor', 'br0', '65534'],
    ['-O', 'OpenFlow13', 'monitor', 'br0', '65534'],
    ['-O', 'OpenFlow13', '-P', 'nxt_packet_in2', 'monitor', 'br0', '65534', '-m'],
    ['-O', 'OpenFlow14', 'monitor', 'br0', '65534'],
    ['-O', 'OpenFlow15', 'monitor', 'br0', '128'],
  ])('%s %s %s %s %s %s %s', async (...words) => {
    const given = words.filter((word) => word !== undefined);
    const act = (env: NodeJS.ProcessEnv): void => {
      const of = (...more: string[]) => tool('ovs-ofctl', more, { env });
      of(
        'add-flow',
        'br0',
        'cookie=0x77,table=1,tcp,actions=load:5->NXM_NX_REG1[],controller(max_len=60,userdata=01.02)',
      );
      of('add-flow', 'br0', 'send_flow_rem,cookie=0x78,table=0,tcp,actions=resubmit(,1)');
      of('del-flows', 'br0', 'table=0');
      of('mod-port', 'br0', 'p2', 'no-flood');
      of('mod-port', 'br0', 'p2', 'flood');
      of('add-flow', 'br0', 'table=0,tcp,actions=resubmit(,1)');
      of('-O', 'OpenFlow13', 'packet-out', 'br0', `in_port=1 packet=${SYN} actions=table`);
    };
    const ours = await watch(both.ours.folder, given, act);
    expect(ours).toBe(await watch(both.real.folder, given, act));
    ofctl('del-flows', 'br0');
  });
});
