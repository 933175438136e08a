/** What `ctswitch ct explain` says of invalid packets: the sentences that people read. */
import { beforeEach, describe, expect, test } from 'vitest';
import { store16 } from '../../datapath/base/bytes.js';
import { COMMITS, REASONS } from '../../datapath/conntrack/record/reasons.js';
import * as ipv4 from '../../datapath/wire/ipv4.js';
import { explanationText } from '../../src/cli/commands/ct/text.js';
import { COMMIT_ADVICE, REASON_ADVICE } from '../../src/inspect/advice.js';
import type { Explanation } from '../../src/inspect/explain.js';
import { Commands } from '../helpers/commands.js';
import { frameOf, ipBytes, type Segment } from '../helpers/segments.js';
import { VirtualSwitch } from '../helpers/virtual-switch.js';

const FLOWS = `
priority=50,ct_state=-trk,tcp,in_port=1,tp_dst=21,actions=ct(commit,alg=ftp,table=1)
priority=40,ct_state=-trk,ip,in_port=1,actions=ct(commit,table=1)
priority=40,ct_state=-trk,ipv6,in_port=1,actions=ct(commit,table=1)
priority=40,ct_state=-trk,ip,in_port=2,actions=ct(table=1)
table=1,priority=50,ct_state=+inv,ip,in_port=2,actions=ct(table=2)
table=1,ct_state=-inv,in_port=1,actions=2
table=1,ct_state=-inv,in_port=2,actions=1
`;
const LEFT: Segment = { proto: 'tcp', src: '10.0.0.1', dst: '10.0.0.2', sport: 4001, dport: 21 };
const RIGHT: Segment = { proto: 'tcp', src: '10.0.0.2', dst: '10.0.0.1', sport: 21, dport: 4001 };
const UDP: Segment = { ...LEFT, proto: 'udp' };

test('whatever has numbers has words for them', () => {
  const kinds = [
    { rows: REASONS, told: REASON_ADVICE },
    { rows: COMMITS, told: COMMIT_ADVICE },
  ];
  for (const { rows, told } of kinds)
    for (const { id, name, detail = [] } of rows.filter((row) => row.detail !== undefined)) {
      const numbers = Object.fromEntries(detail.map((what) => [what, 1]));
      const row = told[id];
      expect([name, row?.why]).toEqual([name, expect.any(Function)]);
      expect(`${row?.why?.(numbers)} ${row?.advice?.(numbers) ?? ''}`).not.toMatch(/undefined|NaN/);
    }
});

let sw: VirtualSwitch;
let commands: Commands;

beforeEach(() => {
  sw = new VirtualSwitch(2, FLOWS);
  commands = new Commands(sw);
});

