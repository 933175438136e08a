/** Who fills the table: sums of pages, over a switch in process. */
import { beforeEach, describe, expect, test } from 'vitest';
import { Sums } from '../../src/cli/commands/ct/top.js';
import type { TopPage, TopRow } from '../../src/inspect/top.js';
import { Commands } from '../helpers/commands.js';
import { frame, VirtualSwitch } from '../helpers/virtual-switch.js';

const FLOWS = `
priority=60,ct_state=-trk,udp,in_port=1,tp_dst=9,actions=ct(commit,zone=6,nat(dst=10.0.0.99))
priority=50,ct_state=-trk,ip,in_port=1,actions=ct(commit,zone=5)
priority=50,ct_state=-trk,ipv6,in_port=1,actions=ct(commit,zone=5)
priority=50,ct_state=-trk,ip,in_port=2,actions=ct(zone=5)
`;

let sw: VirtualSwitch;
let commands: Commands;
beforeEach(() => {
  sw = new VirtualSwitch(2, FLOWS);
  commands = new Commands(sw);
});

const udp = (host: number, from: number, to: number) =>
  frame(`udp,nw_src=10.0.0.${host},nw_dst=10.0.1.1,tp_src=${from},tp_dst=${to}`);

/** All pages added up. */
async function top(request: object = {}): Promise<{ rows: TopRow[]; pages: number }> {
  const sums = new Sums();
  let pages = 0;
  for (let from: number | null = 0; from !== null; pages++) {
    const page: TopPage = await commands.ask('ct-top', { ...request, from });
    for (const row of page.rows) sums.add(...row);
    from = page.next;
  }
  return { rows: sums.top(100).map(({ value, connections, unreplied }) => [value, connections, unreplied]), pages };
}

describe('the parts', () => {
  beforeEach(() => {
    sw.send('p1', udp(1, 1, 53), udp(1, 2, 53), udp(1, 3, 9), udp(2, 1, 53));
    sw.send('p1', frame('tcp,nw_src=10.0.0.1,nw_dst=10.0.1.1,tp_src=1,tp_dst=80,tcp_flags=+syn'));
    sw.send('p2', frame('tcp,nw_src=10.0.1.1,nw_dst=10.0.0.1,tp_src=80,tp_dst=1,tcp_flags=+syn+ack'));
    sw.send('p1', frame('icmp,nw_src=10.0.0.3,nw_dst=10.0.1.1,icmp_type=8,icmp_code=0'));
    sw.send('p2', frame('icmp,nw_src=10.0.1.1,nw_dst=10.0.0.3,icmp_type=0,icmp_code=0'));
    sw.send('p1', frame('udp6,ipv6_src=fe80::1,ipv6_dst=fe80::2,tp_src=1,tp_dst=53'));
    sw.send('p1', frame('ip,nw_proto=50,nw_src=10.0.0.1,nw_dst=10.0.1.1'));
  });

  const rows: [object, TopRow[]][] = [
    [
      { by: 'src' },
      [
        ['10.0.0.1', 5, 4],
        ['10.0.0.2', 1, 1],
        ['10.0.0.3', 1, 0],
        ['fe80::1', 1, 1],
      ],
    ],
    [
      { by: 'dst' },
      [
        ['10.0.1.1', 7, 5],
        ['fe80::2', 1, 1],
      ],
    ],
    [
      { by: 'zone' },
      [
        ['5', 7, 5],
        ['6', 1, 1],
      ],
    ],
    [
      { by: 'service' },
      [
        ['udp 10.0.1.1:53', 3, 3],
        ['50 10.0.1.1:0', 1, 1],
        ['icmp 10.0.1.1', 1, 0],
        ['tcp 10.0.1.1:80', 1, 0],
        ['udp 10.0.1.1:9', 1, 1],
        ['udp [fe80::2]:53', 1, 1],
      ],
    ],
    [{ filter: { proto: 'tcp' } }, [['10.0.0.1', 1, 0]]],
    [
      { by: 'zone', filter: { src: '10.0.0.1', state: 'unreplied' } },
      [
        ['5', 3, 3],
        ['6', 1, 1],
      ],
    ],
  ];
  test.each(rows)('%j', async (request, expected) => expect((await top(request)).rows).toEqual(expected));

  test('what has expired does not count', async () => {
    sw.clock.advance(31_000);
    expect((await top({ by: 'service' })).rows.map(([service]) => service)).not.toContain('tcp 10.0.1.1:80');
  });
});

test('a large table takes many requests, and every connection counts once', async () => {
  for (let i = 0; i < 20_000; i++) {
    sw.port('p1').inject(udp(i & 7, 1 + i, 53));
    if (i % 1000 === 999) sw.settle();
  }
  const { rows, pages } = await top();
  expect(pages).toBeGreaterThan(1);
  expect(rows).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((host) => [`10.0.0.${host}`, 2500, 2500]));
});

const mistakes: [object, string][] = [
  [{ by: 'colour' }, 'connections cannot be summed up by "colour"; they can by src, dst, zone, service'],
  [{ by: 5 }, 'by has to be a text'],
  [{ from: -1 }, 'from has to be a whole number'],
  [{ filter: { colour: 'red' } }, 'connections cannot be filtered by "colour"'],
];
test.each(mistakes)('%j is refused', async (request, message) => {
  expect(await commands.error('ctswitch/ct-top', JSON.stringify(request))).toBe(message);
});

describe('too many values to keep apart', () => {
  test('those with the most stay, and the total is right', () => {
    const sums = new Sums(10);
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < 5; i++) sums.add(`heavy ${i}`, 10, 1);
      for (let i = 0; i < 40; i++) sums.add(`light ${round} ${i}`, 1, 1);
    }
    expect(sums.top(5)).toEqual([0, 1, 2, 3, 4].map((i) => ({ value: `heavy ${i}`, connections: 50, unreplied: 5 })));
    expect(sums.top(100).length).toBeLessThan(20);
    expect([sums.connections, sums.isRough]).toEqual([5 * (50 + 40), true]);
  });
});
