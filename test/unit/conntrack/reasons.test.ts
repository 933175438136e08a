/** Every reason there is, brought about by packets, with the numbers that go with it. A new reason does not pass without its row. */
import { describe, expect, test } from 'vitest';
import { load16, store16 } from '../../../datapath/base/bytes.js';
import { HELPER_FTP } from '../../../datapath/conntrack/record/extra.js';
import { COMMITS, REASONS, type ReasonRow } from '../../../datapath/conntrack/record/reasons.js';
import { PacketPool } from '../../../datapath/packet/pool.js';
import * as ipv4 from '../../../datapath/wire/ipv4.js';
import { FtpTalk } from '../../helpers/ftp-talk.js';
import { frameOf, ipBytes, packetFrom, type Segment, segment, withHeadroom } from '../../helpers/segments.js';
import { type Action, TestTracker } from '../../helpers/tracker.js';

const A = { src: '10.1.1.1', dst: '10.1.1.2' };
const B = { src: '10.1.1.2', dst: '10.1.1.1' };
const A6 = { src: 'fc00::1', dst: 'fc00::2' };
const TCP: Segment = { proto: 'tcp', ...A, sport: 1000, dport: 80 };
const ANSWER: Segment = { proto: 'tcp', ...B, sport: 80, dport: 1000 };
const FTP: Segment = { ...TCP, dport: 21 };
const UDP: Segment = { proto: 'udp', ...A, sport: 1000, dport: 53 };
const COMMIT: Action = { commit: true };

type Detail = Record<string, number>;

const idOf = (name: string): number => REASONS.findIndex((row) => row.name === name);

function detailOf({ ct }: TestTracker, { detail = [] }: ReasonRow): Detail {
  return Object.fromEntries(detail.map((name, i) => [name, ct.detail[i] >>> 0]));
}

/** A tracker that takes fragments. */
function holding(): TestTracker {
  const tracker = new TestTracker();
  tracker.ct.fragments.memory = new PacketPool();
  return tracker;
}

/** Numbers from 100 on the left and from 200 on the right; windows of 1000 bytes. */
function established(options: { ftp?: boolean } = {}): TestTracker {
  const tracker = new TestTracker();
  const [there, back] = options.ftp ? [FTP, { ...ANSWER, sport: 21 }] : [TCP, ANSWER];
  const action = { commit: true, helper: options.ftp ? HELPER_FTP : 0 };
  tracker.send({ ...there, flags: 'S', seq: 100, window: 1000 }, action);
  tracker.send({ ...back, flags: 'SA', seq: 200, ack: 101, window: 1000 });
  tracker.send({ ...there, flags: 'PA', seq: 101, ack: 201, window: 1000, payload: 'x' });
  return tracker;
}

function sent(tracker: TestTracker, s: Segment, action: Action = {}): TestTracker {
  tracker.send(s, action);
  return tracker;
}

/** Sends an IP packet after something has been done to it. */
function damaged(tracker: TestTracker, ip: Uint8Array, damage: (ip: Uint8Array) => void): TestTracker {
  damage(ip);
  tracker.run(packetFrom(frameOf(ip)), COMMIT);
  return tracker;
}

/** A UDP packet of that size as a fragment: `offset` in units of eight bytes. */
function piece(tracker: TestTracker, offset: number, more: boolean, size = 1400): TestTracker {
  return damaged(tracker, ipBytes({ ...UDP, payload: new Uint8Array(size - 28) }), (ip) => {
    store16(ip, 6, offset | (more ? 0x2000 : 0));
    ipv4.setChecksum(ip, 0);
  });
}

const error = (inner: Uint8Array, dst = A.src): Segment => ({
  proto: 'icmp',
  src: '10.9.9.9',
  dst,
  type: 3,
  code: 1,
  inner,
});

/** Where it is not zone 0 that the packet comes to. */
const ZONES: Record<string, number> = { 'alg-ftp-no-room': 1 };

