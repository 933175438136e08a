/** Timeouts per zone, beside a real Open vSwitch that has its from OVSDB: the same connections have the same time left. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BothSwitches } from '../helpers/both-switches.js';

const FLOWS = `
priority=50,ip,in_port=1,ct_state=-trk,actions=ct(commit,zone=5,table=1)
priority=50,ip,in_port=2,ct_state=-trk,actions=ct(table=1,zone=5)
table=1,in_port=1,actions=2
table=1,in_port=2,actions=1
`;
const ETH = 'eth(src=50:54:00:00:00:09,dst=50:54:00:00:00:0a),eth_type(0x0800)';
const there = (proto: number, rest: string) =>
  `in_port(1),${ETH},ipv4(src=10.1.1.1,dst=10.1.1.2,proto=${proto},tos=0,ttl=64,frag=no),${rest}`;
const back = (proto: number, rest: string) =>
  `in_port(2),${ETH},ipv4(src=10.1.1.2,dst=10.1.1.1,proto=${proto},tos=0,ttl=64,frag=no),${rest}`;
const udp = (port: number) => there(17, `udp(src=${port},dst=53)`);
const udpBack = (port: number) => back(17, `udp(src=53,dst=${port})`);
const tcp = (flags: string) => there(6, `tcp(src=4001,dst=80),tcp_flags(${flags})`);
const tcpBack = (flags: string) => back(6, `tcp(src=80,dst=4001),tcp_flags(${flags})`);

/** Far enough apart that a second more or less does not matter. */
const POLICY = [
  'tcp_syn_sent=1050',
  'tcp_syn_recv=1150',
  'tcp_established=1250',
  'tcp_fin_wait=1350',
  'tcp_time_wait=1450',
  'tcp_close=1550',
  'udp_first=1650',
  'udp_single=1750',
  'udp_multiple=1850',
  'icmp_first=1950',
  'icmp_reply=2050',
  'tcp_unack=2150',
];

/** For what a switch does soon, on a loaded machine too. */
const PATIENCE = { timeout: 30_000, interval: 50 };

let both: BothSwitches;
beforeAll(async () => {
  both = await BothSwitches.start(['p1', 'p2']);
  both.ask('ovs-ofctl', ['add-flows', 'br0', '-'], FLOWS);
  both.real.vsctl([
    ...['--', '--id=@m', 'create', 'Datapath', 'datapath_version=0'],
    ...['--', 'set', 'Open_vSwitch', '.', 'datapaths:dummy=@m'],
  ]);
});
afterAll(() => both.stop());

function setTimeouts(...policy: string[]): void {
  both.real.vsctl(['add-zone-tp', 'dummy', 'zone=5', ...policy]);
  both.ours.appctl('ctswitch/ct-set-timeouts', 'zone=5', ...policy);
}

function removeTimeouts(): void {
  both.real.vsctl(['del-zone-tp', 'dummy', 'zone=5']);
  both.ours.appctl('ctswitch/ct-del-timeouts', 'zone=5');
}

/** The connections of both, with the time left rounded. */
function connections(): string[][] {
  return both.ask('ovs-appctl', ['dpctl/dump-conntrack', '-s']).map(({ out }) =>
    out
      .replace(/timeout=(\d+)/g, (_, seconds) => `timeout=${Math.round(Number(seconds) / 20) * 20}`)
      .replace(/,protoinfo=\(state=\w+\)/g, '')
      .trim()
      .split('\n')
      .sort(),
  );
}

/** Sends to both, and expects the same connections, with these times left. */
async function expectLeft(wanted: string[], ...packets: string[]): Promise<void> {
  for (const packet of packets)
    both.ask('ovs-appctl', ['netdev-dummy/receive', packet.startsWith('in_port(1)') ? 'p1' : 'p2', packet]);
  let seen: string[][] = [];
  const timesLeft = (): string[][] => {
    seen = connections();
    return seen.map((lines) => lines.map((line) => /timeout=(\d+)/.exec(line)?.[1] ?? 'none'));
  };
  await expect.poll(timesLeft, PATIENCE).toEqual([wanted, wanted]);
  expect(seen[0]).toEqual(seen[1]);
}

/** The action of the cached flow that commits, in both. */
function commitActions(): string[] {
  return both.ask('ovs-appctl', ['dpctl/dump-flows']).map(({ out }) => /ct\(commit[^)]*\)/.exec(out)?.[0] ?? 'none');
}

const expectCommitAction = (wanted: string): Promise<void> =>
  expect.poll(commitActions, PATIENCE).toEqual([wanted, wanted]);

/** Waits until no cached flow of both commits like that any more. */
const expectGone = (old: RegExp): Promise<void> =>
  expect.poll(() => commitActions().some((action) => old.test(action)), PATIENCE).toBe(false);

describe('a zone with timeouts', () => {
  beforeEach(() => {
    both.ask('ovs-appctl', ['dpctl/flush-conntrack']);
    both.ask('ovs-appctl', ['revalidator/purge']);
  });

  test('UDP, ICMP and TCP in their states', async () => {
    setTimeouts(...POLICY);
    await expectLeft(['1640'], udp(1));
    await expectLeft(['1740'], udp(1));
    await expectLeft(['1840'], udpBack(1));
    both.ask('ovs-appctl', ['dpctl/flush-conntrack']);
    await expectLeft(['1940'], there(1, 'icmp(type=8,code=0)'));
    await expectLeft(['2040'], back(1, 'icmp(type=0,code=0)'));
    both.ask('ovs-appctl', ['dpctl/flush-conntrack']);
    await expectLeft(['1040'], tcp('syn'));
    await expectLeft(['1140'], tcpBack('syn|ack'));
    await expectLeft(['1540'], tcpBack('rst'));
    await expectCommitAction('ct(commit,zone=5,timeout=1)');
    removeTimeouts();
  });

  test('cached flows follow, and what has been committed keeps what it began with', async () => {
    await expectLeft(['60'], udp(1));
    setTimeouts('udp_first=1650', 'udp_single=1750');
    await expectGone(/zone=5\)/);
    await expectLeft(['60', '1640'], udp(1), udp(2));
    removeTimeouts();
    await expectGone(/timeout=/);
    // Connections of a policy that is gone come under the default one, in Open vSwitch at some time in the next 20 seconds.
    both.ask('ovs-appctl', ['dpctl/flush-conntrack']);
    await expectLeft(['60'], udp(3));
    await expectCommitAction('ct(commit,zone=5)');
  });
});
