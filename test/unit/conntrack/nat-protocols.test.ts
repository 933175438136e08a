/**
 * NAT over all protocols: what a program asked to have translated is translated, or refused with a reason; nothing leaves under
 * its private address unnoticed. Two hosts send the same packet to the same server, so that their translations collide.
 */
import { describe, expect, test } from 'vitest';
import { store16 } from '../../../datapath/base/bytes.js';
import { finish, pseudo4, pseudo6, sum } from '../../../datapath/base/checksum.js';
import { HELPER_TFTP } from '../../../datapath/conntrack/record/extra.js';
import { CT_INVALID } from '../../../datapath/packet/ct-state.js';
import type { Packet } from '../../../datapath/packet/packet.js';
import * as ipv4 from '../../../datapath/wire/ipv4.js';
import { cut } from '../../helpers/fragment-pieces.js';
import { FragmentTracker } from '../../helpers/fragment-tracker.js';
import { FtpTalk } from '../../helpers/ftp-talk.js';
import {
  areChecksumsRight,
  frameOf,
  ipBytes,
  ipOf,
  packetFrom,
  type Segment,
  segment,
  withHeadroom,
} from '../../helpers/segments.js';
import { type Action, stateText, TestTracker } from '../../helpers/tracker.js';

interface Ends {
  readonly hosts: readonly [string, string];
  readonly server: string;
  /** What sources, or destinations, are translated to. */
  readonly nat: string;
}

const ENDS: Readonly<Record<4 | 6, Ends>> = {
  4: { hosts: ['10.0.0.1', '10.0.0.2'], server: '192.0.2.9', nat: '192.0.2.240' },
  6: { hosts: ['fc00::1', 'fc00::2'], server: '2001:db8::9', nat: '2001:db8::240' },
};
const FAMILIES = [4, 6] as const;

type Direction = 'src' | 'dst';
type Make = (ends: { src: string; dst: string }) => Uint8Array;

/** An IP packet whose protocol is any number, with ports where those of other protocols are. */
const ofProtocol =
  (proto: number): Make =>
  ({ src, dst }) => {
    const isV6 = src.includes(':');
    const payload = Uint8Array.from({ length: 32 }, (_, i) => i + 1);
    const ip = ipBytes({ proto: 'gre', src, dst, payload });
    ip[isV6 ? 6 : 9] = proto;
    if (!isV6) ipv4.setChecksum(ip, 0);
    return ip;
  };

/** DCCP and UDP-Lite: a checksum at the same place, over the pseudo header, too. */
const SUMMED = new Set([33, 136]);
const SUM_AT = 6;

function summed(proto: number): Make {
  return (ends) => {
    const ip = ofProtocol(proto)(ends);
    const isV6 = ip[0]! >>> 4 === 6;
    const l4 = isV6 ? 40 : 20;
    store16(ip, l4 + SUM_AT, 0);
    const pseudo = isV6 ? pseudo6(ip, 0, proto, ip.length - l4) : pseudo4(ip, 0, proto, ip.length - l4);
    store16(ip, l4 + SUM_AT, finish(sum(ip, l4, ip.length - l4, pseudo)));
    return ip;
  };
}

const ofSegment =
  (s: Omit<Segment, 'src' | 'dst'>): Make =>
  (ends) =>
    ipBytes({ ...s, ...ends });

const query = (proto: 'icmp' | 'icmpv6', type: number): Make => ofSegment({ proto, type, id: 77, payload: 'query' });

/** Both connections are translated: their ports, or ids, can be changed. */
const BOTH = ['translated', 'translated'] as const;
/** There is no number to tell the second one by: its commit is refused. */
const ONE = ['translated', 'commit-refused:nat-exhausted'] as const;
const invalid = (reason: string): readonly [string, string] => [reason, reason];

type Row = readonly [name: string, family: 4 | 6, make: Make, expected: readonly [string, string]];

const SPECIAL = new Set([6, 17, 132]);
/** Headers between IPv6 and its transport, not transport themselves; 59 says that nothing follows. */
const EXTENSIONS = new Set([0, 43, 44, 51, 60, 135]);

