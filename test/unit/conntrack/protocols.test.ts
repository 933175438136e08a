/** UDP, ICMP, SCTP and others: states, metadata, and the reason of each packet that is refused at the door. */
import { describe, expect, test } from 'vitest';
import { store16 } from '../../../datapath/base/bytes.js';
import { REASONS } from '../../../datapath/conntrack/record/reasons.js';
import { OFFLOAD_DATA_VALID, OFFLOAD_NEEDS_CSUM } from '../../../datapath/packet/packet.js';
import { fixTransportChecksum, frameOf, ipBytes, packetFrom, type Segment, segment } from '../../helpers/segments.js';
import { stateText, TestTracker } from '../../helpers/tracker.js';

const A4 = { src: '10.1.1.1', dst: '10.1.1.2' };
const B4 = { src: '10.1.1.2', dst: '10.1.1.1' };
const A6 = { src: 'fc00::1', dst: 'fc00::2' };
const B6 = { src: 'fc00::2', dst: 'fc00::1' };
const ROUTER = '10.9.9.9';

const udp: Segment = { proto: 'udp', ...A4, sport: 1000, dport: 53 };
const udpReply: Segment = { proto: 'udp', ...B4, sport: 53, dport: 1000 };

/** Commits `first`, then sends the rest; the states of all. */
function states(tracker: TestTracker, first: Segment, ...rest: Segment[]): string[] {
  return [tracker.send(first, { commit: true }), ...rest.map((s) => tracker.send(s))];
}

describe('conversations', () => {
  const NEW_EST = ['new|trk', 'new|trk', 'est|rpl|trk', 'est|trk'];
  const rows: [string, Segment, Segment][] = [
    ['udp', udp, udpReply],
    ['udp over IPv6', { ...udp, ...A6 }, { ...udpReply, ...B6 }],
    ['sctp', { ...udp, proto: 'sctp' }, { ...udpReply, proto: 'sctp' }],
    ['gre', { proto: 'gre', ...A4, payload: 'x' }, { proto: 'gre', ...B4, payload: 'y' }],
    ['echo', { proto: 'icmp', ...A4, id: 7 }, { proto: 'icmp', ...B4, id: 7, type: 0 }],
    ['timestamp', { proto: 'icmp', ...A4, id: 7, type: 13 }, { proto: 'icmp', ...B4, id: 7, type: 14 }],
    ['information', { proto: 'icmp', ...A4, id: 7, type: 15 }, { proto: 'icmp', ...B4, id: 7, type: 16 }],
    ['echo over IPv6', { proto: 'icmpv6', ...A6, id: 9 }, { proto: 'icmpv6', ...B6, id: 9, type: 129 }],
  ];
  test.each(rows)('%s', (_name, there, back) => {
    const tracker = new TestTracker();
    expect(states(tracker, there, there, back, there)).toEqual(NEW_EST);
    expect(tracker.only.seenReply).toBe(true);
  });
  test('timeouts of UDP: first, one way, both ways', () => {
    const tracker = new TestTracker();
    tracker.send(udp, { commit: true });
    expect(tracker.only.timeoutMs).toBe(60_000);
    tracker.now += 10_000;
    tracker.send(udp);
    expect(tracker.only.timeoutMs).toBe(60_000);
    tracker.send(udpReply);
    expect(tracker.only.timeoutMs).toBe(30_000);
    tracker.now += 30_000;
    expect(tracker.send(udp)).toBe('new|trk');
    expect(tracker.entries()).toEqual([]);
  });
  test('one id, two kinds of request are two connections', () => {
    const tracker = new TestTracker();
    tracker.send({ proto: 'icmp', ...A4, id: 7 }, { commit: true });
    tracker.send({ proto: 'icmp', ...A4, id: 7, type: 13 }, { commit: true });
    expect(tracker.entries().map(({ orig, reply }) => [orig.icmpType, reply.icmpType])).toEqual([
      [8, 0],
      [13, 14],
    ]);
  });
});

