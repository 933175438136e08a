/** Our own clients against our own daemon say what the real ovs-ofctl and ovs-appctl say of it. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readable } from '../helpers/color-text.js';
import { Daemon, PROGRAM } from '../helpers/daemon.js';
import { type ToolResult, tool } from '../helpers/tool.js';

let daemon: Daemon;
beforeAll(async () => {
  const ports = 'br0=dummy:p1,dummy:p2,dummy:veth_l0';
  daemon = await Daemon.start('--datapath', 'dummy', '--fail-mode', 'br0=secure', '--bridge', ports);
});
afterAll(() => daemon.stop());

/**
 * Transactions and times differ from run to run; the real tools log warnings beside errors, ours show the place of a mistake and where to
 * look.
 */
function blot({ status, out, err }: ToolResult): ToolResult {
  const blotText = (text: string): string =>
    text
      .replace(/xid=0x[0-9a-f]+|xid=[0-9a-f]{8} time=.*/g, 'xid')
      .replace(/(duration|idle_age|hard_age)=(}?)[\d.]+s?/g, '$1=$2T')
      .replace(/^(ovs-ofctl|ctswitch ofctl|ovs-appctl|ctswitch appctl): /gm, '')
      .replace(/^\S+Z\|\d+\|\w+\|WARN\|.*\n/gm, '')
      .replace(/^\d{4}-\d\d-\d\dT[\d:]+Z/gm, 'DATE');
  const told = blotText(err).replace(/\n {2}.*\n *\^\n/g, '\n');
  return { status, out: blotText(out), err: told.replace(/^(Bridges in |Is a switch running ).*\n/gm, '') };
}

function same(kind: 'ofctl' | 'appctl', args: readonly string[], input?: string): ToolResult {
  const options = { env: { OVS_RUNDIR: daemon.folder }, ...(input === undefined ? {} : { input }) };
  const theirs = blot(tool(`ovs-${kind}`, args, options));
  const ours = blot(tool(process.execPath, [...PROGRAM, kind, ...args], options));
  expect.soft(ours, `${kind} ${args.join(' ')}`).toEqual(theirs);
  return ours;
}

const FLOWS = `table=0,priority=50,ct_state=-trk,tcp,in_port=p1 actions=ct(table=0)
priority=50,ct_state=+trk+new,tcp,in_port=p1,actions=ct(commit),p2   # with a comment

table=1,cookie=7,idle_timeout=60,udp,nw_dst=10.0.0.0/8,tp_dst=53,actions=mod_dl_dst:00:11:22:33:44:55,dec_ttl,"veth_l0"
table=1,ipv6,actions=controller:128
table=2,dl_vlan=5,actions=strip_vlan,normal
`;

describe.each(['OpenFlow10', 'OpenFlow13', 'OpenFlow15'])('ofctl -O %s', (version) => {
  const of = (...args: string[]) => same('ofctl', ['-O', version, ...args]);

  test('asking', () => {
    for (const verb of [
      'show',
      'dump-desc',
      'dump-tables',
      'dump-ports',
      'dump-ports-desc',
      'queue-stats',
      'queue-get-config',
      'get-frags',
      'ping',
      'probe',
    ])
      of(verb, 'br0');
    of('dump-ports', 'br0', 'p2');
    of('dump-ports-desc', 'br0', 'LOCAL');
    of('queue-stats', 'br0', 'p2', '0');
    of('queue-stats', 'br0', 'ALL', '7');
    of('queue-get-config', 'br0', 'p2', '7');
  });

  test('changing flows and seeing them', () => {
    same('ofctl', ['-O', version, 'add-flows', 'br0', '-'], FLOWS);
    of('dump-flows', 'br0');
    of('--names', 'dump-flows', 'br0');
    of('--no-stats', 'dump-flows', 'br0');
    of('--sort', 'dump-flows', 'br0', 'table=1');
    of('dump-aggregate', 'br0', 'table=0,tcp');
    of('mod-flows', 'br0', 'tcp,actions=3');
    of('--strict', 'del-flows', 'br0', 'table=1,ipv6');
    of('dump-flows', 'br0');
    of('del-flows', 'br0', 'udp');
    of('del-flows', 'br0');
    of('dump-flows', 'br0');
  });
});

