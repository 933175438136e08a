/** The real ovs-ofctl on groups and conjunctions, against our daemon and against a real Open vSwitch. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BothSwitches } from '../helpers/both-switches.js';

const GROUPS = [
  'group_id=1,type=all,bucket=output:1,bucket=mod_dl_src:00:00:00:00:00:01,output:p2',
  'group_id=2,type=indirect,bucket=ct(commit,table=4,nat(dst=10.1.1.2))',
  'group_id=3,type=select,bucket=weight:10,output:1,bucket=weight=20,actions=output:2,bucket=output:3',
  'group_id=4,type=ff,bucket=watch_port:1,output:1,bucket=watch_port:2,watch_group:1,output:2',
  'group_id=5,type=all',
  'group_id=6,type=all,bucket=group:1,bucket=group:99,bucket=drop',
];
const FLOWS = 'table=1,tcp,actions=group:3\ntable=1,udp,actions=group:1,output:2\ntable=2,actions=drop\n';

let both: BothSwitches;
beforeAll(async () => {
  both = await BothSwitches.start(['p1', 'p2', 'p3']);
});
afterAll(() => both.stop());

/** Lists have no order that anybody relies on. */
function sameLines(args: readonly string[]): void {
  const [ours, real] = both.ask('ovs-ofctl', args).map(({ status, out, err }) => ({
    status,
    err,
    out: out.split('\n').sort(),
  }));
  expect.soft(ours, args.join(' ')).toEqual(real);
}

describe.each(['OpenFlow10', 'OpenFlow11', 'OpenFlow12', 'OpenFlow13', 'OpenFlow14', 'OpenFlow15'])('%s', (version) => {
  const of = (...args: string[]) => both.same('ovs-ofctl', ['-O', version, ...args]);
  const dump = () => {
    for (const verb of ['dump-groups', 'dump-group-stats']) sameLines(['-O', version, verb, 'br0']);
  };
  beforeEach(() => {
    both.same('ovs-ofctl', ['-O', 'OpenFlow13', 'del-flows', 'br0']);
    both.same('ovs-ofctl', ['-O', 'OpenFlow13', 'del-groups', 'br0']);
  });

  test('groups are added, changed, deleted with their flows', () => {
    for (const group of GROUPS) of('add-group', 'br0', group);
    dump();
    for (const other of ['OpenFlow10', 'OpenFlow13', 'OpenFlow15']) sameLines(['-O', other, 'dump-groups', 'br0']);
    of('dump-group-features', 'br0');
    both.same('ovs-ofctl', ['-O', version, 'add-flows', 'br0', '-'], FLOWS);
    dump();
    of('mod-group', 'br0', 'group_id=1,type=select,bucket=output:3');
    of('--may-create', 'mod-group', 'br0', 'group_id=9,type=all');
    dump();
    of('dump-group-stats', 'br0', 'group_id=1');
    of('del-groups', 'br0', 'group_id=3');
    dump();
    sameLines(['-O', version, 'dump-flows', 'br0']);
    of('del-groups', 'br0');
    dump();
    sameLines(['-O', version, 'dump-flows', 'br0']);
  });

  test('refusals', () => {
    of('add-group', 'br0', 'group_id=1,type=all,bucket=output:1');
    of('add-group', 'br0', 'group_id=1,type=all,bucket=output:1');
    of('add-group', 'br0', 'group_id=all,type=all');
    of('add-group', 'br0', 'group_id=2,type=indirect');
    of('add-group', 'br0', 'group_id=2,type=all,bucket=watch_port:1,output:1');
    of('mod-group', 'br0', 'group_id=2,type=all,bucket=output:1');
    of('add-flow', 'br0', 'actions=group:7');
    of('add-flow', 'br0', 'table=1,actions=write_actions(conjunction(1,1/2))');
    of('packet-out', 'br0', 'in_port=1 packet=0000000000010000000000021234 actions=group:9');
    dump();
  });
});

describe('buckets one by one, and how to select', () => {
  const of = (...args: string[]) => both.same('ovs-ofctl', ['-O', 'OpenFlow15', ...args]);

  test('inserted and removed', () => {
    of('del-groups', 'br0');
    const fields = 'fields(ip_src,ip_dst=255.255.0.0,tcp_dst)';
    of('add-group', 'br0', `group_id=5,type=select,selection_method=hash,${fields},bucket=bucket_id:3,output:1`);
    of('insert-buckets', 'br0', 'group_id=5,command_bucket_id=first,bucket=bucket_id:1,output:2');
    of('insert-buckets', 'br0', 'group_id=5,command_bucket_id=last,bucket=bucket_id:11,output:3');
    of(
      'insert-buckets',
      'br0',
      'group_id=5,command_bucket_id=3,bucket=bucket_id:12,output:3,bucket=bucket_id:13,output:1',
    );
    of('dump-groups', 'br0');
    of('insert-buckets', 'br0', 'group_id=5,command_bucket_id=99,bucket=bucket_id:14,output:3');
    of('insert-buckets', 'br0', 'group_id=5,command_bucket_id=last,bucket=bucket_id:1,output:3');
    of('insert-buckets', 'br0', 'group_id=6,command_bucket_id=last,bucket=bucket_id:1,output:3');
    of('remove-buckets', 'br0', 'group_id=5,command_bucket_id=12');
    of('remove-buckets', 'br0', 'group_id=5,command_bucket_id=first');
    of('remove-buckets', 'br0', 'group_id=5,command_bucket_id=99');
    of('dump-groups', 'br0');
    of('dump-groups', 'br0', '5');
    of('remove-buckets', 'br0', 'group_id=5,command_bucket_id=all');
    of('dump-groups', 'br0');
    for (const method of ['hash,fields=ip_src', 'dp_hash', 'dp_hash,selection_method_param=7', 'nonsense'])
      of('add-group', 'br0', `group_id=7,type=select,selection_method=${method},bucket=output:1`);
    of('dump-groups', 'br0', '7');
  });
});
