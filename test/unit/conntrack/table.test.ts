/** Zones, mark, label, commit, force, limits, policies, expiry, dump, flush, events. */
import { describe, expect, test } from 'vitest';
import { EVENT_DESTROY, EVENT_NEW } from '../../../datapath/conntrack/observer.js';
import type { FlushFilter } from '../../../datapath/conntrack/query/flush.js';
import { ConnStats } from '../../../datapath/conntrack/query/stats.js';
import { CONN_META } from '../../../datapath/conntrack/record/conn.js';
import { CAUSE_EXPIRED, CAUSE_FLUSHED, CAUSES } from '../../../datapath/conntrack/record/reasons.js';
import { connState } from '../../../datapath/conntrack/record/tcp-peer.js';
import { clearConntrack } from '../../../datapath/packet/packet.js';
import { countConnections } from '../../helpers/count-connections.js';
import { type Segment, segment } from '../../helpers/segments.js';
import { stateText, TestTracker } from '../../helpers/tracker.js';

const udp: Segment = { proto: 'udp', src: '10.1.1.1', dst: '10.1.1.2', sport: 1, dport: 2 };
const reply: Segment = { proto: 'udp', src: '10.1.1.2', dst: '10.1.1.1', sport: 2, dport: 1 };
const flow = (n: number): Segment => ({ ...udp, sport: 1000 + n });

describe('zones', () => {
  test('the same tuple is another connection in another zone', () => {
    const tracker = new TestTracker();
    tracker.send(udp, { commit: true, zone: 1 });
    expect(tracker.send(reply, { zone: 1 })).toBe('est|rpl|trk');
    expect(tracker.send(reply, { zone: 2 })).toBe('new|trk');
    expect(tracker.only.zone).toBe(1);
  });
  test('state bits are forgotten on the way into another zone, and kept on the way back in', () => {
    const tracker = new TestTracker();
    tracker.send(udp, { commit: true, zone: 1 });
    const p = tracker.run(segment(reply), { zone: 1 });
    tracker.run(p, { zone: 2 });
    expect([stateText(p.ctState), p.ctZone, p.conn]).toEqual(['new|trk', 2, -1]);
  });
  test('limits: of a zone, by default, and after deletion', () => {
    const tracker = new TestTracker();
    tracker.ct.zones.setLimit(1, 2);
    tracker.ct.zones.defaultLimit = 1;
    const commits = (zone: number): string[] =>
      [1, 2, 3].map((n) => {
        expect(tracker.send(flow(n), { commit: true, zone })).toBe('new|trk');
        return tracker.commit;
      });
    const full = 'commit-refused:zone-limit';
    expect(commits(1)).toEqual(['committed', 'committed', full]);
    expect(commits(2)).toEqual(['committed', full, full]);
    expect(tracker.ct.zones.list()).toEqual([{ zone: 1, limit: 2, count: 2 }]);
    tracker.ct.zones.setLimit(3, 0);
    expect(commits(3)).toEqual([full, full, full]);
    expect(tracker.ct.zones.deleteLimit(1)).toBe(true);
    tracker.ct.zones.defaultLimit = 0;
    tracker.ct.flush({ zone: 1 }, tracker.now);
    expect(commits(1)).toEqual(['committed', 'committed', 'committed']);
  });
});

describe('mark and label', () => {
  test('only masked bits change, in the connection and in the packet', () => {
    const tracker = new TestTracker();
    tracker.send(udp, {
      commit: true,
      mark: [0xa0, 0xf0],
      label: [
        [1, 0, 0, 5],
        [-1, 0, 0, -1],
      ],
    });
    const p = tracker.run(segment(reply), { commit: true, mark: [0x0b, 0x0f] });
    expect([p.ctMark, p.ctLabel0, p.ctLabel3]).toEqual([0xab, 1, 5]);
    expect([tracker.only.mark, tracker.only.labels]).toEqual([0xab, (1n << 96n) | 5n]);
    expect(tracker.commit).toBe('commit-noop:already-committed');
  });
  test('without a connection they stay zero', () => {
    const p = new TestTracker().run(segment(udp), { mark: [7, -1] });
    expect(p.ctMark).toBe(0);
  });
});

describe('a packet that comes again', () => {
  test('keeps its state and shows the mark of now', () => {
    const tracker = new TestTracker();
    tracker.send(udp, { commit: true });
    const p = tracker.run(segment(reply));
    expect(p.conn).toBeGreaterThanOrEqual(0);
    tracker.run(p, { commit: true, mark: [3, -1] });
    expect([stateText(p.ctState), p.ctMark]).toEqual(['est|rpl|trk', 3]);
  });
  test('after ct_clear it is looked up again', () => {
    const tracker = new TestTracker();
    const p = tracker.run(segment(udp), { commit: true });
    clearConntrack(p);
    tracker.run(p);
    expect(stateText(p.ctState)).toBe('new|trk');
  });
  test('+inv without trk is passed on as invalid', () => {
    const tracker = new TestTracker();
    const p = segment(udp);
    p.ctState = 0x10;
    tracker.run(p, { zone: 4 });
    expect([stateText(p.ctState), p.ctZone, tracker.reason]).toEqual(['inv|trk', 4, 'already-invalid']);
  });
});