/** The lines about the latest packet, without number, time and flows. */
async function said(): Promise<string[]> {
  const { rows } = await commands.ask<{ rows: Explanation[] }>('ct-explain', { limit: 1 });
  const lines = explanationText(rows[0]).trimEnd().split('\n');
  return lines.map((line) => line.trim().replace(/^#\d+ \S+ /, '')).filter((line) => !line.startsWith('flow'));
}

function send(port: 'p1' | 'p2', ...segments: Segment[]): void {
  for (const s of segments) sw.send(port, frameOf(ipBytes(s)));
}

function establish(): void {
  send('p1', { ...LEFT, flags: 'S', seq: 100, window: 1000 });
  send('p2', { ...RIGHT, flags: 'SA', seq: 200, ack: 101, window: 1000 });
  send('p1', { ...LEFT, flags: 'PA', seq: 101, ack: 201, window: 1000, payload: 'x' });
}

const OWN = 'near    c#1 zone 0 10.0.0.1:4001 > 10.0.0.2:21 ESTABLISHED: the connection that the packet belongs to';
const SEQ_CHECK =
  'try     if the path is lossy or only one direction comes by here: dpctl/ct-disable-tcp-seq-chk lets such segments pass';

describe('segments of a connection', () => {
  beforeEach(establish);

  test('beyond the window', async () => {
    send('p1', { ...LEFT, flags: 'A', seq: 5000, ack: 201, payload: 'late' });
    expect(await said()).toEqual([
      'tcp 10.0.0.1:4001 > 10.0.0.2:21 [.] seq 5000 ack 201 from p1, zone 0',
      'reason  tcp-seq-above-window: The segment ends beyond the window of its receiver.',
      'why     it ends at 5004, 3903 beyond 1101, up to where the other end has opened its window',
      OWN,
      SEQ_CHECK,
    ]);
  });

  test('a reset that misses, and comes to the tracker twice', async () => {
    send('p1', { ...LEFT, dport: 80, flags: 'S', seq: 100 });
    send('p2', { ...RIGHT, sport: 80, flags: 'SA', seq: 200, ack: 101 });
    send('p2', { ...RIGHT, sport: 80, flags: 'R', seq: 300 });
    const lines = await said();
    expect(lines[1]).toMatch(/^reason {2}already-invalid: /);
    expect(lines[2]).toBe('why     it became so in #1, zone 0: tcp-rst-inexact');
    const { rows } = await commands.ask<{ rows: Explanation[] }>('ct-explain', { reason: 'tcp-rst-inexact' });
    expect(rows[0].why).toBe('its number is 300; 201, give or take 1, is expected');
  });

  test('an FTP command with the address of somebody else', async () => {
    send('p1', { ...LEFT, flags: 'PA', seq: 102, ack: 201, window: 1000, payload: 'PORT 10,0,0,9,4,1\r\n' });
    expect((await said())[2]).toBe(`why     the address is not its sender's; it reads "PORT 10,0,0,9,4,1"`);
  });
});

describe('packets of none', () => {
  test('an ICMP error tells what it is about', async () => {
    const inner = ipBytes({ ...UDP, sport: 7 });
    send('p2', { proto: 'icmp', src: '10.9.9.9', dst: '10.0.0.1', type: 3, code: 1, inner });
    expect((await said())[0]).toBe(
      'icmp 10.9.9.9 > 10.0.0.1 type 3 code 1 about udp 10.0.0.1:7 > 10.0.0.2:21 from p2, zone 0',
    );
  });

  test('neighbour discovery', async () => {
    send('p1', { proto: 'icmpv6', src: 'fc00::1', dst: 'fc00::2', type: 135, inner: new Uint8Array(16) });
    const lines = await said();
    expect(lines[2]).toBe('why     it is type 135, code 0');
    expect(lines[3]).toMatch(/^try {5}let neighbour discovery/);
  });

  test('a checksum that the sender left to its network card', async () => {
    const ip = ipBytes(UDP);
    store16(ip, 26, 0x0a00 + 0x0001 + 0x0a00 + 0x0002 + 17 + 8);
    sw.send('p1', frameOf(ip));
    const lines = await said();
    expect(lines[2]).toMatch(/^why {5}it is 0x141c and should be 0x[0-9a-f]+$/);
    expect(lines[3]).toContain('ethtool -K');
  });

  test('fragments and broken headers are called what they are', async () => {
    const small = ipBytes({ ...UDP, payload: new Uint8Array(104) });
    store16(small, 6, 0x2000);
    ipv4.setChecksum(small, 0);
    sw.send('p1', frameOf(small));
    expect((await said()).slice(0, 3)).toEqual([
      'udp 10.0.0.1:4001 > 10.0.0.2:21, first fragment from p1, zone 0',
      'reason  frag-too-small: A fragment that is not the last is smaller than the minimum.',
      'why     it has 132 bytes; the minimum is 1200',
    ]);
    const cut = ipBytes(UDP);
    store16(cut, 2, 500);
    ipv4.setChecksum(cut, 0);
    sw.send('p1', frameOf(cut));
    expect((await said()).slice(0, 3)).toEqual([
      'ip 10.0.0.1 > 10.0.0.2, broken from p1, zone 0',
      'reason  no-l3-or-l4: No complete IP and transport header was found in the packet.',
      'why     it should have 500 bytes, and has 28',
    ]);
  });

  test('the answer to what could not be committed', async () => {
    await commands.run('dpctl/ct-set-maxconns', '0');
    const tcp: Segment = { ...LEFT, dport: 80, flags: 'S', seq: 1 };
    send('p1', { ...UDP, sport: 7 }, tcp);
    send('p2', { ...RIGHT, sport: 80, flags: 'SA', seq: 1, ack: 2 });
    expect((await said())[2]).toBe('why     the connection was refused in #2: commit-refused:table-full');
  });

  test('a full zone', async () => {
    await commands.run('dpctl/ct-set-limits', 'zone=0,limit=1');
    send('p1', UDP, { ...UDP, sport: 7 });
    const lines = await said();
    expect(lines[1]).toMatch(/^reason {2}commit-refused:zone-limit: /);
    expect(lines[2]).toBe('why     1 connections of at most 1');
    const stats = await commands.ask<{ zones: object[] }>('ct-stats');
    expect(stats.zones).toMatchObject([{ zone: 0, refused: { 'commit-refused:zone-limit': 1 } }]);
  });
});
