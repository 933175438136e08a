/** Settings, limits and timeouts of the tracker, asked and changed while connections live. */
import { beforeEach, describe, expect, test } from 'vitest';
import { TIMEOUT_NAMES } from '../../datapath/conntrack/protocols/timeouts.js';
import { Commands } from '../helpers/commands.js';
import { frame, VirtualSwitch } from '../helpers/virtual-switch.js';

const FLOWS = `
priority=50,ct_state=-trk,ip,in_port=1,actions=ct(commit,zone=5,table=1)
priority=50,ct_state=-trk,ip,in_port=2,actions=ct(zone=5,table=1)
priority=50,ct_state=-trk,ip,in_port=3,actions=ct(commit,zone=NXM_NX_REG1[0..15],table=1)
table=1,in_port=1,actions=2
table=1,in_port=2,actions=1
`;

const udp = (port: number) => frame(`udp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_src=${port},tp_dst=53`);
const udpBack = (port: number) => frame(`udp,nw_src=10.0.0.2,nw_dst=10.0.0.1,tp_src=53,tp_dst=${port}`);
const tcp = (flags: string) => frame(`tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_src=1,tp_dst=80,tcp_flags=${flags}`);
const tcpBack = (flags: string) => frame(`tcp,nw_src=10.0.0.2,nw_dst=10.0.0.1,tp_src=80,tp_dst=1,tcp_flags=${flags}`);
const icmp = frame('icmp,nw_src=10.0.0.1,nw_dst=10.0.0.2,icmp_type=8,icmp_code=0');
const icmpBack = frame('icmp,nw_src=10.0.0.2,nw_dst=10.0.0.1,icmp_type=0,icmp_code=0');
const esp = frame('ip,nw_proto=50,nw_src=10.0.0.1,nw_dst=10.0.0.2');

let sw: VirtualSwitch;
let commands: Commands;
beforeEach(() => {
  sw = new VirtualSwitch(3, FLOWS);
  commands = new Commands(sw);
});

/** Seconds that the only connection has left. */
function left(): number {
  const [entry, ...others] = [...sw.datapath.conntrack.dump({}, sw.now)];
  expect(others).toEqual([]);
  return entry.timeoutMs / 1000;
}

