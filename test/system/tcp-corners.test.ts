/**
 * TCP in its corners, segment by segment, in our tracker and in a real Open vSwitch: the same ct_state for each. What is random is in
 * conntrack-differential; here are those that people ask about by name.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { load32, store16, store32 } from '../../datapath/base/bytes.js';
import { RealOvs } from '../helpers/real-ovs.js';
import { frameOf, ipBytes, type Segment, segment } from '../helpers/segments.js';
import { stateText, TestTracker } from '../helpers/tracker.js';

const LEFT = { src: '10.0.0.1', dst: '10.0.0.2', sport: 1000, dport: 80 };
const RIGHT = { src: '10.0.0.2', dst: '10.0.0.1', sport: 80, dport: 1000 };
const WSCALE = (shift: number): number[] => [1, 3, 3, shift];

type Line = [from: 'L' | 'R', flags: string, rest?: Partial<Segment>];

/** Numbers from 1000 on the left and from 5000 on the right; the window of both is `window`. */
const open = (window = 65535): Line[] => [
  ['L', 'S', { seq: 1000, window }],
  ['R', 'SA', { seq: 5000, ack: 1001, window }],
  ['L', 'A', { seq: 1001, ack: 5001, window }],
];
const at = (seq: number, ack: number, payload: string | Uint8Array = '', window = 65535): Partial<Segment> => ({
  seq,
  ack,
  payload,
  window,
});
const close: Line[] = [
  ['L', 'FA', at(1001, 5001)],
  ['R', 'FA', at(5001, 1002)],
  ['L', 'A', at(1002, 5002)],
];
const kilobytes = (count: number): Uint8Array => new Uint8Array(count * 1024);

// biome-ignore format: a row for each
const CORNERS: [name: string, lines: Line[]][] = [
  ['simultaneous open', [['L', 'S', { seq: 1000 }], ['R', 'S', { seq: 5000 }], ['L', 'SA', at(1000, 5001)], ['R', 'SA', at(5000, 1001)], ['L', 'A', at(1001, 5001)]]],
  ['simultaneous close', [...open(), ['L', 'FA', at(1001, 5001)], ['R', 'FA', at(5001, 1001)], ['L', 'A', at(1002, 5002)], ['R', 'A', at(5002, 1002)]]],
  ['SYN with data, acknowledged whole', [['L', 'S', { seq: 1000, payload: 'early' }], ['R', 'SA', at(5000, 1006)], ['L', 'A', at(1006, 5001)], ['L', 'PA', at(1006, 5001, 'x')]]],
  ['SYN with data, which is sent again', [['L', 'S', { seq: 1000, payload: 'early' }], ['R', 'SA', at(5000, 1001)], ['L', 'PA', at(1001, 5001, 'early')]]],
  ['SYN again with another number', [['L', 'S', { seq: 1000 }], ['L', 'S', { seq: 9_000_000 }], ['R', 'SA', at(5000, 9_000_001)], ['L', 'A', at(9_000_001, 5001)]]],
  ['SYN-ACK for a number that was never sent', [['L', 'S', { seq: 1000 }], ['R', 'SA', at(5000, 77)], ['L', 'R', at(77, 0)]]],
  ['window scaling offered by the left only', [['L', 'S', { seq: 1000, window: 1000, options: WSCALE(4) }], ['R', 'SA', at(5000, 1001, '', 1000)], ['L', 'A', at(1001, 5001, '', 1000)], ['R', 'PA', at(5001, 1001, kilobytes(1))], ['R', 'PA', at(5001, 1001, new Uint8Array(900))]]],
  ['window scaling offered by the right only', [['L', 'S', { seq: 1000, window: 1000 }], ['R', 'SA', { ...at(5000, 1001, '', 1000), options: WSCALE(4) }], ['L', 'A', at(1001, 5001, '', 1000)], ['R', 'PA', at(5001 + 1500, 1001, kilobytes(1))]]],
  ['window scaling by both', [['L', 'S', { seq: 1000, window: 1000, options: WSCALE(4) }], ['R', 'SA', { ...at(5000, 1001, '', 1000), options: WSCALE(2) }], ['L', 'A', at(1001, 5001, '', 1000)], ['R', 'PA', at(5001 + 7000, 1001, kilobytes(1))], ['R', 'PA', at(5001 + 17_000, 1001, kilobytes(1))]]],
  ['keep-alives', [...open(), ['L', 'PA', at(1001, 5001, 'x')], ['R', 'A', at(5001, 1002)], ['L', 'A', at(1001, 5001)], ['R', 'A', at(5001, 1002)], ['R', 'A', at(5000, 1002, 'k')], ['L', 'A', at(1002, 5001)]]],
  ['zero window and its probes', [...open(), ['R', 'A', at(5001, 1001, '', 0)], ['L', 'A', at(1001, 5001, 'p')], ['R', 'A', at(5001, 1001, '', 0)], ['L', 'A', at(1001, 5001, 'p')], ['R', 'A', at(5001, 1002, '', 8000)], ['L', 'PA', at(1002 + 6900, 5001, kilobytes(1))]]],
  ['a window that was small from the start, overrun', [...open(100), ['L', 'PA', at(1001, 5001, new Uint8Array(100))], ['L', 'PA', at(1101, 5001, new Uint8Array(100))], ['L', 'PA', at(1001, 5001, kilobytes(1))]]],
  ['retransmissions, older than a window', [...open(1000), ['L', 'PA', at(1001, 5001, new Uint8Array(900))], ['R', 'A', at(5001, 1901, '', 1000)], ['L', 'PA', at(1901, 5001, new Uint8Array(900))], ['R', 'A', at(5001, 2801, '', 1000)], ['L', 'PA', at(1001, 5001, new Uint8Array(900))], ['L', 'PA', at(1850, 5001, new Uint8Array(10))]]],
  ['resets: blind, off by one, exact', [...open(), ['R', 'R', at(9999, 0)], ['R', 'R', at(5003, 0)], ['R', 'R', at(5001, 0)], ['L', 'A', at(1001, 5001)]]],
  ['a reset off by one', [...open(), ['R', 'PA', at(5001, 1001, 'x')], ['R', 'R', at(5003, 0)]]],
  ['a reset with data', [...open(), ['L', 'RA', at(1001, 5001, 'why')], ['R', 'A', at(5001, 1001)]]],
  ['a challenge ACK for a SYN amidst a connection', [...open(), ['L', 'S', { seq: 77_000 }], ['R', 'A', at(5001, 1001)], ['L', 'R', at(1001, 0)]]],
  ['the port again after a close', [...open(), ...close, ['L', 'S', { seq: 500 }], ['R', 'SA', at(70_000, 501)], ['L', 'A', at(501, 70_001)]]],
  ['the port again after a reset', [...open(), ['R', 'R', at(5001, 0)], ['L', 'S', { seq: 500 }], ['R', 'SA', at(70_000, 501)], ['L', 'A', at(501, 70_001)]]],
  ['a SYN from the other side after a close', [...open(), ...close, ['R', 'S', { seq: 500 }], ['L', 'SA', at(70_000, 501)]]],
  ['the last ACK again, and stray data, after a close', [...open(), ...close, ['L', 'A', at(1002, 5002)], ['L', 'PA', at(1002, 5002, 'stray')], ['R', 'FA', at(5001, 1002)]]],
  ['half closed, and data go on', [...open(), ['L', 'FA', at(1001, 5001)], ['R', 'A', at(5001, 1002)], ['R', 'PA', at(5001, 1002, kilobytes(1))], ['L', 'A', at(1002, 6025)], ['R', 'FA', at(6025, 1002)], ['L', 'A', at(1002, 6026)]]],
  ['picked up in the middle', [['L', 'PA', at(7000, 9000, 'abc')], ['R', 'PA', at(9000, 7003, 'def')], ['L', 'A', at(7003, 9003)], ['R', 'PA', at(9003 + 500_000, 7003, 'far')]]],
  ['picked up at its end', [['L', 'FA', at(7000, 9000)], ['R', 'FA', at(9000, 7001)], ['L', 'A', at(7001, 9001)]]],
  ['numbers that wrap', [['L', 'S', { seq: 0xffff_fff0 }], ['R', 'SA', at(0xffff_fffe, 0xffff_fff1)], ['L', 'PA', at(0xffff_fff1, 0xffff_ffff, new Uint8Array(32))], ['R', 'PA', at(0xffff_ffff, 0x11, new Uint8Array(8))], ['L', 'A', at(0x11, 7)]]],
  ['flags that cannot be', [...open(), ['L', 'SR'], ['L', 'SF'], ['L', ''], ['L', 'F'], ['L', 'FPU'], ['L', 'PR'], ['L', 'A', at(1001, 5001)]]],
];