/** `no-l3-or-l4` is here twice: what is missing may be the header or what it claims. */
const ROWS: [reason: string, play: () => TestTracker, detail: Detail][] = [
  ['no-l3-or-l4', () => cutFrame(ipBytes(UDP), 25), { needed: 20, size: 11 }],
  ['no-l3-or-l4', () => cutFrame(ipBytes(UDP), 40), { needed: 28, size: 26 }],
  [
    'not-ip',
    () => {
      const frame = frameOf(ipBytes(UDP));
      store16(frame, 12, 0x0806);
      const tracker = new TestTracker();
      tracker.run(packetFrom(frame));
      return tracker;
    },
    { eth_type: 0x0806 },
  ],
  [
    'ipv4-header-bad',
    () => damaged(new TestTracker(), ipBytes(UDP), (ip) => (ip[0] = 0x4f)),
    { header_size: 60, size: 28 },
  ],
  [
    'ipv4-checksum-bad',
    () => damaged(new TestTracker(), ipBytes(UDP), (ip) => store16(ip, 10, 0x1234)),
    { found: 0x1234, expected: load16(ipBytes(UDP), 10) },
  ],
  ['ipv6-ext-bad', () => damaged(new TestTracker(), routed(), (ip) => ip.set([9], 41)), { header: 43, offset: 40 }],
  ['later-fragment', () => piece(new TestTracker(), 100, false), { is_enabled: 0, is_nested: 0 }],
  ['frag-header-bad', () => piece(holding(), 0, true, 1403), { claimed: 1403, size: 1403, from: 0, to: 1383 }],
  ['frag-overlap', () => piece(piece(holding(), 0, true, 1420), 100, true, 1420), { from: 800, to: 2200 }],
  ['frag-too-small', () => piece(holding(), 0, true, 1188), { size: 1188, minimum: 1200 }],
  [
    'frag-limit',
    () => {
      const tracker = holding();
      tracker.ct.fragments.maxFragments = 1;
      return piece(piece(tracker, 0, true, 1420), 200, true, 1420);
    },
    { held: 1, limit: 1 },
  ],
  [
    'l4-truncated',
    () => damaged(new TestTracker(), ipBytes(UDP), (ip) => store16(ip, 24, 99)),
    { needed: 99, size: 8 },
  ],
  [
    'l4-checksum-bad',
    () => damaged(new TestTracker(), ipBytes(UDP), (ip) => store16(ip, 26, 0x1234)),
    { found: 0x1234, expected: load16(ipBytes(UDP), 26), is_pseudo_header_sum: 0 },
  ],
  ['port-zero', () => sent(new TestTracker(), { ...UDP, dport: 0 }), { src_port: 1000, dst_port: 0 }],
  ['icmp-type-untracked', () => sent(new TestTracker(), { proto: 'icmpv6', ...A6, type: 135 }), { type: 135, code: 0 }],
  ['icmp-code-bad', () => sent(new TestTracker(), { proto: 'icmp', ...A, type: 8, code: 3 }), { type: 8, code: 3 }],
  [
    'icmp-error-inner-bad',
    () => sent(new TestTracker(), error(ipBytes({ ...UDP, sport: 0 }))),
    { type: 3, code: 1, inner_reason: idOf('port-zero') },
  ],
  ['icmp-error-not-ours', () => sent(new TestTracker(), error(ipBytes(UDP), '10.1.1.7')), {}],
  ['icmp-error-inner-not-found', () => sent(new TestTracker(), error(ipBytes(UDP))), {}],
  ['new-tcp-synack', () => sent(new TestTracker(), { ...TCP, flags: 'SA' }), {}],
  ['new-tcp-flags-bad', () => sent(new TestTracker(), { ...TCP, flags: 'SF' }), { flags: 3 }],
  ['new-icmp-reply', () => sent(new TestTracker(), { proto: 'icmp', ...A, type: 0 }), { type: 0 }],
  ['tcp-flags-bad', () => sent(established(), { ...TCP, flags: 'SR' }), { flags: 6 }],
  [
    'tcp-seq-above-window',
    () => sent(established(), { ...TCP, flags: 'A', seq: 1200, ack: 201, payload: 'x' }),
    { seq: 1200, ack: 201, end: 1201, seqlo: 102, seqhi: 1101, ack_expected: 201, window: 1000, missed_by: 100 },
  ],
  [
    'tcp-seq-below-window',
    () => sent(established(), { ...TCP, flags: 'A', seq: -950, ack: 201, payload: 'x' }),
    {
      seq: -950 >>> 0,
      ack: 201,
      end: -949 >>> 0,
      seqlo: 102,
      seqhi: 1101,
      ack_expected: 201,
      window: 1000,
      missed_by: 52,
    },
  ],
  [
    'tcp-ack-too-old',
    () => sent(established(), { ...TCP, flags: 'A', seq: 102, ack: 201 - 67_036 }),
    {
      seq: 102,
      ack: (201 - 67_036) >>> 0,
      end: 102,
      seqlo: 102,
      seqhi: 1101,
      ack_expected: 201,
      window: 1000,
      missed_by: 1,
    },
  ],
  [
    'tcp-ack-ahead',
    () => sent(established(), { ...TCP, flags: 'A', seq: 102, ack: 201 + 67_040 }),
    { seq: 102, ack: 67_241, end: 102, seqlo: 102, seqhi: 1101, ack_expected: 201, window: 1000, missed_by: 5 },
  ],
  [
    'tcp-rst-inexact',
    () => sent(established(), { ...TCP, flags: 'R', seq: 112 }),
    { seq: 112, ack: 201, end: 102, seqlo: 102, seqhi: 1101, ack_expected: 201, window: 1000, missed_by: 10 },
  ],
  [
    'alg-ftp-bad',
    () => sent(established({ ftp: true }), { ...FTP, flags: 'PA', seq: 102, ack: 201, payload: 'PORT 1,2,3\r\n' }),
    { is_malformed: 1 },
  ],
  [
    'alg-ftp-bad',
    () =>
      sent(established({ ftp: true }), { ...FTP, flags: 'PA', seq: 102, ack: 201, payload: 'PORT 9,9,9,9,4,1\r\n' }),
    { is_malformed: 0 },
  ],
  ['alg-ftp-no-room', () => noRoom(), { size: 8, new_size: 11, is_in_fragments: 0 }],
  ['already-invalid', againInvalid, {}],
];