describe('timeouts', () => {
  const set = (...words: string[]) => commands.run('ctswitch/ct-set-timeouts', ...words);
  const get = (...words: string[]) => commands.run('ctswitch/ct-get-timeouts', ...words);
  const del = (...words: string[]) => commands.run('ctswitch/ct-del-timeouts', ...words);

  test('those of the zone hold, state by state', async () => {
    const names = TIMEOUT_NAMES.map(({ name }, i) => `${name}=${10 + i}`);
    expect(await set('zone=5', ...names)).toBe('');
    const steps: [string, Uint8Array, number][] = [
      ['p1', udp(1), 16],
      ['p1', udp(1), 17],
      ['p2', udpBack(1), 18],
    ];
    for (const [port, bytes, seconds] of steps) {
      sw.send(port, bytes);
      expect(left()).toBe(seconds);
    }
    await commands.run('dpctl/flush-conntrack');
    sw.send('p1', icmp);
    expect(left()).toBe(19);
    sw.send('p2', icmpBack);
    expect(left()).toBe(20);
    await commands.run('dpctl/flush-conntrack');
    sw.send('p1', tcp('+syn'));
    expect(left()).toBe(10);
    sw.send('p2', tcpBack('+syn+ack'));
    expect(left()).toBe(11);
    await commands.run('dpctl/flush-conntrack');
    sw.send('p1', esp);
    expect(left()).toBe(16);
  });

  test('a cached flow follows when a zone gets timeouts, and when it loses them', async () => {
    const flow = () => sw.dumpDatapath().find((line) => line.includes('commit')) ?? '';
    sw.send('p1', udp(1));
    expect([left(), flow()]).toEqual([60, expect.stringContaining('actions:ct(commit,zone=5),')]);
    await set('zone=5', 'udp_first=5');
    sw.send('p1', udp(1));
    expect(left()).toBe(60);
    await commands.run('dpctl/flush-conntrack');
    sw.send('p1', udp(2));
    expect([left(), flow()]).toEqual([5, expect.stringContaining('actions:ct(commit,zone=5,timeout=1),')]);
    await del('zone=5');
    await commands.run('dpctl/flush-conntrack');
    sw.send('p1', udp(3));
    expect([left(), flow()]).toEqual([60, expect.stringContaining('actions:ct(commit,zone=5),')]);
  });

  test('a change holds for connections that live, from their next packet on', async () => {
    await set('zone=5', 'udp_first=5', 'udp_single=6');
    sw.send('p1', udp(1));
    await set('zone=5', 'udp_single=7');
    expect(left()).toBe(5);
    sw.send('p1', udp(1));
    expect(left()).toBe(7);
    await del('zone=5', 'udp_single');
    sw.send('p1', udp(1));
    expect(left()).toBe(60);
    await set('zone=default', 'udp_single=50');
    sw.send('p1', udp(1));
    expect(left()).toBe(50);
    expect(await get()).toMatch(/^zone=default tcp_syn_sent=30 .* udp_single=50 .*\nzone=5 udp_first=5\n$/);
  });

  test('a connection that outlives its policy never comes under that of another zone', async () => {
    await set('zone=5', 'udp_single=6');
    sw.send('p1', udp(1));
    await del('zone=5');
    await set('zone=6', 'udp_single=1');
    sw.send('p1', udp(1));
    expect(left()).toBe(60);
    await set('zone=5', 'udp_single=8');
    sw.send('p1', udp(1));
    expect(left()).toBe(8);
  });

  test('the zone may come from a register; other zones have their own', async () => {
    await set('zone=9', 'udp_first=5');
    sw.addFlows('priority=60,in_port=3,udp,reg1=0,actions=load:9->NXM_NX_REG1[],resubmit(,0)');
    sw.send('p3', udp(1));
    expect(left()).toBe(5);
    sw.send('p1', udp(1));
    expect([...sw.datapath.conntrack.dump({ zone: 5 }, sw.now)][0].timeoutMs).toBe(60_000);
  });

  test('without commit no policy is named', async () => {
    await set('zone=5', 'udp_first=5');
    sw.send('p2', udpBack(1));
    expect(sw.dumpDatapath().join()).not.toContain('timeout=');
  });

  test('0 ends a connection at once, as in Open vSwitch', async () => {
    await set('zone=5', 'udp_first=0');
    sw.send('p1', udp(1));
    expect([...sw.datapath.conntrack.dump({}, sw.now)]).toEqual([]);
  });

  test('every zone can have its own', async () => {
    for (let zone = 0; zone < 65536; zone++) sw.backer.zoneTimeouts.set(zone, { udp_first: 7 });
    expect(sw.backer.zoneTimeouts.zones()).toHaveLength(65536);
    sw.send('p1', udp(1));
    expect(left()).toBe(7);
  });

  const known = TIMEOUT_NAMES.map(({ name }) => name).join(', ');
  const mistakes: [string, string[], string][] = [
    ['set', ['zone=5', 'udp=3'], `there is no timeout "udp"; there are ${known}`],
    ['set', ['zone=5', 'udp_first'], '"udp_first" is not NAME=VALUE'],
    ['set', ['zone=5', 'udp_first=2147484'], 'udp_first takes seconds from 0 to 2147483, not "2147484"'],
    ['set', ['zone=5', 'udp_first=-1'], 'udp_first takes seconds from 0 to 2147483, not "-1"'],
    ['set', ['zone=5', 'udp_first=3s'], 'udp_first takes seconds from 0 to 2147483, not "3s"'],
    ['set', ['zone=65536', 'udp_first=3'], 'zone takes a number from 0 to 65535, or default, not "65536"'],
    ['set', ['udp_first=3', 'zone=5'], 'say which zone first: zone=N or zone=default, not "udp_first=3"'],
    ['set', ['zone=5'], '"ctswitch/ct-set-timeouts" command requires at least 2 arguments'],
    ['get', ['zone=5'], 'zone 5 has no timeouts of its own; those of zone=default hold'],
    ['del', ['zone=5'], 'zone 5 has no timeouts of its own; those of zone=default hold'],
    ['del', ['zone=default', 'udp_first'], 'zone default has no timeout "udp_first" of its own'],
  ];
  test.each(mistakes)('%s %j', async (verb, words, message) => {
    expect(await commands.error(`ctswitch/ct-${verb}-timeouts`, ...words)).toBe(message);
  });

  test('a mistake changes nothing', async () => {
    await commands.error('ctswitch/ct-set-timeouts', 'zone=5', 'udp_first=3', 'udp_single=x');
    expect(sw.backer.zoneTimeouts.zones()).toEqual([]);
  });
});

