/** TCP conversations: the ct_state of each segment, the state that is printed, the timeout. */
import { describe, expect, test } from 'vitest';
import type { Segment } from '../../helpers/segments.js';
import { TestTracker } from '../../helpers/tracker.js';

const LEFT = { src: '192.168.0.2', dst: '10.0.0.2', sport: 1024, dport: 2048 };
const RIGHT = { src: '10.0.0.2', dst: '192.168.0.2', sport: 2048, dport: 1024 };
const WSCALE = (shift: number) => [1, 3, 3, shift];

type Row = [from: 'L' | 'R', segment: Partial<Segment>, state: string, printed: string, timeoutSeconds: number];

const seg = (from: 'L' | 'R', s: Partial<Segment>): Segment => ({
  proto: 'tcp',
  ...(from === 'L' ? LEFT : RIGHT),
  ...s,
});

/** Left commits everything, right only asks: the tutorial's flows. */
function play(tracker: TestTracker, rows: readonly Row[]): void {
  rows.forEach(([from, s, state, printed, timeout], i) => {
    const got = tracker.send(seg(from, s), { commit: from === 'L' });
    const { only } = tracker;
    expect([i, got, only.tcp!.state, only.timeoutMs / 1000]).toEqual([i, state, printed, timeout]);
  });
}

const HANDSHAKE: Row[] = [
  ['L', { flags: 'S', seq: 100 }, 'new|trk', 'SYN_SENT', 30],
  ['R', { flags: 'SA', seq: 200, ack: 101 }, 'est|rpl|trk', 'ESTABLISHED', 30],
  ['L', { flags: 'A', seq: 101, ack: 201 }, 'est|trk', 'ESTABLISHED', 86400],
];
const CLOSE: Row[] = [
  ['L', { flags: 'FA', seq: 101, ack: 201 }, 'est|trk', 'FIN_WAIT_1', 900],
  ['R', { flags: 'FA', seq: 201, ack: 102 }, 'est|rpl|trk', 'LAST_ACK', 45],
  ['L', { flags: 'A', seq: 102, ack: 202 }, 'est|trk', 'TIME_WAIT', 30],
];

describe('conversations', () => {
  test('the tutorial: open, data, close, retransmission', () => {
    play(new TestTracker(), [
      ...HANDSHAKE,
      ['L', { flags: 'A', seq: 101, ack: 201, payload: 'X' }, 'est|trk', 'ESTABLISHED', 86400],
      ['R', { flags: 'A', seq: 201, ack: 102 }, 'est|rpl|trk', 'ESTABLISHED', 86400],
      ['L', { flags: 'FA', seq: 102, ack: 201 }, 'est|trk', 'FIN_WAIT_1', 900],
      ['R', { flags: 'FA', seq: 201, ack: 103 }, 'est|rpl|trk', 'LAST_ACK', 45],
      ['L', { flags: 'A', seq: 103, ack: 202 }, 'est|trk', 'TIME_WAIT', 30],
      ['L', { flags: 'A', seq: 103, ack: 202 }, 'est|trk', 'TIME_WAIT', 30],
    ]);
  });
  test('a retransmitted SYN is new again', () => {
    play(new TestTracker(), [HANDSHAKE[0], HANDSHAKE[0], HANDSHAKE[1]]);
  });
  test('half close', () => {
    play(new TestTracker(), [
      ...HANDSHAKE,
      CLOSE[0],
      ['R', { flags: 'A', seq: 201, ack: 102 }, 'est|rpl|trk', 'CLOSE_WAIT', 900],
      ['R', { flags: 'PA', seq: 201, ack: 102, payload: 'late' }, 'est|rpl|trk', 'CLOSE_WAIT', 900],
    ]);
  });
  test('simultaneous open', () => {
    play(new TestTracker(), [
      HANDSHAKE[0],
      ['R', { flags: 'S', seq: 200 }, 'new|trk', 'SYN_SENT', 30],
      ['L', { flags: 'SA', seq: 100, ack: 201 }, 'est|trk', 'ESTABLISHED', 30],
      ['R', { flags: 'SA', seq: 200, ack: 101 }, 'est|rpl|trk', 'ESTABLISHED', 86400],
    ]);
  });
  test('RST closes at once', () => {
    play(new TestTracker(), [
      ...HANDSHAKE,
      ['R', { flags: 'R', seq: 201 }, 'est|rpl|trk', 'TIME_WAIT', 30],
      ['L', { flags: 'A', seq: 101, ack: 201 }, 'est|trk', 'TIME_WAIT', 30],
    ]);
  });
  test('RST-ACK without a number refuses a SYN', () => {
    play(new TestTracker(), [HANDSHAKE[0], ['R', { flags: 'RA', seq: 0, ack: 0 }, 'est|rpl|trk', 'TIME_WAIT', 30]]);
  });
  test('a SYN on a closed connection begins another', () => {
    const tracker = new TestTracker();
    play(tracker, [...HANDSHAKE, ...CLOSE]);
    const { id } = tracker.only;
    expect(tracker.send(seg('L', { flags: 'S', seq: 5000 }), { commit: true })).toBe('new|trk');
    expect(tracker.only.id).not.toBe(id);
    expect(tracker.only.tcp!.state).toBe('SYN_SENT');
    expect(tracker.ct.dyingCount).toBe(1);
  });
  test('window scaling is agreed or not', () => {
    const scaled = new TestTracker();
    play(scaled, [
      ['L', { flags: 'S', seq: 100, options: WSCALE(7) }, 'new|trk', 'SYN_SENT', 30],
      ['R', { flags: 'SA', seq: 200, ack: 101, options: WSCALE(2) }, 'est|rpl|trk', 'ESTABLISHED', 30],
      ['L', { flags: 'A', seq: 101, ack: 201, window: 1000 }, 'est|trk', 'ESTABLISHED', 86400],
      ['R', { flags: 'A', seq: 201 + 100_000, ack: 101, payload: 'far' }, 'est|rpl|trk', 'ESTABLISHED', 86400],
    ]);
    expect(scaled.only.tcp).toMatchObject({ wscaleOrig: 7, wscaleReply: 2, flagsOrig: 1, flagsReply: 1 });
    const unscaled = new TestTracker();
    play(unscaled, [
      ['L', { flags: 'S', seq: 100, options: WSCALE(7) }, 'new|trk', 'SYN_SENT', 30],
      ['R', { flags: 'SA', seq: 200, ack: 101 }, 'est|rpl|trk', 'ESTABLISHED', 30],
      ['L', { flags: 'A', seq: 101, ack: 201, window: 1000 }, 'est|trk', 'ESTABLISHED', 86400],
      ['R', { flags: 'A', seq: 201 + 100_000, ack: 101, payload: 'far' }, 'inv|trk', 'ESTABLISHED', 86400],
    ]);
  });
  test('picked up in the middle', () => {
    const tracker = new TestTracker();
    play(tracker, [
      ['L', { flags: 'A', seq: 7000, ack: 9000, payload: 'abc' }, 'new|trk', 'SYN_SENT', 30],
      ['R', { flags: 'A', seq: 9000, ack: 7003, payload: 'def' }, 'est|rpl|trk', 'ESTABLISHED', 30],
      ['L', { flags: 'A', seq: 7003, ack: 9003 }, 'est|trk', 'ESTABLISHED', 86400],
    ]);
    expect(tracker.only.tcp).toMatchObject({ flagsOrig: 8, flagsReply: 8 });
  });
});

