/** The commands about connections against a real Open vSwitch: the same words, the same answers; and `ctswitch ct` against a daemon. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BothSwitches } from '../helpers/both-switches.js';
import { PROGRAM } from '../helpers/daemon.js';
import { tool, until } from '../helpers/tool.js';

const FLOWS = `
priority=50,ip,in_port=1,ct_state=-trk,actions=ct(commit,zone=5,table=1)
priority=50,ip,in_port=2,ct_state=-trk,actions=ct(table=1,zone=6)
table=1,ct_state=-inv,in_port=1,actions=2
table=1,ct_state=-inv,in_port=2,actions=1
`;
const ETH = 'eth(src=50:54:00:00:00:09,dst=50:54:00:00:00:0a),eth_type(0x0800)';
const packet = (proto: number, rest: string, ends = 'src=10.1.1.1,dst=10.1.1.2') =>
  `in_port(1),${ETH},ipv4(${ends},proto=${proto},tos=0,ttl=64,frag=no)${rest}`;
const SYN = (port: number) => packet(6, `,tcp(src=${port},dst=80),tcp_flags(syn)`);

let both: BothSwitches;
beforeAll(async () => {
  both = await BothSwitches.start(['p1', 'p2']);
  both.ask('ovs-ofctl', ['add-flows', 'br0', '-'], FLOWS);
  // However long the machine takes for all the commands, no connection comes to its end by itself.
  both.ask('ovs-appctl', ['time/stop']);
});
afterAll(() => both.stop());

const appctl = (...args: string[]) => both.same('ovs-appctl', args);

/** Two tables, two orders. */
function sameLines(...args: string[]): void {
  const [ours, real] = both.ask('ovs-appctl', args).map(({ status, out, err }) => ({
    status,
    out: out
      .replace(/timeout=\d+/g, 'timeout=T')
      .split('\n')
      .sort(),
    err,
  }));
  expect.soft(ours, args.join(' ')).toEqual(real);
}

const CONNECTIONS = [
  SYN(4001),
  SYN(4002),
  packet(17, ',udp(src=4001,dst=53)'),
  packet(1, ',icmp(type=8,code=0)'),
  packet(50, ''),
];

/** Resolves when the first so many of the two, ours and the real one, have them all. */
async function connect(switches: 1 | 2): Promise<void> {
  for (const flow of CONNECTIONS) appctl('netdev-dummy/receive', 'p1', flow);
  const wanted = `${CONNECTIONS.length}\n`;
  await until('all connections', () => {
    const counts = both.ask('ovs-appctl', ['dpctl/ct-get-nconns']).slice(0, switches);
    return counts.every(({ out }) => out === wanted);
  });
}