describe('settings', () => {
  test('they are what the dpctl commands set', async () => {
    await commands.run('dpctl/ct-set-maxconns', '17');
    await commands.run('dpctl/ct-disable-tcp-seq-chk');
    await commands.run('dpctl/ct-set-sweep-interval', '1000');
    await commands.run('dpctl/ipf-set-disabled', 'v4');
    await commands.run('dpctl/ipf-set-min-frag', 'v6', '600');
    await commands.run('dpctl/ipf-set-max-nfrags', '12');
    expect((await commands.run('ctswitch/ct-get')).split('\n')).toEqual([
      'max_connections=17',
      'tcp_sequence_check=off',
      'sweep_interval_ms=1000',
      'fragments_v4=off',
      'fragments_v6=on',
      'fragment_min_size_v4=1200',
      'fragment_min_size_v6=600',
      'max_fragments=12',
      'refused_table_full=pass',
      'refused_zone_limit=pass',
      'refused_nat_exhausted=pass',
      '',
    ]);
  });

  test('and the other way round', async () => {
    await commands.run('ctswitch/ct-set', 'max_connections=9', 'tcp_sequence_check=off', 'fragment_min_size_v4=500');
    expect(await commands.run('dpctl/ct-get-maxconns')).toBe('9\n');
    expect(await commands.run('dpctl/ct-get-tcp-seq-chk')).toBe('TCP sequence checking: disabled\n');
    expect(await commands.run('dpctl/ipf-get-status')).toContain('min v4 frag size: 500\n');
  });

  const mistakes: [string[], string][] = [
    [['max_connections=x'], 'max_connections takes a number from 0 to 4294967295, not "x"'],
    [['max_connections=4294967296'], 'max_connections takes a number from 0 to 4294967295, not "4294967296"'],
    [['max_fragments=5001'], 'max_fragments takes a number from 0 to 5000, not "5001"'],
    [['fragment_min_size_v4=399'], 'fragment_min_size_v4 takes a number from 400 to 4294967295, not "399"'],
    [['fragments_v4=yes'], 'fragments_v4 takes off or on, not "yes"'],
    [['refused=perhaps'], 'refused takes pass or drop, not "perhaps"'],
    [['max_connections=5', 'refused'], '"refused" is not NAME=VALUE'],
  ];
  test.each(mistakes)('%j', async (words, message) => {
    expect(await commands.error('ctswitch/ct-set', 'max_connections=5', ...words)).toBe(message);
    expect(await commands.run('ctswitch/ct-get', 'max_connections')).toBe('max_connections=3000000\n');
  });

  test('unknown names are told the known ones', async () => {
    const message = await commands.error('ctswitch/ct-set', 'max_conns=5');
    expect(message).toMatch(/^there is no setting "max_conns"; there are max_connections, .*, refused\.$/);
    expect(await commands.error('ctswitch/ct-get', 'max_conns')).toBe(message);
  });
});

test('settings as values', async () => {
  await commands.run('ctswitch/ct-set', 'refused_zone_limit=drop');
  expect(await commands.json('ctswitch/ct-get', 'max_connections', 'refused_zone_limit')).toEqual([
    {
      name: 'max_connections',
      value: 3_000_000,
      initial: 3_000_000,
      meaning: expect.stringContaining('connections at a time'),
    },
    {
      name: 'refused_zone_limit',
      value: 'drop',
      initial: 'pass',
      meaning: expect.stringContaining('zone at the limit'),
    },
  ]);
  expect(await commands.json('ctswitch/ct-get-timeouts', 'zone=default')).toMatchObject([
    { zone: 'default', timeouts: { udp_first: 60 } },
  ]);
});

test('limits: the default one, zones with their own, and zones with connections', async () => {
  sw.send('p1', udp(1), udp(2));
  await commands.run('dpctl/ct-set-limits', 'zone=7,limit=3', 'zone=8,limit=0');
  expect(await commands.run('ctswitch/ct-get-limits')).toBe(
    'zone=default limit=none\nzone=5 limit=none connections=2\n' +
      'zone=7 limit=3 connections=0\nzone=8 limit=0 connections=0\n',
  );
  await commands.run('dpctl/ct-set-limits', 'default=100');
  expect(await commands.json('ctswitch/ct-get-limits', 'dummy@ovs-dummy')).toEqual([
    { zone: 'default', limit: 100, isOwn: true, connections: null },
    { zone: 5, limit: 100, isOwn: false, connections: 2 },
    { zone: 7, limit: 3, isOwn: true, connections: 0 },
    { zone: 8, limit: 0, isOwn: true, connections: 0 },
  ]);
});

test('fragments: how they are handled, and the packets that are not whole yet', async () => {
  const first = frame('udp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_src=1,tp_dst=2,nw_frag=first', new Uint8Array(1208));
  await commands.run('ctswitch/ct-set', 'max_fragments=9', 'fragments_v6=off');
  sw.send('p1', first);
  sw.advance(4000);
  expect(await commands.json('ctswitch/ct-get-fragments')).toMatchObject({
    held: 1,
    max: 9,
    v4: { isEnabled: true, minSize: 1200, accepted: 1, completed: 0 },
    v6: { isEnabled: false },
    pending: [
      { family: 4, src: '10.0.0.1', dst: '10.0.0.2', zone: 5, fragments: 1, has: 'first frag', secondsLeft: 11 },
    ],
  });
  expect(await commands.run('ctswitch/ct-get-fragments')).toBe(await commands.run('dpctl/ipf-get-status', '-m'));
});
