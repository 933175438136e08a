/** The connection table for people, over a switch in process: pages, filters, watchers, explanations, refusals. */

import { beforeEach, describe, expect, test } from 'vitest';
import { log } from '../../datapath/base/log.js';
import type { ConnJson } from '../../src/inspect/conn-json.js';
import type { Explanation } from '../../src/inspect/explain.js';
import { Commands } from '../helpers/commands.js';
import { answer, TWO_ZONES, tcp, udp, type Watched } from '../helpers/two-zones.js';
import { frame, VirtualSwitch } from '../helpers/virtual-switch.js';

interface Page<Row> {
  rows: Row[];
  next: number | null;
}
let sw: VirtualSwitch;
let commands: Commands;

beforeEach(() => {
  sw = new VirtualSwitch(3, TWO_ZONES);
  commands = new Commands(sw);
});

async function listAll(request: object = {}): Promise<ConnJson[]> {
  const rows: ConnJson[] = [];
  for (let from: number | null = 0; from !== null; ) {
    const page: Page<ConnJson> = await commands.ask('ct-list', { ...request, from });
    rows.push(...page.rows);
    from = page.next;
  }
  return rows;
}

describe('list, count, flush', () => {
  test('a connection in all its parts', async () => {
    sw.send('p1', tcp(4001, '+syn'));
    sw.advance(2500);
    expect(await listAll()).toEqual([
      {
        id: 1,
        proto: 'tcp',
        zone: 5,
        orig: { src: '10.0.0.1', dst: '10.0.0.2', sport: 4001, dport: 80 },
        reply: { src: '10.0.0.2', dst: '10.0.0.1', sport: 80, dport: 4001 },
        state: 'SYN_SENT',
        mark: 0,
        labels: '0x0',
        timeoutSeconds: 27,
        ageSeconds: 2,
        assured: false,
        nat: [],
        helper: null,
        parent: null,
        traffic: { orig: { packets: 1, bytes: 40 }, reply: { packets: 0, bytes: 0 } },
      },
    ]);
  });

  test('pages meet every connection once, and the count is the length of the list', async () => {
    for (let port = 1; port <= 4500; port++) sw.send('p1', udp(port));
    const first = await commands.ask<Page<ConnJson>>('ct-list');
    expect(first.rows).toHaveLength(2000);
    expect(first.next).toBe(2000);
    expect(new Set((await listAll()).map(({ id }) => id)).size).toBe(4500);
    expect(await commands.ask('ct-count')).toMatchObject({ confirmed: 4500, dying: 0, next: null });
  });

  test('what has expired is dying until it is swept', async () => {
    sw.send('p1', tcp(4001, '+syn'), udp(4001));
    sw.clock.advance(31_000);
    expect(await commands.ask('ct-count')).toMatchObject({ confirmed: 1, unconfirmed: 0, expected: 0, dying: 1 });
    expect((await listAll({ list: 'dying' })).map(({ proto }) => proto)).toEqual(['tcp']);
    expect((await listAll()).map(({ proto }) => proto)).toEqual(['udp']);
    sw.advance(20_000);
    expect(await commands.ask('ct-count')).toMatchObject({ confirmed: 1, dying: 0 });
  });

  test('flushing takes what the list shows', async () => {
    sw.send('p1', tcp(4001, '+syn'), tcp(4002, '+syn'), udp(4001));
    expect(await commands.ask('ct-flush', { filter: { sport: '4001' } })).toEqual({ flushed: 2, next: null });
    expect((await listAll()).map(({ orig }) => orig)).toMatchObject([{ sport: 4002 }]);
  });

  const mistakes: [string, object, string][] = [
    ['ct-list', { format: 'xml' }, 'there is no format "xml"; there are json, ovs, proc, conntrack'],
    ['ct-list', { list: 'x' }, 'there is no list "x"; there are confirmed, unconfirmed, expected, dying'],
    ['ct-list', { from: -1 }, 'from has to be a whole number'],
    ['ct-list', { filter: { colour: 'red' } }, 'connections cannot be filtered by "colour"'],
    ['ct-list', { filter: { zone: '65536' } }, 'zone takes a number from 0 to 65535, not "65536"'],
    ['ct-explain', { reason: 'x' }, 'there is no reason "x"; docs/reference/reasons.md lists them'],
    ['ct-watch', { events: ['x'] }, 'there is no event "x"; there are new, state, destroy, refused'],
    ['ct-watch-read', { watcher: 7 }, 'there is no watcher 7; nobody has read it for too long'],
  ];
  test.each(mistakes)('%s %j', async (name, request, message) => {
    expect(await commands.error(`ctswitch/${name}`, JSON.stringify(request))).toBe(message);
  });

  test('requests that are none', async () => {
    expect(await commands.error('ctswitch/ct-list', '{')).toBe('the request is not JSON');
    expect(await commands.error('ctswitch/ct-list', '[]')).toBe('the request is not a JSON object');
  });
});