const OTHERS: Row[] = FAMILIES.flatMap((family) =>
  Array.from({ length: 256 }, (_, proto) => proto)
    .filter((proto) => !SPECIAL.has(proto) && proto !== (family === 4 ? 1 : 58))
    .filter((proto) => family === 4 || !EXTENSIONS.has(proto))
    .map((proto): Row => [`protocol ${proto}`, family, SUMMED.has(proto) ? summed(proto) : ofProtocol(proto), ONE]),
);

const PORTED: Row[] = FAMILIES.flatMap((family): Row[] => [
  ['tcp', family, ofSegment({ proto: 'tcp', sport: 4000, dport: 80, flags: 'S' }), BOTH],
  ['udp', family, ofSegment({ proto: 'udp', sport: 4000, dport: 53, payload: 'odd' }), BOTH],
  ['sctp', family, ofSegment({ proto: 'sctp', sport: 4000, dport: 7, payload: 'chunks' }), BOTH],
  ['udp from port 0', family, ofSegment({ proto: 'udp', sport: 0, dport: 53 }), invalid('port-zero')],
]);

const QUERIES = { 4: [8, 13, 15], 6: [128] } as const;
const REPLIES = { 4: [0, 14, 16], 6: [129] } as const;
const ERRORS = { 4: [3, 4, 5, 11, 12], 6: [1, 2, 3, 4] } as const;

const ICMP: Row[] = FAMILIES.flatMap((family) =>
  Array.from({ length: 256 }, (_, type): Row => {
    const make = query(family === 4 ? 'icmp' : 'icmpv6', type);
    const has = (types: readonly number[]): boolean => types.includes(type);
    const expected = has(QUERIES[family])
      ? BOTH
      : has(REPLIES[family])
        ? invalid('new-icmp-reply')
        : has(ERRORS[family])
          ? invalid('icmp-error-inner-bad')
          : invalid('icmp-type-untracked');
    return [`ICMP type ${type}`, family, make, expected];
  }),
);

/** What became of a packet of each host; whatever it is, the packet is whole and no byte of it is changed for nothing. */
function outcomes(tracker: TestTracker, family: 4 | 6, make: Make, direction: Direction): string[] {
  const { hosts, server, nat } = ENDS[family];
  const action: Action = { commit: true, zone: 1, nat: { [direction]: nat } };
  return hosts.map((host) => {
    // Where destinations are translated, the server asks both, as if they were two public addresses of the same service.
    const [src, dst] = direction === 'src' ? [host, server] : [server, host];
    const before = make({ src, dst });
    const p = tracker.run(packetFrom(frameOf(before)), action);
    const after = ipOf(p);
    const outcome = outcomeOf(tracker, p.ctState, before, after);
    const wanted = make(direction === 'src' ? { src: nat, dst } : { src, dst: nat });
    if (outcome !== 'translated') expect(after).toEqual(before);
    else if (hasNumbers(family, after)) expect(areChecksumsRight(after)).toBe(true);
    else expect(after).toEqual(wanted);
    if (outcome === 'translated') expect(addressesOf(after)).toEqual(addressesOf(wanted));
    return outcome;
  });
}

const protocolOf = (ip: Uint8Array): number => (ip[0]! >>> 4 === 6 ? ip[6]! : ip[9]!);
const hasNumbers = (family: 4 | 6, ip: Uint8Array): boolean =>
  SPECIAL.has(protocolOf(ip)) || protocolOf(ip) === (family === 4 ? 1 : 58);

function outcomeOf(tracker: TestTracker, state: number, before: Uint8Array, after: Uint8Array): string {
  if ((state & CT_INVALID) !== 0) return tracker.reason;
  const isSame = addressesOf(after).every((byte, i) => byte === addressesOf(before)[i]);
  return isSame ? tracker.commit : 'translated';
}

const addressesOf = (ip: Uint8Array): Uint8Array => (ip[0]! >>> 4 === 6 ? ip.slice(8, 40) : ip.slice(12, 20));