test('bundles, replacing and comparing', () => {
  const file = join(daemon.folder, 'some.flows');
  writeFileSync(file, FLOWS);
  same('ofctl', ['--bundle', 'add-flows', 'br0', file]);
  same('ofctl', ['-O', 'OpenFlow13', 'diff-flows', 'br0', file]);
  writeFileSync(file, `${FLOWS}table=1,cookie=9,hard_timeout=3,importance=4,actions=ct(commit)\n`);
  same('ofctl', ['-O', 'OpenFlow14', 'diff-flows', 'br0', file]);
  writeFileSync(file, 'tcp,actions=1\nudp,actions=2\n');
  same('ofctl', ['-O', 'OpenFlow13', 'replace-flows', 'br0', file]);
  same('ofctl', ['-O', 'OpenFlow13', 'dump-flows', 'br0']);
  same('ofctl', ['-O', 'OpenFlow13', 'diff-flows', 'br0', file]);
  rmSync(file);
});

describe('colours', () => {
  /** With colours, the real one prints a comma behind `exec(...)` that is not there without them. */
  const withoutComma = (text: string): string => text.replaceAll('{pr:),}{pr:)}', '{pr:)}{pr:)}');
  /** parse-flows of the real one prints the action that was written, ours the one that travels. */
  const asWritten = (text: string): string => text.replaceAll('{sp:CONTROLLER:}', 'CONTROLLER:');

  function sameColored(...args: string[]): string {
    const answers = [['ovs-ofctl'], [process.execPath, ...PROGRAM, 'ofctl']].map(([command, ...first]) => {
      const answer = tool(command!, [...first, ...args], { env: { OVS_RUNDIR: daemon.folder } });
      const { status, out } = blot({ ...answer, out: readable(answer.out) });
      // The real one prints differences in the order of a hash table.
      const text = args.includes('diff-flows') ? out.split('\n').sort().join('\n') : out;
      return { status, out: args.includes('parse-flows') ? asWritten(text) : text, err: '' };
    });
    const [theirs, ours] = answers as [ToolResult, ToolResult];
    expect.soft(ours, args.join(' ')).toEqual({ ...theirs, out: withoutComma(theirs.out) });
    return ours.out;
  }

  const REMOVED = 'importance=4,send_flow_rem,arp,actions=drop';

  test('of flows and groups that a switch has', () => {
    const file = join(daemon.folder, 'other.flows');
    writeFileSync(file, `${REMOVED}\nudp,actions=drop\ntable=3,cookie=5,tcp,actions=2\n`);
    same('ofctl', ['-O', 'OpenFlow14', 'add-flows', 'br0', '-'], `${FLOWS}${REMOVED}\n`);
    const group = 'group_id=1,type=select,bucket=ct(commit),output:1';
    same('ofctl', ['-O', 'OpenFlow13', '--may-create', 'mod-group', 'br0', group]);
    for (const version of ['OpenFlow10', 'OpenFlow15']) {
      const of = (...args: string[]) => sameColored('-O', version, '--color=always', ...args);
      expect(of('dump-flows', 'br0')).toContain('{ac:actions=}');
      of('--names', '--no-stats', 'dump-flows', 'br0');
      if (version === 'OpenFlow10') continue;
      expect(of('dump-groups', 'br0')).toContain('{vl:commit}');
      of('diff-flows', 'br0', file);
    }
    for (const when of ['--color', '--color=Auto', '--color=never', '--color=sometimes'])
      expect(sameColored(when, 'dump-flows', 'br0')).not.toContain('{');
    same('ofctl', ['-O', 'OpenFlow13', 'del-groups', 'br0']);
    same('ofctl', ['del-flows', 'br0']);
    rmSync(file);
  });

  test.each(['OpenFlow13', 'OpenFlow15'])('of all flows of the test vectors, %s', (version) => {
    const rows = ['matches', 'actions', 'flows'].flatMap((name) => {
      const lines = readFileSync(`test/vectors/${name}.txt`, 'utf8').split('\n');
      return lines.flatMap((line, i) => {
        const [, minor, flow] = /^# 1\.(\d) (.*)$/.exec(line) ?? [];
        return `OpenFlow1${minor}` !== version || lines[i + 1]!.startsWith('! ') ? [] : [flow!];
      });
    });
    const file = join(daemon.folder, 'vectors.flows');
    writeFileSync(file, `${rows.join('\n')}\n`);
    expect(sameColored('-O', version, '--color=always', 'parse-flows', file)).toContain('{vl:');
    rmSync(file);
  });

  test('of one own', () => {
    same('ofctl', ['add-flow', 'br0', 'priority=5,tcp,actions=drop']);
    const env = { OVS_RUNDIR: daemon.folder, OVS_COLORS: 'dr=1;4:vl=:sp=red:zz=1' };
    const words = ['--color=always', '--no-stats', 'dump-flows', 'br0'];
    const [theirs, ours] = [['ovs-ofctl'], [process.execPath, ...PROGRAM, 'ofctl']].map(([command, ...first]) =>
      tool(command!, [...first, ...words], { env }),
    );
    expect(ours).toEqual(theirs);
    same('ofctl', ['del-flows', 'br0']);
  });
});