/** A command that has to grow by three bytes, in a buffer with room for two. */
function noRoom(): TestTracker {
  const talk = new FtpTalk(
    '10.1.1.1',
    '10.1.1.2',
    { src: '192.0.2.240' },
    { client: '192.0.2.240', server: '10.1.1.2' },
  );
  talk.tracker.run(withHeadroom(segment(talk.from(0, 'PA', 'PORT 10,1,1,1,4,1\r\n')), 2), talk.follow);
  return talk.tracker;
}

/** An IPv6 packet whose first bytes behind the header are taken for a routing header. */
function routed(): Uint8Array {
  const ip = ipBytes({ ...UDP, ...A6 });
  ip[6] = 43;
  return ip;
}

/** The first bytes of a frame. */
function cutFrame(ip: Uint8Array, size: number): TestTracker {
  const tracker = new TestTracker();
  tracker.run(packetFrom(frameOf(ip).subarray(0, size)));
  return tracker;
}

/** What missed its window comes through the same zone once more. */
function againInvalid(): TestTracker {
  const tracker = established();
  const ip = ipBytes({ ...TCP, flags: 'A', seq: 9000, ack: 201, payload: 'x' });
  const p = tracker.run(packetFrom(frameOf(ip)));
  expect(tracker.reason).toBe('tcp-seq-above-window');
  tracker.run(p);
  return tracker;
}

describe('invalid packets', () => {
  test.each(ROWS)('%s', (reason, play, detail) => {
    const tracker = play();
    expect([tracker.reason, detailOf(tracker, REASONS[tracker.ct.lastReason[0]])]).toEqual([reason, detail]);
    const [latest] = tracker.ct.history.latestInvalid();
    expect(latest.reason).toBe(idOf(reason));
    expect(latest.detail).toEqual(tracker.ct.detail);
  });

  test('no reason is left out', () => {
    const shown = new Set(ROWS.map(([reason]) => reason));
    expect(REASONS.slice(1).map(({ name }) => name)).toEqual([...shown]);
  });

  test('each is counted once, for its zone', () => {
    for (const [reason, play] of ROWS)
      expect([reason, play().ct.outcomes.invalidIn(ZONES[reason] ?? 0)![idOf(reason)]]).toEqual([reason, 1]);
  });
});

describe('commits', () => {
  const full = (): TestTracker => {
    const tracker = new TestTracker({ maxConnections: 1 });
    return sent(sent(tracker, UDP, COMMIT), { ...UDP, sport: 7 }, COMMIT);
  };
  const limited = (): TestTracker => {
    const tracker = new TestTracker();
    tracker.ct.zones.setLimit(0, 1);
    return sent(sent(tracker, UDP, COMMIT), { ...UDP, sport: 7 }, COMMIT);
  };
  const exhausted = (): TestTracker => {
    const nat: Action = { commit: true, nat: { src: '192.0.2.1', ports: [5000, 5000] } };
    return sent(sent(new TestTracker(), UDP, nat), { ...UDP, sport: 7 }, nat);
  };
  const rows: [result: string, play: () => TestTracker, detail: Detail][] = [
    ['committed', () => sent(new TestTracker(), UDP, COMMIT), {}],
    ['commit-noop:already-committed', () => sent(sent(new TestTracker(), UDP, COMMIT), UDP, COMMIT), {}],
    ['commit-refused:table-full', full, { limit: 1 }],
    ['commit-refused:zone-limit', limited, { limit: 1, count: 1 }],
    ['commit-refused:nat-exhausted', exhausted, {}],
    ['commit-ignored:not-new', () => sent(new TestTracker(), { ...UDP, sport: 0 }, COMMIT), {}],
  ];
  test.each(rows)('%s', (result, play, detail) => {
    const tracker = play();
    expect([tracker.commit, detailOf(tracker, COMMITS[tracker.ct.lastCommit[0]])]).toEqual([result, detail]);
  });

  test('refusals are counted for their zone, what is in order is not', () => {
    const refused = rows.map(([result, play]) => [result, play().ct.outcomes.refusedIn(0)]);
    for (const [result, counts] of refused) {
      const id = COMMITS.findIndex(({ name }) => name === result);
      expect([result, counts?.[id] ?? 0]).toEqual([result, String(result).startsWith('commit-refused') ? 1 : 0]);
    }
  });

  test('none is left out', () => {
    expect(COMMITS.slice(1).map(({ name }) => name)).toEqual(rows.map(([result]) => result));
  });
});
