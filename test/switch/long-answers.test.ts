/** Commands about a large and full table while packets flow between the pieces of their answers. */
import { beforeEach, expect, test } from 'vitest';
import { Commands } from '../helpers/commands.js';
import { countConnections } from '../helpers/count-connections.js';
import { frameFrom } from '../helpers/packet-text.js';
import { VirtualSwitch } from '../helpers/virtual-switch.js';

const FLOWS = `
table=0,ip,actions=ct(table=1)
table=1,ct_state=+new,udp,in_port=1,actions=ct(commit),2
table=1,ct_state=+est,in_port=1,actions=2
table=1,ct_state=+est,in_port=2,actions=1
`;
const ROOM = 5000;
/** Connections that end and begin between two pieces; the table stays full. */
const CHURN = 20;

const there = (n: number): Uint8Array => frameFrom(`01>02 udp 10.0.${n >> 8}.${n & 255}:1000>192.0.2.1:53`);
const tuple = (n: number): string => `src=10.0.${n >> 8}.${n & 255},dst=192.0.2.1,sport=1000,dport=53`;

let sw: VirtualSwitch;
let commands: Commands;

beforeEach(() => {
  sw = new VirtualSwitch(2, FLOWS);
  commands = new Commands(sw);
  sw.datapath.conntrack.maxConnections = ROOM;
  for (let n = 0; n < ROOM; n++) sw.send('p1', there(n));
  sw.takeSent();
});

const end = (n: number): Promise<string> =>
  commands.run(
    'dpctl/flush-conntrack',
    `ct_nw_proto=17,ct_nw_src=10.0.${n >> 8}.${n & 255},ct_nw_dst=192.0.2.1,ct_tp_src=1000,ct_tp_dst=53`,
  );

test('a dump shows who was there and stayed, once, and nobody else, while connections come and go in a full table', async () => {
  const lines: string[] = [];
  let turns = 0;
  let next = ROOM;
  for await (const piece of commands.pieces('dpctl/dump-conntrack')) {
    lines.push(...piece.split('\n').slice(0, -1));
    for (let i = 0; i < CHURN; i++) {
      const old = turns * CHURN + i;
      await end(old);
      // One of an ended connection's own tuple, one that is new, and one for which there is no room.
      sw.send('p1', i % 2 === 0 ? there(old) : there(next++), there(60_000));
    }
    expect(sw.takeSent().p2).toHaveLength(2 * CHURN);
    turns++;
  }
  expect(turns).toBeGreaterThan(15);
  const shown = lines.map((line) => /orig=\(([^)]*)\)/.exec(line)![1]);
  expect(new Set(shown).size).toBe(shown.length);
  const stayed = Array.from({ length: ROOM - turns * CHURN }, (_, i) => tuple(turns * CHURN + i));
  expect(shown).toEqual(expect.arrayContaining(stayed));
  const atFirst = new Set(Array.from({ length: ROOM }, (_, n) => tuple(n)));
  expect(shown.filter((name) => !atFirst.has(name!))).toEqual([]);
});

test('list and count are equal at rest, full or emptied', async () => {
  const figures = async (): Promise<number[]> => {
    const list = await commands.run('dpctl/dump-conntrack');
    const stats = await commands.run('dpctl/ct-stats-show');
    const { confirmed } = await commands.ask<{ confirmed: number }>('ct-stats');
    const counts = [await commands.run('dpctl/ct-get-nconns'), /Total: (\d+)/.exec(stats)![1]].map(Number);
    return [list.split('\n').length - 1, ...counts, confirmed, countConnections(sw.datapath.conntrack, sw.now)];
  };
  expect(await figures()).toEqual([ROOM, ROOM, ROOM, ROOM, ROOM]);
  await commands.run('dpctl/flush-conntrack');
  expect(await figures()).toEqual([0, 0, 0, 0, 0]);
});

test('packets pass while a flush goes on, and what was there is gone when it is answered', async () => {
  let next = ROOM;
  for await (const _ of commands.pieces('dpctl/flush-conntrack')) expect(sw.route('p1', there(next++))).toEqual(['p2']);
  expect(next - ROOM).toBeGreaterThan(15);
  const left = await commands.run('dpctl/dump-conntrack');
  for (const line of left.split('\n').slice(0, -1)) expect(line).toMatch(/src=10\.0\.(19|2\d)\./);
});
