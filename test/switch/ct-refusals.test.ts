/** Packets whose connection the tracker cannot take: they leave as +new, as in Open vSwitch, or are dropped when so set. */
import { beforeEach, describe, expect, test } from 'vitest';
import { Commands } from '../helpers/commands.js';
import { frame, VirtualSwitch } from '../helpers/virtual-switch.js';

const FLOWS = `
priority=50,ct_state=-trk,ip,in_port=1,actions=ct(table=1,nat,zone=3)
table=1,ct_state=+new,ip,actions=ct(commit,nat(src=192.0.2.1:500-501),zone=3),2
table=1,ct_state=+est,ip,actions=2
table=1,ct_state=+inv,ip,actions=drop
`;

let sw: VirtualSwitch;
let commands: Commands;
beforeEach(() => {
  sw = new VirtualSwitch(2, FLOWS);
  commands = new Commands(sw);
});

const from = (host: number) => frame(`udp,nw_src=10.0.0.${host},nw_dst=198.51.100.1,tp_src=7,tp_dst=53`);

/** Source addresses of what leaves when each of these hosts sends one packet. */
function sources(...hosts: number[]): string[] {
  sw.send('p1', ...hosts.map(from));
  return (sw.takeSent().p2 ?? []).map((bytes) => bytes.subarray(26, 30).join('.'));
}

const dropped = (): unknown => sw.datapath.stats.dropsByReason();

const REFUSALS = [
  { setting: 'refused_nat_exhausted', reason: 'ct-nat-exhausted', limit: [] },
  { setting: 'refused_table_full', reason: 'ct-table-full', limit: ['dpctl/ct-set-maxconns', '2'] },
  { setting: 'refused_zone_limit', reason: 'ct-zone-limit', limit: ['dpctl/ct-set-limits', 'zone=3,limit=2'] },
];

describe.each(REFUSALS)('$reason', ({ setting, reason, limit }) => {
  beforeEach(async () => {
    if (limit.length > 0) await commands.run(limit[0], ...limit.slice(1));
  });

  test('they pass unless told otherwise', async () => {
    expect(await commands.run('ctswitch/ct-get', setting)).toBe(`${setting}=pass\n`);
    expect(sources(1, 2, 3)).toEqual(['192.0.2.1', '192.0.2.1', '10.0.0.3']);
    expect(dropped()).toEqual([]);
  });

  test('they are dropped, one by one out of their batch, and the others go on', async () => {
    expect(await commands.run('ctswitch/ct-set', `${setting}=drop`)).toBe('');
    expect(await commands.run('ctswitch/ct-get', 'dummy@ovs-dummy', setting)).toBe(`${setting}=drop\n`);
    expect(sources(1, 2, 3)).toEqual(['192.0.2.1', '192.0.2.1']);
    expect(sources(3, 1, 4, 2)).toEqual(['192.0.2.1', '192.0.2.1']);
    expect(dropped()).toEqual([{ reason, packets: 3 }]);
    expect(sw.datapath.stats.inFlight).toBe(0);
    await commands.run('ctswitch/ct-set', 'dummy@ovs-dummy', `${setting}=pass`);
    expect(sources(3)).toEqual(['10.0.0.3']);
  });

  test('the setting of another refusal is another one', async () => {
    await commands.run('ctswitch/ct-set', 'refused=drop', `${setting}=pass`);
    expect(sources(1, 2, 3)).toEqual(['192.0.2.1', '192.0.2.1', '10.0.0.3']);
  });
});