test('force from the reply side begins a new connection in that direction', () => {
  const tracker = new TestTracker();
  tracker.send(udp, { commit: true });
  expect(tracker.send(udp, { force: true })).toBe('new|trk');
  expect(tracker.only.orig.srcPort).toBe(1);
  expect(tracker.send(reply, { force: true })).toBe('new|trk');
  expect(tracker.only.orig.srcPort).toBe(2);
  expect(tracker.ct.dyingCount).toBe(1);
});

test('a full table refuses, and the packet goes on as new', () => {
  const tracker = new TestTracker({ maxConnections: 2 });
  const states = [1, 2, 3].map((n) => tracker.send(flow(n), { commit: true }));
  expect(states).toEqual(['new|trk', 'new|trk', 'new|trk']);
  expect(tracker.commit).toBe('commit-refused:table-full');
  expect(tracker.ct.count).toBe(2);
  tracker.ct.maxConnections = 3;
  tracker.send(flow(3), { commit: true });
  expect(tracker.commit).toBe('committed');
});

test('timeout policies, and their change while connections live', () => {
  const tracker = new TestTracker();
  tracker.ct.timeouts.set(3, { udp_first: 5, udp_single: 7 });
  tracker.send(udp, { commit: true, timeoutPolicy: 3 });
  expect([tracker.only.timeoutMs, tracker.only.timeoutPolicy]).toEqual([5000, 3]);
  tracker.send(udp);
  expect(tracker.only.timeoutMs).toBe(7000);
  tracker.ct.timeouts.delete(3);
  tracker.send(udp);
  expect(tracker.only.timeoutMs).toBe(60_000);
  tracker.ct.timeouts.set(0, { udp_single: 1_000_000_000 });
  tracker.send(udp);
  expect(tracker.only.timeoutMs).toBe(2_147_483_000);
});

describe('expiry', () => {
  test('hidden at once, swept a bounded number at a time', () => {
    const tracker = new TestTracker();
    for (let n = 0; n < 10_000; n++) tracker.send(flow(n), { commit: true });
    tracker.now += 60_000;
    expect(tracker.entries()).toEqual([]);
    expect([tracker.ct.count, countConnections(tracker.ct, tracker.now)]).toEqual([10_000, 0]);
    tracker.now += 2_000;
    let sweeps = 0;
    while (tracker.ct.sweep(tracker.now) <= tracker.now) sweeps++;
    expect(tracker.ct.count).toBe(0);
    expect(sweeps).toBeGreaterThan(1);
    expect(tracker.ct.outcomes.causes[CAUSE_EXPIRED]).toBe(10_000);
    expect(tracker.ct.zones.counts[0]).toBe(0);
  });
  test('traffic keeps it alive, across sweeps and over days', () => {
    const tracker = new TestTracker();
    tracker.ct.timeouts.set(0, { udp_single: 86_400 });
    tracker.send(udp, { commit: true });
    for (let day = 0; day < 60; day++) {
      tracker.send(udp);
      tracker.now += 86_399_000;
      tracker.ct.sweep(tracker.now);
      expect(tracker.entries().length).toBe(1);
    }
    tracker.now += 2_000;
    tracker.ct.sweep(tracker.now + 2_000);
    expect(tracker.ct.count).toBe(0);
  });
});