describe('ICMP errors', () => {
  const error = (s: Segment, type: number, from = ROUTER): Segment => ({
    proto: 'icmp',
    src: from,
    dst: s.src,
    type,
    code: 1,
    inner: ipBytes(s),
  });
  test('about a packet of a known connection, from either side', () => {
    const tracker = new TestTracker();
    tracker.send(udp, { commit: true });
    expect(tracker.send(error(udp, 3))).toBe('rel|rpl|trk');
    expect(tracker.send(error(udpReply, 11))).toBe('rel|trk');
    expect(tracker.only.timeoutMs).toBe(60_000);
    expect(tracker.ct.count).toBe(1);
  });
  test('about an IPv6 packet', () => {
    const tracker = new TestTracker();
    const there: Segment = { ...udp, ...A6 };
    tracker.send(there, { commit: true });
    const about: Segment = { proto: 'icmpv6', src: 'fc00::9', dst: there.src, type: 1, code: 0, inner: ipBytes(there) };
    expect(tracker.send(about)).toBe('rel|rpl|trk');
  });
  test('the tuple is that of the connection', () => {
    const tracker = new TestTracker();
    tracker.send(udp, { commit: true });
    const p = tracker.run(segment(error(udp, 3)));
    expect([p.ctProto, p.ctTpSrc, p.ctTpDst]).toEqual([17, 1000, 53]);
  });
  const refused: [string, Segment, string][] = [
    ['nobody knows the connection', error(udp, 3), 'icmp-error-inner-not-found'],
    ['not addressed to the inner source', { ...error(udp, 3), dst: '10.1.1.77' }, 'icmp-error-not-ours'],
    ['inner packet cut short', { ...error(udp, 3), inner: ipBytes(udp).subarray(0, 24) }, 'icmp-error-inner-bad'],
    ['inner header cut short', { ...error(udp, 3), inner: ipBytes(udp).subarray(0, 12) }, 'icmp-error-inner-bad'],
    ['about an error', error({ proto: 'icmp', ...A4, type: 3, inner: ipBytes(udp) }, 3), 'icmp-error-inner-bad'],
    ['inner port 0', error({ ...udp, sport: 0 }, 3), 'icmp-error-inner-bad'],
  ];
  test.each(refused)('%s', (_name, s, reason) => {
    const tracker = new TestTracker();
    expect([tracker.send(s, { commit: true }), tracker.reason]).toEqual(['inv|trk', reason]);
    expect(tracker.ct.count).toBe(0);
  });
});