let ovs: RealOvs;
beforeAll(() => {
  ovs = new RealOvs();
  ovs.addBridge('br0', ['p1', 'p2', 'p3']);
  const flows = [
    'table=0,in_port=1,ip,actions=ct(commit,table=1)',
    'table=0,in_port=2,ip,actions=ct(table=1)',
    'table=1,actions=move:NXM_NX_CT_STATE[]->NXM_OF_ETH_SRC[0..31],output:3',
  ];
  ovs.ofctl(['add-flows', 'br0', '-'], flows.join('\n'));
});
afterAll(() => ovs.stop());

const segmentOf = ([from, flags, rest]: Line): Segment => ({
  proto: 'tcp',
  ...(from === 'L' ? LEFT : RIGHT),
  flags,
  ...rest,
});

async function theirState([from]: Line, s: Segment): Promise<string> {
  const frame = frameOf(ipBytes(s));
  store16(frame, 6, 0x0200);
  store32(frame, 8, 0);
  ovs.receive(from === 'L' ? 'p1' : 'p2', frame);
  for (let tries = 0; tries < 400; tries++) {
    const [out] = ovs.sent('p3');
    if (out !== undefined) return stateText(load32(out, 8));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('nothing has left');
}

/** Left commits, right only asks. */
async function compare(lines: readonly Line[], checksSequence: boolean): Promise<void> {
  ovs.appctl(['dpctl/flush-conntrack']);
  const tracker = new TestTracker();
  tracker.ct.checksTcpSequence = checksSequence;
  for (const [i, line] of lines.entries()) {
    const s = segmentOf(line);
    const p = tracker.run(segment(s), { commit: line[0] === 'L' });
    const state = stateText(p.ctState);
    expect([i, line, state]).toEqual([i, line, await theirState(line, s)]);
    // Without the check nothing but flags is wrong.
    if (!checksSequence && state.includes('inv')) expect(tracker.reason).toMatch(/flags-bad|synack/);
  }
}

describe('as Open vSwitch', () => {
  test.each(CORNERS)('%s', async (_name, lines) => compare(lines, true));
});

describe('with sequence checking off', () => {
  beforeAll(() => void ovs.appctl(['dpctl/ct-disable-tcp-seq-chk']));
  afterAll(() => void ovs.appctl(['dpctl/ct-enable-tcp-seq-chk']));
  test.each(CORNERS)('%s', async (_name, lines) => compare(lines, false));
});