describe('flush', () => {
  const filled = (): TestTracker => {
    const tracker = new TestTracker();
    tracker.send(udp, { commit: true, mark: [0x0a, -1] });
    tracker.send(udp, {
      commit: true,
      zone: 5,
      label: [
        [0, 0, 0, 9],
        [0, 0, 0, -1],
      ],
    });
    tracker.send({ proto: 'icmp', src: '10.1.1.1', dst: '10.1.1.2', id: 7 }, { commit: true, zone: 5 });
    tracker.send({ ...udp, src: 'fc00::1', dst: 'fc00::2' }, { commit: true });
    return tracker;
  };
  const SRC = 0x0a010101n;
  const DST = 0x0a010102n;
  const whole = { family: 4, proto: 17, src: SRC, dst: DST, srcPort: 1, dstPort: 2 } as const;
  const mirrored = { family: 4, proto: 17, src: DST, dst: SRC, srcPort: 2, dstPort: 1 } as const;
  const rows: [string, FlushFilter, number | 'not-found'][] = [
    ['everything', {}, 4],
    ['a zone', { zone: 5 }, 2],
    ['zone 0', { zone: 0 }, 2],
    ['a whole tuple in zone 0', { orig: whole }, 1],
    ['its mirror', { orig: mirrored }, 1],
    ['a whole tuple in a zone', { zone: 5, orig: whole }, 1],
    ['a whole tuple that is not there', { zone: 6, orig: whole }, 'not-found'],
    [
      'a whole ICMP tuple',
      { zone: 5, orig: { family: 4, proto: 1, src: SRC, dst: DST, icmpId: 7, icmpType: 8, icmpCode: 0 } },
      1,
    ],
    ['part of a tuple, all zones', { orig: { proto: 17 } }, 3],
    ['part of a tuple in a zone', { zone: 5, orig: { src: SRC } }, 2],
    ['a mirror is no original tuple when searching', { orig: { src: DST } }, 0],
    ['part of the reply tuple', { reply: { src: DST, srcPort: 2 } }, 2],
    ['an empty tuple', { orig: {}, reply: {} }, 4],
    ['IPv6', { orig: { family: 6, src: (0xfc00n << 112n) | 1n } }, 1],
    ['a mark', { mark: { value: 0x2, mask: 0x2 } }, 1],
    ['a label', { labels: { value: 9n, mask: 0xffn } }, 1],
    ['a mark and a tuple of another', { mark: { value: 0xa, mask: 0xff }, orig: { proto: 1 } }, 0],
  ];
  test.each(rows)('%s', (_name, filter, expected) => {
    const tracker = filled();
    expect(tracker.ct.flush(filter, tracker.now)).toBe(expected);
    expect(tracker.entries().length).toBe(4 - (expected === 'not-found' ? 0 : expected));
    expect(tracker.ct.count).toBe(tracker.entries().length);
  });
});

test('stats count what a walk shows them', () => {
  const tracker = new TestTracker();
  tracker.send(udp, { commit: true, zone: 1 });
  tracker.send({ ...udp, proto: 'tcp', flags: 'S' }, { commit: true });
  const stats = new ConnStats();
  const walk = tracker.ct.walk();
  const met = walk.step(tracker.now);
  const { table } = tracker.ct;
  for (const handle of walk.handles.subarray(0, met)) {
    const at = table.at(handle);
    stats.add(table.words(handle)[at + CONN_META], connState(table.words(handle), at));
  }
  expect([stats.total, stats.byProtocol[17], stats.byProtocol[6], stats.byZone[1]]).toEqual([2, 1, 1, 1]);
  expect(stats.byTcpState.get('SYN_SENT')).toBe(1);
});

test('the end of a TCP connection tells how it came about', () => {
  const there: Segment = { proto: 'tcp', src: '10.0.0.1', dst: '10.0.0.2', sport: 1, dport: 80 };
  const back: Segment = { proto: 'tcp', src: '10.0.0.2', dst: '10.0.0.1', sport: 80, dport: 1 };
  const open: Segment[] = [
    { ...there, flags: 'S', seq: 1 },
    { ...back, flags: 'SA', seq: 1, ack: 2 },
    { ...there, flags: 'A', seq: 2, ack: 2 },
  ];
  const rows: [Segment[], string][] = [
    [[], 'expired'],
    [[{ ...there, flags: 'FA', seq: 2, ack: 2 }], 'expired'],
    [
      [
        { ...there, flags: 'FA', seq: 2, ack: 2 },
        { ...back, flags: 'FA', seq: 2, ack: 3 },
        { ...there, flags: 'A', seq: 3, ack: 3 },
      ],
      'closed',
    ],
    [[{ ...back, flags: 'R', seq: 2 }], 'reset'],
  ];
  for (const [rest, cause] of rows) {
    const tracker = new TestTracker();
    for (const s of [...open, ...rest]) tracker.send(s, { commit: true });
    tracker.now += 100_000_000;
    tracker.ct.sweep(tracker.now);
    expect(CAUSES.filter(({ id }) => tracker.ct.outcomes.causes[id] > 0).map(({ name }) => name)).toEqual([cause]);
  }
});

test('the observer sees births and deaths with their cause, and every packet', () => {
  const tracker = new TestTracker();
  const events: unknown[] = [];
  tracker.ct.observer = {
    packet: (p, before, reason, commit, conn) =>
      events.push(['packet', stateText(p.ctState), before, reason, commit, conn]),
    conn: (event, conn, cause) => events.push([event, conn, cause]),
  };
  tracker.send(udp, { commit: true });
  tracker.ct.flush();
  tracker.send(flow(1));
  expect(events).toEqual([
    [EVENT_NEW, 0, 0],
    ['packet', 'new|trk', 0, 0, 1, 0],
    [EVENT_DESTROY, 0, CAUSE_FLUSHED],
    ['packet', 'new|trk', 0, 0, 0, -1],
  ]);
});