describe('with connections', () => {
  beforeEach(async () => {
    appctl('dpctl/flush-conntrack');
    await connect(2);
  });

  const dumps = [
    ['dpctl/dump-conntrack'],
    ['dpctl/dump-conntrack', '-m'],
    ['dpctl/dump-conntrack', '-s'],
    ['dpctl/dump-conntrack', '-m', '-s', 'zone=5'],
    ['dpctl/dump-conntrack', 'zone=6'],
    ['dpctl/dump-conntrack', 'dummy@ovs-dummy', 'zone=5'],
    ['dpctl/dump-conntrack', 'foo'],
  ];
  test.each(dumps.map((words) => ({ words })))('$words', ({ words }) => sameLines(...words));

  test('figures', () => {
    appctl('dpctl/ct-stats-show');
    appctl('dpctl/ct-stats-show', 'verbose');
    appctl('dpctl/ct-stats-show', '-m');
    appctl('dpctl/ct-stats-show', 'zone=5', 'verbose');
    appctl('dpctl/ct-stats-show', 'zone=6');
    appctl('dpctl/ct-stats-show', 'foo');
    appctl('dpctl/ct-bkts');
    appctl('dpctl/ct-bkts', 'gt=2');
    appctl('dpctl/ct-bkts', 'foo');
    appctl('dpctl/ct-get-nconns');
    appctl('dpctl/ct-get-nconns', 'foo');
  });

  test('flushing one by one', () => {
    appctl(
      'dpctl/flush-conntrack',
      'zone=5',
      'ct_nw_src=10.1.1.1,ct_nw_dst=10.1.1.2,ct_nw_proto=6,ct_tp_src=4001,ct_tp_dst=80',
    );
    sameLines('dpctl/dump-conntrack');
    appctl('dpctl/flush-conntrack', 'zone=5', 'ct_nw_proto=17');
    sameLines('dpctl/dump-conntrack');
    appctl('dpctl/flush-conntrack', 'zone=6');
    sameLines('dpctl/dump-conntrack');
    appctl('dpctl/flush-conntrack', 'zone=5');
    sameLines('dpctl/dump-conntrack');
  });

  const TCP = 'ct_nw_src=10.1.1.1,ct_nw_dst=10.1.1.2,ct_nw_proto=6';
  const flushes = [
    ['ct-flush', 'br0'],
    ['ct-flush', 'br0', 'zone=6'],
    ['ct-flush', 'br0', 'zone=5', `${TCP},ct_tp_src=4001,ct_tp_dst=80`],
    ['ct-flush', 'br0', `${TCP},ct_tp_src=4001,ct_tp_dst=80`],
    ['ct-flush', 'br0', `${TCP},ct_tp_dst=80`],
    ['ct-flush', 'br0', '', 'ct_nw_dst=10.1.1.1,ct_nw_proto=17'],
    ['ct-flush', 'br0', 'ct_nw_src=10.1.1.1,ct_nw_proto=1,icmp_type=8,icmp_code=0'],
    ['ct-flush', 'br0', 'ct_nw_src=10.9.9.9'],
    ['ct-flush', 'br0', 'ct_bogus=1'],
    ['ct-flush-zone', 'br0', '5'],
  ];
  test.each(flushes.map((words) => ({ words })))('ovs-ofctl $words', ({ words }) => {
    both.same('ovs-ofctl', words);
    sameLines('dpctl/dump-conntrack');
  });
});

test('zone limits', () => {
  const rows = [
    'ct-get-limits',
    'ct-set-limits default=10 zone=3,limit=3 zone=9,limit=0',
    'ct-get-limits',
    'ct-get-limits zone=3,4',
    'ct-get-limits zone=3,x',
    'ct-get-limits foo',
    'ct-set-limits',
    'ct-set-limits zone=3',
    'ct-set-limits default=x',
    'ct-set-limits zone=70000,limit=1',
    'ct-set-limits zone=3,limit=x',
    'ct-set-limits zone=3,foo=1',
    'ct-set-limits dummy@ovs-dummy zone=7,limit=4',
    'ct-set-limits zone=8,limit=-1',
    'ct-get-limits dummy@ovs-dummy',
    'ct-get-limits dummy@ovs-dummy zone=7',
    'ct-del-limits zone=7,8',
    'ct-del-limits',
    'ct-del-limits zone=x',
    'ct-del-limits foo',
    'ct-get-limits',
    'ct-del-limits zone=3,9',
    'ct-set-limits default=0',
    'ct-get-limits',
  ];
  for (const row of rows) appctl(...`dpctl/${row}`.split(' '));
});

test('fragments', () => {
  const rows = [
    'ipf-get-status',
    'ipf-get-status -m',
    'ipf-set-disabled v4',
    'ipf-get-status',
    'ipf-set-enabled v4',
    'ipf-set-enabled x',
    'ipf-set-min-frag v4 100',
    'ipf-set-min-frag v6 1000',
    'ipf-set-min-frag x 1000',
    'ipf-set-max-nfrags 10000',
    'ipf-set-max-nfrags 500',
    'ipf-set-max-nfrags x',
    'ipf-get-status',
  ];
  for (const row of rows) appctl(...`dpctl/${row}`.split(' '));
});