describe.each(['OpenFlow11', 'OpenFlow13', 'OpenFlow15'])('groups, ofctl -O %s', (version) => {
  const of = (...args: string[]) => same('ofctl', ['-O', version, ...args]);
  const put = (group: string) => of('--may-create', 'mod-group', 'br0', group);

  test('changing and seeing them', () => {
    put('group_id=1,type=all,bucket=output:p1,bucket=mod_dl_src:00:00:00:00:00:01,output:2');
    put('group_id=2,type=select,bucket=weight:3,ct(commit,table=1,nat(dst=10.0.0.1)),bucket=group:1');
    put('group_id=3,type=ff,bucket=watch_port:1,output:1,bucket=watch_group:1,actions=output:2,drop');
    for (const verb of ['dump-groups', 'dump-group-stats', 'dump-group-features']) of(verb, 'br0');
    of('dump-group-stats', 'br0', 'group_id=2');
    of('del-groups', 'br0', 'group_id=1');
    of('dump-groups', 'br0');
    of('del-groups', 'br0');
    of('dump-groups', 'br0');
  });

  test('refusals', () => {
    for (const group of ['', 'group_id=1', 'type=all', 'group_id=1,type=nonsense', 'group_id=1,type=all,bucket='])
      of('add-group', 'br0', group);
    put('group_id=1,type=all,bucket=weight:4,output:1');
    put('group_id=1,type=ff,bucket=output:1');
    put('group_id=1,type=all,nonsense=3,bucket=output:1');
    put('group_id=1,type=all,bucket=nonsense:5');
    put('group_id=1,type=select,fields(ip_src),bucket=output:1');
    of('mod-group', 'br0', 'group_id=1,type=all,bucket=output:1');
    of('del-groups', 'br0', 'type=all');
    of('insert-buckets', 'br0', 'group_id=1,bucket=output:1');
    if (version === 'OpenFlow15') of('remove-buckets', 'br0', 'group_id=1,command_bucket_id=first');
  });
});

describe.each(['OpenFlow10', 'OpenFlow13', 'OpenFlow10,OpenFlow15'])('reading flows, ofctl -O %s', (versions) => {
  const rows = [
    'tcp,actions=1\nudp,actions=2',
    'tcp6,actions=1',
    'reg0=1,table=2,actions=set_field:1->reg1',
    'actions=set_field:1->reg1',
    'ip,nw_ecn=1,actions=1',
    'actions=push_vlan:0x8100,2',
    'actions=dec_ttl',
    'actions=meter:1,2',
    'reset_counts,actions=1',
    'actions=dec_ttl\nactions=meter:1,2',
  ];
  test.each(rows)('%j', (flows) => {
    const file = join(daemon.folder, 'read.flows');
    writeFileSync(file, `${flows}\n`);
    same('ofctl', ['-O', versions, 'parse-flows', file]);
    if (!flows.includes('\n')) same('ofctl', ['-O', versions, 'parse-flow', flows]);
    rmSync(file);
  });
});

test('packet-out', () => {
  const frame = '00112233445566778899aabb0800';
  same('ofctl', ['packet-out', 'br0', '1', 'output:2', frame]);
  same('ofctl', ['packet-out', 'br0', `in_port=1 packet=${frame} actions=p2`]);
});