describe('reasons', () => {
  const established = (): TestTracker => {
    const tracker = new TestTracker();
    play(tracker, HANDSHAKE);
    return tracker;
  };
  const rows: [name: string, from: 'L' | 'R', s: Partial<Segment>, reason: string][] = [
    ['SYN with RST', 'L', { flags: 'SR' }, 'tcp-flags-bad'],
    ['SYN with FIN', 'L', { flags: 'SF' }, 'tcp-flags-bad'],
    ['no flags', 'L', { flags: '' }, 'tcp-flags-bad'],
    ['FIN alone', 'L', { flags: 'F' }, 'tcp-flags-bad'],
    ['PSH and RST without ACK', 'L', { flags: 'PR' }, 'tcp-flags-bad'],
    ['beyond the window', 'L', { flags: 'A', seq: 101 + 70_000, ack: 201, payload: 'x' }, 'tcp-seq-above-window'],
    ['before the window', 'L', { flags: 'A', seq: 101 - 70_000, ack: 201, payload: 'x' }, 'tcp-seq-below-window'],
    ['acknowledges what was never sent', 'L', { flags: 'A', seq: 101, ack: 201 + 70_000 }, 'tcp-ack-ahead'],
    ['acknowledges the distant past', 'L', { flags: 'A', seq: 101, ack: 201 - 70_000 }, 'tcp-ack-too-old'],
    ['RST off by two', 'R', { flags: 'R', seq: 203 }, 'tcp-rst-inexact'],
  ];
  test.each(rows)('%s', (_name, from, s, reason) => {
    const tracker = established();
    expect(tracker.send(seg(from, s))).toBe('inv|trk');
    expect(tracker.reason).toBe(reason);
    expect(tracker.only.tcp!.state).toBe('ESTABLISHED');
  });
  test.each([
    ['SA', 'new-tcp-synack'],
    ['SF', 'new-tcp-flags-bad'],
    ['', 'new-tcp-flags-bad'],
  ])('first segment %s', (flags, reason) => {
    const tracker = new TestTracker();
    expect(tracker.send(seg('L', { flags }), { commit: true })).toBe('inv|trk');
    expect(tracker.reason).toBe(reason);
    expect(tracker.commit).toBe('commit-ignored:not-new');
    expect(tracker.entries()).toEqual([]);
  });
  test('the details tell by how much', () => {
    const tracker = established();
    tracker.send(seg('L', { flags: 'A', seq: 101 + 65_536, ack: 201, payload: 'x' }));
    const [seq, ack, end, low, high, , , missedBy] = tracker.ct.detail;
    expect({ seq, ack, end, low, high, missedBy }).toEqual({
      seq: 65_637,
      ack: 201,
      end: 65_638,
      low: 100,
      high: 101 + 65_535,
      missedBy: 2,
    });
  });
  test('sequence checking can be switched off', () => {
    const tracker = established();
    tracker.ct.checksTcpSequence = false;
    expect(tracker.send(seg('L', { flags: 'A', seq: 101 + 70_000, ack: 201, payload: 'x' }))).toBe('est|trk');
  });
});