describe.each(['src', 'dst'] as const)('%s', (direction) => {
  test.each([
    ['with numbers', PORTED],
    ['ICMP', ICMP],
    ['all others', OTHERS],
  ])('%s', (_name, rows) => {
    // One tracker for all: connections of different protocols have nothing to do with each other, errors and replies make none.
    const tracker = new TestTracker();
    const found = rows.map(([name, family, make]) => [name, family, ...outcomes(tracker, family, make, direction)]);
    expect(found).toEqual(rows.map(([name, family, , expected]) => [name, family, ...expected]));
  });
});

test.each(FAMILIES)('addresses of the other family than the packet (IPv%i) has are refused', (family) => {
  const { hosts, server } = ENDS[family];
  const { nat } = ENDS[family === 4 ? 6 : 4];
  const tracker = new TestTracker();
  const before = ofSegment({ proto: 'udp', sport: 4000, dport: 53 })({ src: hosts[0], dst: server });
  const p = tracker.run(packetFrom(frameOf(before)), { commit: true, nat: { src: nat } });
  expect([ipOf(p), tracker.commit]).toEqual([before, 'commit-refused:nat-exhausted']);
});

describe.each(FAMILIES)('echo ids over IPv%i', (family) => {
  const { hosts, server, nat } = ENDS[family];
  const proto = family === 4 ? 'icmp' : 'icmpv6';
  const [ask, answer] = family === 4 ? [8, 0] : [128, 129];
  const echo = (type: number, src: string, dst: string, id: number): Uint8Array =>
    ipBytes({ proto, type, src, dst, id, payload: 'ping' });
  const pass = (tracker: TestTracker, ip: Uint8Array, action: Action): Uint8Array =>
    ipOf(tracker.run(packetFrom(frameOf(ip)), { zone: 1, ...action }));

  test('each host gets the answers to its own requests, and its own errors', () => {
    const tracker = new TestTracker();
    const sent = hosts.map((host) => pass(tracker, echo(ask, host, server, 77), { commit: true, nat: { src: nat } }));
    expect(sent).toEqual([echo(ask, nat, server, 77), echo(ask, nat, server, 78)]);
    const replies = [77, 78].map((id) => pass(tracker, echo(answer, server, nat, id), { nat: {} }));
    expect(replies).toEqual(hosts.map((host) => echo(answer, server, host, 77)));
    const error = (inner: Uint8Array, dst: string): Uint8Array =>
      ipBytes({ proto, type: family === 4 ? 3 : 1, code: 1, src: server, dst, inner });
    const errors = sent.map((inner) => pass(tracker, error(inner, nat), { nat: {} }));
    expect(errors).toEqual(hosts.map((host) => error(echo(ask, host, server, 77), host)));
  });

  test('from the range that the program gives', () => {
    const tracker = new TestTracker();
    const action: Action = { commit: true, nat: { src: nat, ports: [500, 501] } };
    const ids = ['1', '2', '3'].map((n) => {
      const host = family === 4 ? `10.0.0.${n}` : `fc00::${n}`;
      const out = pass(tracker, echo(ask, host, server, 77), action);
      return tracker.commit === 'committed' ? (out.at(-8)! << 8) | out.at(-7)! : tracker.commit;
    });
    expect(ids.slice(0, 2).sort()).toEqual([500, 501]);
    expect(ids[2]).toBe('commit-refused:nat-exhausted');
  });
});

/** Bytes that make three fragments of what they follow. */
const PADDING = 'x'.repeat(3000);
const PIECE = 1400;