test('the rest', () => {
  appctl('dpctl/ct-set-maxconns', 'x');
  appctl('dpctl/ct-set-maxconns', '10');
  appctl('dpctl/ct-get-maxconns');
  appctl('dpctl/ct-get-maxconns', 'foo');
  appctl('dpctl/ct-set-maxconns', '3000000');
  appctl('dpctl/ct-disable-tcp-seq-chk');
  appctl('dpctl/ct-get-tcp-seq-chk');
  appctl('dpctl/ct-enable-tcp-seq-chk');
  appctl('netdev-dummy/receive', 'p9', 'x');
  appctl('netdev-dummy/receive', 'p1', 'zz');
  appctl('netdev-dummy/receive', 'p1', 'in_port(1),foo');
  appctl('netdev-dummy/set-admin-state', 'p1', 'down');
  appctl('netdev-dummy/set-admin-state', 'p1', 'x');
  appctl('netdev-dummy/set-admin-state', 'p9', 'up');
  appctl('netdev-dummy/set-admin-state', 'up');
  appctl('ofproto/list');
});

describe('ctswitch ct', () => {
  const ct = (...words: string[]) =>
    tool(process.execPath, [...PROGRAM, 'ct', ...words], { env: { OVS_RUNDIR: both.ours.folder } });

  beforeEach(async () => {
    both.ours.appctl('dpctl/flush-conntrack');
    // The real one has a default limit of 0 by now, which allows none there.
    await connect(1);
  });

  test('lists what dump-conntrack dumps', () => {
    expect(ct('list').out).toBe(both.ours.appctl('dpctl/dump-conntrack'));
    const rows = JSON.parse(ct('list', '--json', '--proto', 'tcp').out) as { state: string }[];
    expect(rows.map(({ state }) => state)).toEqual(['SYN_SENT', 'SYN_SENT']);
    expect(ct('list', '--format', 'proc', '--proto', 'udp').out).toMatch(/^ipv4 {5}2 udp {6}17 \d+ src=10\.1\.1\.1 /);
  });

  test('counts, flushes, and tells mistakes in one sentence', () => {
    expect(ct('count').out).toBe(`${CONNECTIONS.length}\n`);
    expect(ct('flush', '--sport', '4002')).toEqual({ status: 0, out: '1 connection flushed\n', err: '' });
    expect(ct('count', '--zone', '5').out).toBe(`${CONNECTIONS.length - 1}\n`);
    expect(ct('list', '--zone', '70000')).toEqual({
      status: 1,
      out: '',
      err: 'ctswitch ct: zone takes a number from 0 to 65535, not "70000"\n',
    });
    expect(ct('stats', '--json').status).toBe(0);
  });

  /** A question, and what it was answered. */
  const tuned: [ask: string, answer: RegExp][] = [
    [
      'set max_connections=17 sweep_interval_ms=5000 tcp_sequence_check=off fragments_v6=off fragment_min_size_v4=600',
      /^$/,
    ],
    ['settings max_connections', /^max_connections {2}17 {2}connections at a time; .* \(it came as 3000000\)\n$/],
    ['limits set 5=1000 9=0 default=30', /^$/],
    ['limits', /^zone +limit +connections\ndefault +30\n5 +1000 +5\n9 +0 +0\n$/],
    ['limits del 9 default', /^$/],
    [
      'limits --json',
      /^\[\{"zone":"default","limit":null,.*\{"zone":5,"limit":1000,"isOwn":true,"connections":5\}\]\n$/,
    ],
    ['timeouts set 5 udp_first=7 icmp_first=8', /^$/],
    [
      'timeouts 5',
      /^zone 5\n {2}udp_first +7 s {2}UDP and other protocols: one packet\n {2}icmp_first +8 s {2}a query without answer\n$/,
    ],
    ['timeouts del 5', /^$/],
    ['timeouts', /^default\n {2}tcp_syn_sent +30 s +one end has spoken\n/],
    [
      'fragments',
      /^held {2}0 of \d+ fragments, of 0 packets\nIPv4 {2}held until whole, each but the last of at least 600 bytes; .*\nIPv6 {2}invalid;/,
    ],
    [
      'top --by service -n 1',
      /^connections +share +unreplied +service\n2 +40\.0% +2 +tcp 10\.1\.1\.2:80\n3 +60\.0% +others\n$/,
    ],
    ['top --by zone --json', /^\{"connections":5,"rows":\[\{"zone":5,"connections":5,"unreplied":5\}\],"others":0,/],
  ];
  test('tunes the tracker, which the commands of Open vSwitch see as they have done it', () => {
    for (const [words, answer] of tuned) {
      const { status, out, err } = ct(...words.split(' '));
      expect({ status, err }, words).toEqual({ status: 0, err: '' });
      expect(out, words).toMatch(answer);
    }
    const said = 'ct-set-maxconns 17;ct-disable-tcp-seq-chk;ipf-set-disabled v6;ipf-set-min-frag v4 600';
    for (const command of said.split(';')) both.real.appctl(`dpctl/${command}`.split(' '));
    both.real.appctl(['dpctl/ct-set-limits', 'zone=5,limit=1000']);
    for (const asked of ['ct-get-maxconns', 'ct-get-tcp-seq-chk', 'ipf-get-status', 'ct-get-limits zone=9'])
      appctl(...`dpctl/${asked}`.split(' '));
    expect(both.ours.appctl('dpctl/ct-get-sweep-interval')).toBe('5000\n');
    expect(ct('set', 'max_connections=3000000').status).toBe(0);
    both.real.appctl(['dpctl/ct-set-maxconns', '3000000']);
  });

  const mistakes: [string, RegExp][] = [
    ['set max_conns=5', /there is no setting "max_conns"; there are max_connections, /],
    ['limits set 5', /a limit is ZONE=LIMIT/],
    ['timeouts 7', /zone 7 has no timeouts of its own/],
    ['top --by colour', /connections cannot be summed up by "colour"/],
  ];
  test.each(mistakes)('%s', (words, message) => {
    const { status, out, err } = ct(...words.split(' '));
    expect([status, out, err.split('\n').length]).toEqual([1, '', 2]);
    expect(err).toMatch(message);
  });

  test('watches until it has seen enough', async () => {
    const answer = tool(
      'bash',
      [
        '-c',
        // Its first word of error output says that it is watching.
        '{ "$@" 2>&1 >&3 | { read -r _; ovs-appctl dpctl/flush-conntrack zone=5; cat >&2; }; } 3>&1',
        'bash',
        process.execPath,
        ...PROGRAM,
        'ct',
        'watch',
        '--json',
        '--limit',
        '2',
      ],
      { env: { OVS_RUNDIR: both.ours.folder } },
    );
    const events = answer.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; cause: string });
    expect(events.map(({ event, cause }) => [event, cause])).toEqual([
      ['destroy', 'flushed'],
      ['destroy', 'flushed'],
    ]);
  });

  test('explains', async () => {
    both.ours.appctl(
      'netdev-dummy/receive',
      'p2',
      packet(6, ',tcp(src=80,dst=4001),tcp_flags(syn|ack)', 'src=10.1.1.2,dst=10.1.1.1'),
    );
    let out = '';
    const said = 'tcp 10.1.1.2:80 > 10.1.1.1:4001 [S.]';
    await until('the packet', () => (out = ct('explain', '--limit', '1').out).includes(said));
    expect(out).toContain('reason  new-tcp-synack: ');
    expect(out).toMatch(/flow {4}br0: .*actions=ct\(table=1,zone=6\)/);
    expect(out).toMatch(
      /near {4}c#\d+ zone 5 10\.1\.1\.1:4001 > 10\.1\.1\.2:80 SYN_SENT: this packet is its reply, but in another zone/,
    );
  });
});