describe('refused at the door', () => {
  const echo: Segment = { proto: 'icmp', ...A4, id: 7 };
  const rows: [string, Segment, string][] = [
    ['echo reply out of nothing', { ...echo, type: 0 }, 'new-icmp-reply'],
    ['echo with a code', { ...echo, code: 3 }, 'icmp-code-bad'],
    ['router advertisement', { ...echo, type: 9 }, 'icmp-type-untracked'],
    ['neighbour solicitation', { proto: 'icmpv6', ...A6, type: 135 }, 'icmp-type-untracked'],
    ['source port 0', { ...udp, sport: 0 }, 'port-zero'],
    ['destination port 0', { ...udp, proto: 'tcp', dport: 0, flags: 'S' }, 'port-zero'],
  ];
  test.each(rows)('%s', (_name, s, reason) => {
    const tracker = new TestTracker();
    expect([tracker.send(s, { commit: true }), tracker.reason]).toEqual(['inv|trk', reason]);
  });

  const damaged: [string, Segment, (ip: Uint8Array) => void, string][] = [
    ['IPv4 checksum', udp, (ip) => (ip[10] ^= 1), 'ipv4-checksum-bad'],
    ['UDP checksum', udp, (ip) => (ip[26] ^= 1), 'l4-checksum-bad'],
    ['TCP checksum', { ...udp, proto: 'tcp', flags: 'S' }, (ip) => (ip[36] ^= 1), 'l4-checksum-bad'],
    ['SCTP checksum', { ...udp, proto: 'sctp' }, (ip) => (ip[28] ^= 1), 'l4-checksum-bad'],
    ['ICMP checksum', echo, (ip) => (ip[22] ^= 1), 'l4-checksum-bad'],
    ['UDP over IPv6 checksum', { ...udp, ...A6 }, (ip) => (ip[46] ^= 1), 'l4-checksum-bad'],
    ['UDP length beyond the packet', udp, (ip) => store16(ip, 24, 99), 'l4-truncated'],
    ['TCP offset beyond the packet', { ...udp, proto: 'tcp', flags: 'S' }, (ip) => (ip[32] = 0xf0), 'l4-truncated'],
  ];
  test.each(damaged)('%s', (_name, s, damage, reason) => {
    const ip = ipBytes(s);
    damage(ip);
    const tracker = new TestTracker();
    const p = tracker.run(packetFrom(frameOf(ip)));
    expect([stateText(p.ctState), tracker.reason]).toEqual(['inv|trk', reason]);
    expect(p.ctProto).toBe(0);
  });
  test('UDP over IPv4 may do without a checksum, over IPv6 not', () => {
    const ip4 = ipBytes(udp);
    store16(ip4, 26, 0);
    const ip6 = ipBytes({ ...udp, ...A6 });
    store16(ip6, 46, 0);
    const tracker = new TestTracker();
    expect(stateText(tracker.run(packetFrom(frameOf(ip4))).ctState)).toBe('new|trk');
    expect(stateText(tracker.run(packetFrom(frameOf(ip6))).ctState)).toBe('inv|trk');
  });
  test.each([OFFLOAD_NEEDS_CSUM, OFFLOAD_DATA_VALID])('offload %i: the checksum is not looked at', (offload) => {
    const ip = ipBytes(udp);
    ip[26] ^= 1;
    const p = packetFrom(frameOf(ip));
    p.offload = offload;
    expect(stateText(new TestTracker().run(p).ctState)).toBe('new|trk');
  });
  test('a checksum that is the pseudo-header sum is told apart', () => {
    const ip = ipBytes(udp);
    fixTransportChecksum(ip, 20, 17, false);
    store16(ip, 26, 0x0a01 + 0x0101 + 0x0a01 + 0x0102 + 17 + 8);
    const tracker = new TestTracker();
    tracker.run(packetFrom(frameOf(ip)));
    expect([tracker.reason, tracker.ct.detail[2]]).toEqual(['l4-checksum-bad', 1]);
  });
  test('later fragments and what is not IP', () => {
    const ip = ipBytes(udp);
    store16(ip, 6, 0x0010);
    store16(ip, 10, 0);
    const tracker = new TestTracker();
    tracker.run(packetFrom(frameOf(ip)));
    expect(tracker.reason).toBe('later-fragment');
    const arp = frameOf(ipBytes(udp));
    store16(arp, 12, 0x0806);
    tracker.run(packetFrom(arp));
    expect([tracker.reason, tracker.ct.detail[0]]).toEqual(['not-ip', 0x0806]);
  });
  test('truncation at every length does no harm and has one reason', () => {
    const tracker = new TestTracker();
    for (const s of [udp, { ...udp, proto: 'tcp', flags: 'S' } as Segment, { ...udp, ...A6 }, echo]) {
      const frame = frameOf(ipBytes(s));
      for (let size = 1; size < frame.length; size++) {
        const p = tracker.run(packetFrom(frame.subarray(0, size)));
        expect([size, stateText(p.ctState)]).toEqual([size, 'inv|trk']);
        expect(tracker.reason).not.toBe('none');
      }
    }
  });
});

test('the table of reasons is in the order of its ids, with names of their own', () => {
  expect(REASONS.map((row) => row.id)).toEqual(REASONS.map((_row, i) => i));
  expect(new Set(REASONS.map((row) => row.name)).size).toBe(REASONS.length);
});