describe('in fragments', () => {
  const all: [name: string, family: 4 | 6, s: Omit<Segment, 'src' | 'dst'>][] = FAMILIES.flatMap((family) => [
    ['tcp', family, { proto: 'tcp', sport: 4000, dport: 80, flags: 'S' }],
    ['udp', family, { proto: 'udp', sport: 4000, dport: 53 }],
    ['sctp', family, { proto: 'sctp', sport: 4000, dport: 7 }],
    ['ICMP', family, family === 4 ? { proto: 'icmp', type: 8, id: 77 } : { proto: 'icmpv6', type: 128, id: 77 }],
    ['gre', family, { proto: 'gre' }],
  ]);
  test.each(all)('%s over IPv%i: all pieces are translated, or none and the commit is refused', (name, family, s) => {
    const { hosts, server, nat } = ENDS[family];
    const tracker = new FragmentTracker();
    const found = hosts.map((src, i) => {
      const pieces = cut(ipBytes({ ...s, src, dst: server, payload: PADDING }), PIECE, i);
      const out = tracker.batch(pieces, { commit: true, nat: { src: nat } }).map(ipOf);
      expect(out).toHaveLength(3);
      if (out.every((ip) => leaks(ip, nat) === null)) return 'translated';
      expect(out).toEqual(pieces);
      return tracker.commit;
    });
    expect(found).toEqual(name === 'gre' ? ONE : BOTH);
  });
});

/** Null if the sender is `nat`, and nothing else is. */
const leaks = (ip: Uint8Array, nat: string): Uint8Array | null => {
  const isV6 = ip[0]! >>> 4 === 6;
  const src = isV6 ? ip.subarray(8, 24) : ip.subarray(12, 16);
  const wanted = ipBytes({ proto: 'gre', src: nat, dst: nat });
  return src.every((byte, i) => byte === wanted[(isV6 ? 8 : 12) + i]) ? null : src;
};

