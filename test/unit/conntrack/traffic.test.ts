/** Packets and bytes of both directions: what is counted, once, and how far the numbers go. */
import { describe, expect, test } from 'vitest';
import { CONN_WORDS, ORIGINAL, REPLY } from '../../../datapath/conntrack/record/conn.js';
import { countPacket, trafficOf } from '../../../datapath/conntrack/record/traffic.js';
import { type Segment, segment } from '../../helpers/segments.js';
import { TestTracker } from '../../helpers/tracker.js';

const there: Segment = { proto: 'udp', src: '10.1.1.1', dst: '10.1.1.2', sport: 1000, dport: 53, payload: 'abc' };
const back: Segment = { proto: 'udp', src: '10.1.1.2', dst: '10.1.1.1', sport: 53, dport: 1000 };
/** IPv4 and UDP headers. */
const HEADERS = 28;

describe('what is counted', () => {
  test('the first packet, those after it and those of the other end, from the IP header on', () => {
    const tracker = new TestTracker();
    tracker.send(there, { commit: true });
    tracker.send(there);
    tracker.send(back);
    expect(tracker.only.traffic).toEqual({
      orig: { packets: 2, bytes: 2 * (HEADERS + 3) },
      reply: { packets: 1, bytes: HEADERS },
    });
  });

  test('IPv6 with its header of 40 bytes', () => {
    const tracker = new TestTracker();
    tracker.send({ ...there, src: 'fc00::1', dst: 'fc00::2' }, { commit: true });
    expect(tracker.only.traffic.orig).toEqual({ packets: 1, bytes: 40 + 8 + 3 });
  });

  test('a packet that comes through its zone again is counted once, with NAT and without; another zone counts it for itself', () => {
    for (const nat of [undefined, { src: '10.9.9.9' }]) {
      const tracker = new TestTracker();
      const action = { commit: true, ...(nat ? { nat } : {}) };
      tracker.send(there, action);
      const p = segment(there);
      tracker.run(p, action);
      tracker.run(p, action);
      expect(tracker.only.traffic.orig.packets).toBe(2);
      tracker.run(p, { zone: 1, commit: true });
      expect(tracker.entries().map(({ zone, traffic }) => [zone, traffic.orig.packets])).toEqual([
        [0, 2],
        [1, 1],
      ]);
    }
  });

  test('not what is invalid', () => {
    const tracker = new TestTracker();
    const syn: Segment = { proto: 'tcp', src: '10.1.1.1', dst: '10.1.1.2', sport: 1000, dport: 80, flags: 'S', seq: 1 };
    tracker.send(syn, { commit: true });
    expect(tracker.send({ ...syn, flags: 'SF' })).toContain('inv');
    expect(tracker.only.traffic).toMatchObject({ orig: { packets: 1 }, reply: { packets: 0, bytes: 0 } });
  });
});

test('a policy of the highest number stands beside the flags', () => {
  const tracker = new TestTracker();
  tracker.send(there, { commit: true, timeoutPolicy: 65_536, nat: { src: '10.9.9.9' } });
  expect(tracker.only).toMatchObject({ timeoutPolicy: 65_536, snat: true });
});

describe('beyond 32 bits', () => {
  test('bytes and packets carry over, each direction for itself', () => {
    const words = new Int32Array(2 * CONN_WORDS);
    const size = 1_500_000_007;
    for (let i = 0; i < 1000; i++) countPacket(words, CONN_WORDS, i % 2 === 0 ? ORIGINAL : REPLY, size);
    const half = { packets: 500, bytes: 500 * size };
    expect([trafficOf(words, CONN_WORDS, ORIGINAL), trafficOf(words, CONN_WORDS, REPLY)]).toEqual([half, half]);
    expect([...words.subarray(0, CONN_WORDS)].every((word) => word === 0)).toBe(true);
  });

  test('packets', () => {
    const words = new Int32Array(CONN_WORDS);
    countPacket(words, 0, REPLY, 0);
    words[words.indexOf(1)] = -1;
    countPacket(words, 0, REPLY, 0);
    countPacket(words, 0, REPLY, 0);
    expect(trafficOf(words, 0, REPLY)).toEqual({ packets: 2 ** 32 + 1, bytes: 0 });
  });
});
