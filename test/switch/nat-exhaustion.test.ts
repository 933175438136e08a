/** Packets for which NAT finds no free address and port: they leave as they are, as in Open vSwitch, or are dropped when so set. */
import { beforeEach, expect, test } from 'vitest';
import { Commands } from '../helpers/commands.js';
import { frame, VirtualSwitch } from '../helpers/virtual-switch.js';

const FLOWS = `
priority=50,ct_state=-trk,ip,in_port=1,actions=ct(table=1,nat)
table=1,ct_state=+new,ip,actions=ct(commit,nat(src=192.0.2.1:500-501)),2
table=1,ct_state=+est,ip,actions=2
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

const dropped = (): unknown => sw.backer.datapath.stats.dropsByReason();

test('they pass unless told otherwise', async () => {
  expect(await commands.run('ctswitch/ct-get-nat-exhaustion')).toBe('pass\n');
  expect(sources(1, 2, 3)).toEqual(['192.0.2.1', '192.0.2.1', '10.0.0.3']);
  expect(dropped()).toEqual([]);
});

test('they are dropped, one by one out of their batch, and the others go on', async () => {
  expect(await commands.run('ctswitch/ct-set-nat-exhaustion', 'drop')).toBe('');
  expect(await commands.run('ctswitch/ct-get-nat-exhaustion', 'dummy@ovs-dummy')).toBe('drop\n');
  expect(sources(1, 2, 3)).toEqual(['192.0.2.1', '192.0.2.1']);
  expect(sources(3, 1, 4, 2)).toEqual(['192.0.2.1', '192.0.2.1']);
  expect(dropped()).toEqual([{ reason: 'nat-exhausted', packets: 3 }]);
  expect(sw.backer.datapath.stats.inFlight).toBe(0);
  await commands.run('ctswitch/ct-set-nat-exhaustion', 'dummy@ovs-dummy', 'pass');
  expect(sources(3)).toEqual(['10.0.0.3']);
});

test('nothing else is a fate', async () => {
  expect(await commands.error('ctswitch/ct-set-nat-exhaustion', 'maybe')).toBe('"maybe" is neither drop nor pass');
});