describe('FTP', () => {
  type Way = 'whole' | 'in fragments' | 'without room';
  interface Side {
    readonly private: string;
    readonly public: string;
  }
  /** Who announces: a client whose source is translated, or a server whose public address is another. */
  const hidden = (family: 4 | 6, nat: string): Side => ({ private: ENDS[family].hosts[0], public: nat });
  const asNumbers = (address: string): string => `${address.replaceAll('.', ',')},4,1`;
  const LINES: Record<string, (address: string) => string> = {
    PORT: (address) => `PORT ${asNumbers(address)}\r\n`,
    'EPRT 1': (address) => `EPRT |1|${address}|1025|\r\n`,
    'EPRT 2': (address) => `EPRT |2|${address}|1025|\r\n`,
    227: (address) => `227 Entering Passive Mode (${asNumbers(address)}).\r\n`,
    'PORT of nobody': () => `PORT ${asNumbers('10.9.9.9')}\r\n`,
    'PORT cut short': (address) => `PORT ${address.replaceAll('.', ',')}\r\n`,
  };
  const NO_ROOM = 'alg-ftp-no-room';
  const rows: [line: string, family: 4 | 6, nat: string, expected: Record<Way, string>][] = [
    ['PORT', 4, '192.0.2.240', { whole: 'translated', 'in fragments': NO_ROOM, 'without room': NO_ROOM }],
    ['PORT', 4, '10.0.0.9', { whole: 'translated', 'in fragments': 'translated', 'without room': 'translated' }],
    ['PORT', 4, '9.9.9.9', { whole: 'translated', 'in fragments': NO_ROOM, 'without room': 'translated' }],
    ['EPRT 1', 4, '192.0.2.240', { whole: 'translated', 'in fragments': NO_ROOM, 'without room': NO_ROOM }],
    ['EPRT 2', 6, '2001:db8::240', { whole: 'translated', 'in fragments': NO_ROOM, 'without room': NO_ROOM }],
    ['EPRT 2', 6, 'fd00::9', { whole: 'translated', 'in fragments': 'translated', 'without room': 'translated' }],
    ['227', 4, '192.0.2.240', { whole: 'translated', 'in fragments': NO_ROOM, 'without room': NO_ROOM }],
    ['227', 4, '10.0.0.9', { whole: 'translated', 'in fragments': 'translated', 'without room': 'translated' }],
    [
      'PORT of nobody',
      4,
      '10.0.0.9',
      { whole: 'alg-ftp-bad', 'in fragments': 'alg-ftp-bad', 'without room': 'alg-ftp-bad' },
    ],
    [
      'PORT cut short',
      4,
      '10.0.0.9',
      { whole: 'alg-ftp-bad', 'in fragments': 'alg-ftp-bad', 'without room': 'alg-ftp-bad' },
    ],
  ];

  function talkOf(line: string, family: 4 | 6, { private: inside, public: outside }: Side): FtpTalk {
    const { server } = ENDS[family];
    return line === '227'
      ? new FtpTalk(server, outside, { dst: inside }, { client: server, server: inside })
      : new FtpTalk(inside, server, { src: outside }, { client: outside, server });
  }

  function sent(talk: FtpTalk, way: Way, direction: number, line: string): Packet[] {
    const s = talk.from(direction, 'PA', way === 'in fragments' ? line + PADDING : line);
    if (way === 'in fragments') return talk.tracker.batch(cut(ipBytes(s), PIECE), talk.follow);
    return [talk.tracker.run(way === 'without room' ? withHeadroom(segment(s), 0) : segment(s), talk.follow)];
  }

  test.each(rows)('%s over IPv%i behind %s', (line, family, nat, expected) => {
    const side = hidden(family, nat);
    const found = (Object.keys(expected) as Way[]).map((way) => {
      const talk = talkOf(line, family, side);
      const [first, ...rest] = sent(talk, way, line === '227' ? 1 : 0, LINES[line]!(side.private));
      const { ctState } = first!;
      for (const p of rest) expect(p.ctState).toBe(ctState);
      expect(leaks(ipOf(first!), nat)).toBeNull();
      if ((ctState & CT_INVALID) !== 0) {
        expect([way, talk.tracker.ct.expectedCount]).toEqual([way, 0]);
        return [way, talk.tracker.reason];
      }
      expect(talk.textOf(first!).replace(PADDING.slice(0, PIECE), '')).toMatch(LINES[line]!(nat));
      expect(dataConnection(talk, line, family, side)).toBe(nat);
      return [way, 'translated'];
    });
    expect(found).toEqual(Object.entries(expected));
  });

  /** The address by which the other side knows the one that listens, once the data connection has come. */
  function dataConnection(talk: FtpTalk, line: string, family: 4 | 6, side: Side): string {
    const from = { src: ENDS[family].server, sport: 2000, dport: 1025, proto: 'tcp' } as const;
    const commit: Action = { commit: true, zone: 1, nat: {} };
    const syn = talk.tracker.run(segment({ ...from, dst: side.public, flags: 'S', seq: 1 }), commit);
    expect([line, stateText(syn.ctState)]).toEqual([line, 'new|rel|trk|dnat']);
    expect(ipOf(syn)).toEqual(ipBytes({ ...from, dst: side.private, flags: 'S', seq: 1 }));
    const answer: Segment = {
      ...from,
      src: side.private,
      dst: from.src,
      sport: 1025,
      dport: 2000,
      flags: 'SA',
      seq: 1,
      ack: 2,
    };
    const back = ipOf(talk.tracker.run(segment(answer), talk.follow));
    expect(back).toEqual(ipBytes({ ...answer, src: side.public }));
    return side.public;
  }
});

test.each(FAMILIES)('TFTP over IPv%i: the data connection is translated as the request', (family) => {
  const { hosts, server, nat } = ENDS[family];
  const tracker = new TestTracker();
  const request: Segment = { proto: 'udp', src: hosts[0], dst: server, sport: 3000, dport: 69, payload: 'rrq' };
  const asked = tracker.run(segment(request), { commit: true, zone: 1, helper: HELPER_TFTP, nat: { src: nat } });
  expect(ipOf(asked)).toEqual(ipBytes({ ...request, src: nat }));
  const data: Segment = { proto: 'udp', src: server, dst: nat, sport: 51_000, dport: 3000, payload: 'data' };
  const come = tracker.run(segment(data), { commit: true, zone: 1, nat: {} });
  expect([stateText(come.ctState), ipOf(come)]).toEqual(['new|rel|trk|dnat', ipBytes({ ...data, dst: hosts[0] })]);
  const ack: Segment = { ...data, src: hosts[0], dst: server, sport: 3000, dport: 51_000 };
  expect(ipOf(tracker.run(segment(ack), { zone: 1, nat: {} }))).toEqual(ipBytes({ ...ack, src: nat }));
});