describe('filters', () => {
  beforeEach(() => {
    sw.send('p1', tcp(4001, '+syn'), tcp(4002, '+syn'), udp(4001));
    sw.send('p2', answer(4002, '+syn+ack'));
    sw.send('p1', frame('icmp,nw_src=10.0.0.1,nw_dst=10.9.0.2,icmp_type=8,icmp_code=0'));
  });

  const rows: [Record<string, string>, number][] = [
    [{}, 4],
    [{ zone: '5' }, 4],
    [{ zone: '6' }, 0],
    [{ proto: 'tcp' }, 2],
    [{ proto: '17' }, 1],
    [{ proto: 'icmp', address: '10.9.0.0/16' }, 1],
    [{ address: '10.0.0.2' }, 3],
    [{ src: '10.0.0.2' }, 0],
    [{ dst: '10.0.0.2/31' }, 3],
    [{ address: '::/0' }, 0],
    [{ port: '4001' }, 2],
    [{ dport: '80' }, 2],
    [{ sport: '80' }, 0],
    [{ port: '0' }, 0],
    [{ state: 'established' }, 1],
    [{ state: 'SYN_SENT' }, 1],
    [{ state: 'unreplied' }, 2],
    [{ state: 'unassured' }, 4],
    [{ state: 'assured' }, 0],
    [{ mark: '0' }, 4],
    [{ mark: '1/1' }, 0],
    [{ label: '0x0/0xff' }, 4],
    [{ id: '2' }, 1],
    [{ proto: 'tcp', port: '4001', zone: '5' }, 1],
  ];
  test.each(rows)('%j: %i', async (filter, count) => {
    expect(await listAll({ filter })).toHaveLength(count);
    expect(await commands.ask('ct-count', { filter })).toMatchObject({ confirmed: count });
  });

  const bad: Record<string, string>[] = [
    { proto: 'x' },
    { address: '10.0.0.0/33' },
    { address: '10.0.0.0/' },
    { src: 'host' },
    { port: '-1' },
    { mark: '1/' },
    { mark: '0x100000000' },
    { label: '1/x' },
    { mark: '1/2/3' },
    { address: '10.0.0.0/8/9' },
    { address: '10.0.0.0/0x8' },
    { state: 'nonsense' },
    { state: 'constructor' },
    { state: 'closed' },
  ];
  test.each(bad)('%j is refused', async (filter) => {
    expect(await commands.error('ctswitch/ct-list', JSON.stringify({ filter }))).toMatch(/^\w+ takes .*, not "/);
  });
});

describe('explain', () => {
  const explain = async (request: object = {}) =>
    (await commands.ask<{ total: number; rows: Explanation[] }>('ct-explain', request)).rows;

  test('a reply in another zone: reason, flow, near miss', async () => {
    sw.send('p1', tcp(4001, '+syn'));
    sw.send('p3', answer(4001, '+syn+ack'));
    const [row] = await explain();
    expect(row).toMatchObject({
      zone: 6,
      verdict: 'invalid',
      reason: 'new-tcp-synack',
      packet: 'tcp 10.0.0.2:80 > 10.0.0.1:4001 [S.] seq 0 ack 0',
      before: '-trk',
      inPort: 'p3',
      bridge: 'br0',
      near: [{ kind: 'other-zone', isReply: true, conn: { zone: 5, state: 'SYN_SENT' } }],
    });
    expect(row.flows).toEqual([expect.stringContaining('actions=ct(table=1,zone=6)')]);
  });

  test('a connection that has ended: before and after the sweep', async () => {
    sw.send('p1', tcp(4001, '+syn'));
    sw.clock.advance(31_000);
    sw.send('p2', answer(4001, '+syn+ack'));
    const near = { kind: 'dead', isReply: true, conn: { cause: 'expired', state: 'SYN_SENT' } };
    expect((await explain())[0].near).toMatchObject([near]);
    sw.advance(20_000);
    expect((await explain())[0].near).toMatchObject([near]);
  });

  test('a packet that is already translated', async () => {
    sw.addFlows(
      'priority=60,ct_state=-trk,udp,in_port=1,tp_dst=53,actions=ct(commit,zone=5,nat(dst=10.0.0.9),table=1)',
    );
    sw.send('p1', udp(4001));
    sw.addFlows('priority=70,ct_state=-trk,tcp,in_port=3,actions=ct(zone=5,table=1)');
    sw.addFlows(
      'priority=60,ct_state=-trk,tcp,in_port=1,tp_dst=80,actions=ct(commit,zone=5,nat(dst=10.0.0.9),table=1)',
    );
    sw.send('p1', tcp(4001, '+syn'));
    sw.send('p3', answer(4001, '+syn+ack'));
    expect((await explain())[0].near).toMatchObject([{ kind: 'translated', isReply: true, conn: { nat: ['dst'] } }]);
  });

  test('a wrong checksum: the numbers, and the connection', async () => {
    const at = (seq: number, flags: string) => {
      const bytes = tcp(4001, flags);
      new DataView(bytes.buffer, bytes.byteOffset).setUint32(14 + 20 + 4, seq);
      return bytes;
    };
    sw.send('p1', tcp(4001, '+syn'));
    sw.send('p2', answer(4001, '+syn+ack'));
    sw.send('p1', at(0x7000_0000, '+ack'));
    const [row] = await explain();
    expect(row).toMatchObject({ reason: 'l4-checksum-bad', near: [{ kind: 'own' }] });
    expect(row.detail).toHaveProperty('found');
  });

  test('newest first, as many as wanted, by reason and zone; the ring is bounded', async () => {
    for (let port = 1; port <= 300; port++) sw.send('p3', answer(port, '+syn+ack'));
    expect(await explain({ each: true })).toHaveLength(10);
    expect(await explain({ each: true, limit: 1000 })).toHaveLength(256);
    expect((await explain({ each: true, limit: 2 })).map(({ sequence }) => sequence)).toEqual([300, 299]);
    expect(await explain({ reason: 'port-zero' })).toEqual([]);
    expect(await explain({ zone: 5 })).toEqual([]);
  });

  test('one stands for all that are alike', async () => {
    sw.send('p2', answer(4001, '+syn+ack'));
    for (let port = 1; port <= 20; port++) sw.send('p3', answer(port, '+syn+ack'));
    sw.send('p3', answer(1, '+syn+fin'));
    const rows = (await explain()).map(({ reason, inPort, sequence, alike }) => [reason, inPort, sequence, alike]);
    expect(rows).toEqual([
      ['new-tcp-flags-bad', 'p3', 22, 0],
      ['new-tcp-synack', 'p3', 21, 19],
      ['new-tcp-synack', 'p2', 1, 0],
    ]);
  });

  test('frames cut short are told, not stumbled over', async () => {
    for (const size of [60, 34, 20, 14]) sw.send('p3', answer(1, '+syn').subarray(0, size));
    for (const row of await explain()) expect(row.near).toEqual([]);
  });
});

describe('no room', () => {
  interface Stats {
    commits: Record<string, number>;
    zones: { zone: number; connections: number; limit: number | null }[];
    confirmed: number;
  }

  const cases: { reason: string; flows?: string; limit?: string[] }[] = [
    { reason: 'commit-refused:table-full', limit: ['dpctl/ct-set-maxconns', '1'] },
    { reason: 'commit-refused:zone-limit', limit: ['dpctl/ct-set-limits', 'zone=5,limit=1'] },
    {
      reason: 'commit-refused:nat-exhausted',
      flows: 'priority=60,ct_state=-trk,udp,in_port=1,actions=ct(commit,zone=5,nat(src=10.1.1.1:5000),table=1)',
    },
  ];

  test.each(cases)('$reason: counted, logged once, told to watchers, explained', async ({ reason, flows, limit }) => {
    const lines: string[] = [];
    log.setSink('console', ({ module, message }) => void (module === 'conntrack' && lines.push(message)));
    try {
      if (flows !== undefined) sw.addFlows(flows);
      if (limit !== undefined) await commands.run(limit[0], ...limit.slice(1));
      const { watcher } = await commands.ask<{ watcher: number }>('ct-watch', { events: ['refused'] });
      for (let port = 1; port <= 20; port++) sw.send('p1', udp(port));
      const stats = await commands.ask<Stats>('ct-stats');
      expect(stats).toMatchObject({ confirmed: 1, commits: { committed: 1, [reason]: 19 } });
      const { events } = await commands.ask<Watched>('ct-watch-read', { watcher });
      expect(events).toMatchObject([{ event: 'refused', reason, zone: 5, count: 1 }]);
      const { rows } = await commands.ask<{ rows: Explanation[] }>('ct-explain', { limit: 1 });
      expect(rows).toMatchObject([{ verdict: 'commit-refused', reason, zone: 5 }]);
      expect(lines.length).toBeLessThanOrEqual(1);
    } finally {
      log.setSink('console', null);
    }
  });
});

describe('what helpers expect', () => {
  test('none', async () => {
    expect(await commands.run('dpctl/dump-conntrack-exp')).toBe('');
    expect(await listAll({ list: 'expected' })).toEqual([]);
  });
});

test('ct-get-sweep-interval and its kin', async () => {
  expect(await commands.run('dpctl/ct-get-sweep-interval')).toBe('20000\n');
  expect(await commands.run('dpctl/ct-set-sweep-interval', '1000')).toBe('setting sweep interval successful');
  expect(await commands.run('dpctl/ct-get-sweep-interval')).toBe('1000\n');
  expect(await commands.error('dpctl/ct-set-sweep-interval', 'x')).toContain('sweep interval missing or malformed');
});
