/** A SYN flood of a million different tuples against a table of 100 000: established connections do not notice. */
import { afterEach, expect, test } from 'vitest';
import { load16, load32, store16, store32 } from '../../datapath/base/bytes.js';
import { update16, update32 } from '../../datapath/base/checksum.js';
import { systemClock } from '../../datapath/base/clock.js';
import { log } from '../../datapath/base/log.js';
import { COMMIT_TABLE_FULL } from '../../datapath/conntrack/record/reasons.js';
import { countConnections } from '../helpers/count-connections.js';
import { frameFrom } from '../helpers/packet-text.js';
import { VirtualSwitch } from '../helpers/virtual-switch.js';

const FLOWS = `
table=0,ip,actions=ct(table=1)
table=1,ct_state=+new,tcp,in_port=1,actions=ct(commit),2
table=1,ct_state=+est,in_port=1,actions=2
table=1,ct_state=+est,in_port=2,actions=1
`;
const ROOM = 100_000;
const FLOOD = 1_000_000;
const KNOWN = 100;
const BURST = 1000;

const IP = 14;
const TCP = 34;

const there = (port: number, flags: string): Uint8Array =>
  frameFrom(`01>02 tcp 10.0.0.1:${port}>192.0.2.1:80 ${flags}`);
const back = (port: number, flags: string): Uint8Array => frameFrom(`02>01 tcp 192.0.2.1:80>10.0.0.1:${port} ${flags}`);

/** A SYN from the n-th of a million addresses and ports. */
const SYN = there(1, 'S');
function synFrom(n: number): Uint8Array {
  const bytes = SYN.slice();
  const address = (0x0b00_0000 + n) | 0;
  const port = 1024 + (n % 60_000);
  const old = load32(bytes, IP + 12);
  store32(bytes, IP + 12, address);
  store16(bytes, IP + 10, update32(load16(bytes, IP + 10), old, address));
  const checksum = update32(load16(bytes, TCP + 16), old, address);
  store16(bytes, TCP + 16, update16(checksum, load16(bytes, TCP), port));
  store16(bytes, TCP, port);
  return bytes;
}

function establish(sw: VirtualSwitch, port: number): void {
  sw.send('p1', there(port, 'S'));
  sw.send('p2', back(port, 'SA'));
  sw.send('p1', there(port, 'A'));
  sw.takeSent();
}

/** Connections of which a packet comes through in both directions. */
function alive(sw: VirtualSwitch): number {
  let count = 0;
  for (let port = 1; port <= KNOWN; port++) {
    const ways = [...sw.route('p1', there(port, 'A')), ...sw.route('p2', back(port, 'A'))];
    if (ways.join() === 'p2,p1') count++;
  }
  return count;
}

afterEach(() => {
  log.setSink('console', null);
  log.clock = systemClock;
});

test('connections live on, memory stays, refusals are counted and logged once', () => {
  const lines: string[] = [];
  log.setSink(
    'console',
    ({ module, message, level }) => void (module === 'conntrack' && level === 'warn' && lines.push(message)),
  );
  const sw = new VirtualSwitch(2, FLOWS);
  // How often the log may say it is a matter of the switch's time, however long the machine takes.
  log.clock = sw.clock;
  const { datapath } = sw;
  const { conntrack } = datapath;
  conntrack.maxConnections = ROOM;
  for (let port = 1; port <= KNOWN; port++) establish(sw, port);
  let bytesWhenFull = 0;
  for (let n = 0; n < FLOOD; n += BURST) {
    sw.send('p1', ...Array.from({ length: BURST }, (_, i) => synFrom(n + i)));
    sw.takeSent();
    if (n === 2 * ROOM) bytesWhenFull = conntrack.capacityBytes;
    if (n === FLOOD / 2) expect(alive(sw)).toBe(KNOWN);
  }
  expect(alive(sw)).toBe(KNOWN);
  expect(conntrack.capacityBytes).toBe(bytesWhenFull);
  expect(conntrack.outcomes.commits[COMMIT_TABLE_FULL]).toBe(FLOOD - (ROOM - KNOWN));
  expect(lines).toEqual([expect.stringMatching(/^The table is full \(100000 connections\): /)]);
  expect([...conntrack.dump({}, sw.now)]).toHaveLength(ROOM);
  expect([conntrack.count, countConnections(conntrack, sw.now)]).toEqual([ROOM, ROOM]);
  expect([...datapath.flows()].length).toBeLessThan(20);

  // The flood's connections were never answered: they go first, and there is room again.
  for (let i = 0; i < 40; i++) sw.advance(1000);
  expect([countConnections(conntrack, sw.now), [...conntrack.dump({}, sw.now)].length]).toEqual([KNOWN, KNOWN]);
  // Records are freed a bounded number at a time.
  for (let i = 0; i < ROOM / 1000 && conntrack.count > KNOWN; i++) sw.advance(1);
  expect(conntrack.count).toBe(KNOWN);
  expect(alive(sw)).toBe(KNOWN);
  establish(sw, KNOWN + 1);
  expect(conntrack.count).toBe(KNOWN + 1);
}, 120_000);