describe('refusals', () => {
  const rows = [
    ['show', 'br9'],
    ['nonsense'],
    ['add-flow', 'br0'],
    ['add-flow', 'br0', 'a', 'b'],
    ['add-flow', 'br0', 'tcp'],
    ['add-flow', 'br0', 'tcp,actions=nonsense'],
    ['add-flow', 'br0', 'nonsense=1,actions=1'],
    ['add-flow', 'br0', 'nw_src=1.2.3.4,actions=1'],
    ['add-flow', 'br0', 'actions=group:7'],
    ['--bundle', 'add-flow', 'br0', 'actions=group:7'],
    ['add-flows', 'br0', '/nowhere'],
    ['-O', 'OpenFlow99', 'show', 'br0'],
    ['show', 'tcp:127.0.0.1:1'],
    ['--nonsense', 'show', 'br0'],
    ['mod-port', 'br0', 'p9', 'up'],
    ['set-frags', 'br0', 'nonsense'],
    ['packet-out', 'br0', 'in_port=1 packet=00 actions=2'],
  ];
  for (const words of rows) test(words.join(' '), () => void same('ofctl', words));
});

test('appctl', () => {
  for (const words of [
    ['list-commands'],
    ['version'],
    ['dpif/show'],
    ['dpctl/dump-conntrack', '-m'],
    ['nonsense'],
    ['fdb/show'],
  ])
    same('appctl', words);
  same('appctl', ['-t', 'nobody', 'version']);
  same('appctl', []);
});

test('ofctl ct-flush', () => {
  const udp = '00000000000200000000000108004500001c00000000401166cf0a0000010a00000204d2162e00080000';
  const commit = (zone: number, mark: number, label: number) =>
    daemon.ofctl([
      '-O',
      'OpenFlow13',
      'packet-out',
      'br0',
      `in_port=1 packet=${udp} actions=ct(commit,zone=${zone},exec(set_field:${mark}->ct_mark,set_field:${label}->ct_label))`,
    ]);
  const tuple = 'ct_nw_src=10.0.0.1,ct_nw_dst=10.0.0.2,ct_nw_proto=17,ct_tp_src=1234,ct_tp_dst=5678';
  const left = (): string[] => daemon.appctl('dpctl/dump-conntrack').match(/zone=\d/g) ?? [];
  /** Which zones have lost their connection, by the real tool and by ours. */
  const flushed = (...words: string[]): string[] =>
    [
      () => daemon.ofctl(words),
      () => expect(tool(process.execPath, [...PROGRAM, 'ofctl', ...words], { env: daemon.env }).err).toBe(''),
    ].map((flush) => {
      for (const zone of [1, 2, 3]) commit(zone, zone, zone * 0x100);
      flush();
      const zones: string[] = left();
      return [1, 2, 3].filter((zone) => !zones.includes(`zone=${zone}`)).join();
    });
  expect(flushed('ct-flush', 'br0')).toEqual(['1,2,3', '1,2,3']);
  expect(flushed('ct-flush', 'br0', 'zone=2')).toEqual(['2', '2']);
  expect(flushed('ct-flush', 'br0', 'zone=3', tuple)).toEqual(['3', '3']);
  expect(flushed('ct-flush', 'br0', 'ct_nw_proto=17')).toEqual(['1,2,3', '1,2,3']);
  expect(flushed('ct-flush', 'br0', 'ct_nw_src=10.0.0.1', 'ct_nw_src=10.0.0.2')).toEqual(['1,2,3', '1,2,3']);
  expect(flushed('ct-flush', 'br0', 'ct_nw_src=10.0.0.2')).toEqual(['', '']);
  expect(flushed('ct-flush-zone', 'br0', '1')).toEqual(['1', '1']);
  // Of later versions of ovs-ofctl.
  for (const word of ['mark=2', 'mark=2/3', 'labels=0x200', 'labels=0x200/0xf00']) {
    for (const zone of [1, 2, 3]) commit(zone, zone, zone * 0x100);
    tool(process.execPath, [...PROGRAM, 'ofctl', 'ct-flush', 'br0', word], { env: daemon.env });
    expect(left().sort(), word).toEqual(['zone=1', 'zone=3']);
  }
  for (const words of [
    'zone=x',
    'zone=5 a=b',
    'ct_nw_src=1.2.3.444',
    'ct_tp_src=1',
    'icmp_id=5',
    'ct_nw_src=1.2.3.4 nonsense',
    'ct_nw_src',
  ])
    same('ofctl', ['ct-flush', 'br0', ...words.split(' ')]);
  for (const zone of ['x', '70000']) same('ofctl', ['ct-flush-zone', 'br0', zone]);
  same('ofctl', ['ct-flush-zone', 'br0']);
  same('ofctl', ['ct-flush', 'nosuch']);
});
