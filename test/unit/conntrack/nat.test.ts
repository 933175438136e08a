/** NAT: which address and port, what becomes of the packets in both directions, of ICMP errors, of checksums. */
import { describe, expect, test } from 'vitest';
import { load16, store16 } from '../../../datapath/base/bytes.js';
import { finish, pseudo4, pseudo6, sum } from '../../../datapath/base/checksum.js';
import { OFFLOAD_NEEDS_CSUM } from '../../../datapath/packet/packet.js';
import * as ipv4 from '../../../datapath/wire/ipv4.js';
import {
  areChecksumsRight,
  frameOf,
  ipBytes,
  ipOf,
  packetFrom,
  type Segment,
  segment,
} from '../../helpers/segments.js';
import { type Action, stateText, TestTracker } from '../../helpers/tracker.js';

type Nat = NonNullable<Action['nat']>;
const C4 = '10.0.0.1';
const S4 = '192.0.2.9';
const N4 = '192.0.2.240';
const C6 = 'fc00::1';
const S6 = '2001:db8::9';
const N6 = '2001:db8::240';

const commit = (nat: Nat, zone = 1): Action => ({ commit: true, zone, nat });
const follow: Action = { zone: 1, nat: {} };

/** There with the committing action, and the answer to what came out with a bare nat: both as IP packets. */
function roundTrip(s: Segment, nat: Nat, answerTo: (out: Segment) => Segment) {
  const tracker = new TestTracker();
  const there = tracker.run(segment(s), commit(nat));
  const e = tracker.only;
  const outgoing = { ...s, ...ends(e.reply, s) };
  const back = tracker.run(segment(answerTo(outgoing)), follow);
  return { tracker, there, back, outgoing };
}

/** The source and destination that packets of the original direction have after translation. */
function ends(reply: { src: bigint; dst: bigint; srcPort: number; dstPort: number; icmpId: number }, s: Segment) {
  const text = s.src.includes(':') ? text6 : text4;
  const common = { src: text(reply.dst), dst: text(reply.src) };
  return s.proto.startsWith('icmp')
    ? { ...common, id: reply.icmpId }
    : { ...common, sport: reply.dstPort, dport: reply.srcPort };
}
const text4 = (a: bigint): string => [24n, 16n, 8n, 0n].map((shift) => (a >> shift) & 0xffn).join('.');
const text6 = (a: bigint): string =>
  [112n, 96n, 80n, 64n, 48n, 32n, 16n, 0n].map((shift) => ((a >> shift) & 0xffffn).toString(16)).join(':');

const mirror = (s: Segment): Segment => ({
  ...s,
  src: s.dst,
  dst: s.src,
  ...(s.sport === undefined ? {} : { sport: s.dport!, dport: s.sport }),
  ...(s.proto === 'icmp' ? { type: 0 } : s.proto === 'icmpv6' ? { type: 129 } : {}),
  ...(s.proto === 'tcp' ? { flags: 'SA', seq: 900, ack: (s.seq ?? 0) + 1 } : {}),
});

const tcp4: Segment = { proto: 'tcp', src: C4, dst: S4, sport: 4000, dport: 80, flags: 'S', seq: 7 };
const udp4: Segment = { proto: 'udp', src: C4, dst: S4, sport: 4000, dport: 53, payload: 'odd' };
const sctp4: Segment = { proto: 'sctp', src: C4, dst: S4, sport: 4000, dport: 7, payload: 'chunks' };
const echo4: Segment = { proto: 'icmp', src: C4, dst: S4, id: 77, payload: 'ping' };
const gre4: Segment = { proto: 'gre', src: C4, dst: S4, payload: 'whatever' };
const to6 = (s: Segment, proto = s.proto): Segment => ({ ...s, proto, src: C6, dst: S6 });

describe('there and back', () => {
  const rows: [name: string, s: Segment, nat: Nat, out: Partial<Segment>][] = [
    ['SNAT tcp', tcp4, { src: N4 }, { src: N4, sport: 4000 }],
    ['SNAT udp to a port', udp4, { src: N4, ports: [5000, 5000] }, { src: N4, sport: 5000 }],
    ['SNAT sctp to a port', sctp4, { src: N4, ports: [5000, 5000] }, { src: N4, sport: 5000 }],
    ['SNAT icmp to an id', echo4, { src: N4, ports: [500, 500] }, { src: N4, id: 500 }],
    ['SNAT gre', gre4, { src: N4 }, { src: N4 }],
    ['DNAT tcp', tcp4, { dst: N4 }, { dst: N4, dport: 80 }],
    ['DNAT udp to a port', udp4, { dst: N4, ports: [8080, 8080] }, { dst: N4, dport: 8080 }],
    ['DNAT icmp', echo4, { dst: N4 }, { dst: N4, id: 77 }],
    ['SNAT tcp v6', to6(tcp4), { src: N6, ports: [5000, 5000] }, { src: '2001:db8:0:0:0:0:0:240', sport: 5000 }],
    ['DNAT udp v6', to6(udp4), { dst: N6, ports: [8080, 8080] }, { dst: '2001:db8:0:0:0:0:0:240', dport: 8080 }],
    ['SNAT sctp v6', to6(sctp4), { src: N6, ports: [5000, 5000] }, { src: '2001:db8:0:0:0:0:0:240', sport: 5000 }],
    ['SNAT icmpv6', to6(echo4, 'icmpv6'), { src: N6 }, { src: '2001:db8:0:0:0:0:0:240', id: 77 }],
    ['null SNAT', tcp4, { src: '0.0.0.0' }, { src: C4, sport: 4000 }],
  ];
  test.each(rows)('%s', (_name, s, nat, out) => {
    const { there, back, outgoing } = roundTrip(s, nat, mirror);
    expect(outgoing).toMatchObject(out);
    expect(ipOf(there)).toEqual(ipBytes(outgoing));
    expect(stateText(there.ctState)).toBe(nat.src ? 'new|trk|snat' : 'new|trk|dnat');
    expect(ipOf(back)).toEqual(ipBytes(mirror(s)));
    expect(stateText(back.ctState)).toBe(nat.src ? 'est|rpl|trk|dnat' : 'est|rpl|trk|snat');
    expect([back.ctProto, there.ctTpSrc]).toEqual([there.ctProto, back.ctTpSrc]);
    expect(areChecksumsRight(ipOf(back))).toBe(true);
  });
});

test('without nat() in the action the packet stays as it is', () => {
  const { tracker, outgoing } = roundTrip(tcp4, { src: N4 }, mirror);
  const p = tracker.run(segment(mirror(outgoing)), { zone: 1 });
  expect([ipOf(p), stateText(p.ctState)]).toEqual([ipBytes(mirror(outgoing)), 'est|rpl|trk']);
});

test('a packet that comes again into its zone is not translated twice, and is still known', () => {
  const tracker = new TestTracker();
  const p = tracker.run(segment(tcp4), commit({ src: N4 }));
  const once = ipOf(p);
  tracker.run(p, follow);
  expect([ipOf(p), stateText(p.ctState)]).toEqual([once, 'new|trk|snat']);
  tracker.run(p, { zone: 1 });
  expect(stateText(p.ctState)).toBe('new|trk|snat');
});

test('two zones: destination in one, source in the next', () => {
  const tracker = new TestTracker();
  const p = tracker.run(segment(tcp4), commit({ dst: '10.9.0.1' }, 1));
  tracker.run(p, commit({ src: N4 }, 2));
  expect(stateText(p.ctState)).toBe('new|trk|snat');
  expect(ipOf(p)).toEqual(ipBytes({ ...tcp4, src: N4, dst: '10.9.0.1' }));
  const back = tracker.run(segment(mirror({ ...tcp4, src: N4, dst: '10.9.0.1' })), { zone: 2, nat: {} });
  tracker.run(back, { zone: 1, nat: {} });
  expect([ipOf(back), stateText(back.ctState)]).toEqual([ipBytes(mirror(tcp4)), 'est|rpl|trk|snat']);
});

test('an invalid segment of a known connection is translated all the same', () => {
  const { tracker } = roundTrip(tcp4, { src: N4 }, mirror);
  const p = tracker.run(segment({ ...tcp4, flags: 'A', seq: 900_000, ack: 901, payload: 'x' }), follow);
  expect([stateText(p.ctState), tracker.reason]).toEqual(['inv|trk|snat', 'tcp-seq-above-window']);
  expect(ipOf(p)).toEqual(ipBytes({ ...tcp4, src: N4, flags: 'A', seq: 900_000, ack: 901, payload: 'x' }));
});

describe('choice', () => {
  /** Source ports (or ids) that flows from different hosts get. */
  const ports = (nat: Nat, base: Segment, count: number): (number | string)[] => {
    const tracker = new TestTracker();
    return Array.from({ length: count }, (_, i) => {
      tracker.run(segment({ ...base, src: `10.0.1.${i + 1}` }), commit(nat));
      if (tracker.commit !== 'committed') return tracker.commit;
      const { reply } = tracker.entries()[i];
      return reply.icmpType === 0 && base.proto === 'icmp' ? reply.icmpId : reply.dstPort;
    });
  };
  const exhausted = 'commit-refused:nat-exhausted';
  const rows: [string, Nat, Segment, (number | string)[]][] = [
    ['collisions take the next port', { src: N4 }, { ...udp4, sport: 1024 }, [1024, 1025, 1026]],
    ['the last port wraps to the first of its class', { src: N4 }, { ...udp4, sport: 65535 }, [65535, 1024, 1025]],
    ['privileged ports stay so', { src: N4 }, { ...udp4, sport: 511 }, [511, 1, 2]],
    ['upper privileged ports', { src: N4 }, { ...udp4, sport: 1023 }, [1023, 600, 601]],
    ['a port between the two kinds goes up', { src: N4 }, { ...udp4, sport: 512 }, [512, 600, 601]],
    ['one port, one connection', { src: N4, ports: [500, 500] }, udp4, [500, exhausted]],
    ['ICMP ids', { src: N4, ports: [500, 500] }, echo4, [500, exhausted]],
    ['protocols without ports', { src: N4 }, gre4, [0, exhausted]],
  ];
  test.each(rows)('%s', (_name, nat, s, expected) => {
    expect(ports(nat, s, expected.length)).toEqual(expected);
  });
  test('a range of ports is used up entirely', () => {
    const got = ports({ src: N4, ports: [500, 520] }, udp4, 22);
    expect(new Set(got.slice(0, 21))).toEqual(new Set(Array.from({ length: 21 }, (_, i) => 500 + i)));
    expect(got[21]).toBe(exhausted);
  });
  test('exhaustion lets the packet pass untranslated, as new', () => {
    const tracker = new TestTracker();
    tracker.run(segment(udp4), commit({ src: N4, ports: [500, 500] }));
    const other = { ...udp4, src: '10.0.0.2' };
    const p = tracker.run(segment(other), commit({ src: N4, ports: [500, 500] }));
    expect([stateText(p.ctState), tracker.commit, tracker.ct.count]).toEqual(['new|trk', exhausted, 1]);
    expect(ipOf(p)).toEqual(ipBytes(other));
  });
  test('DNAT with its one port taken tries source ports', () => {
    const tracker = new TestTracker();
    const dnat = commit({ dst: N4, ports: [80, 80] });
    tracker.run(segment({ ...udp4, dst: '192.0.2.1' }), dnat);
    tracker.run(segment({ ...udp4, dst: '192.0.2.2' }), dnat);
    expect(tracker.entries().map(({ reply }) => [reply.srcPort, reply.dstPort])).toEqual([
      [80, 4000],
      [80, 4001],
    ]);
  });
  test('addresses of a range: all are used, persistently the same per source', () => {
    const range = { src: '192.0.2.16', to: '192.0.2.19' };
    const tracker = new TestTracker();
    for (let i = 0; i < 64; i++) tracker.run(segment({ ...udp4, sport: 2000 + i }), commit(range));
    const used = new Set(tracker.entries().map(({ reply }) => text4(reply.dst)));
    expect([...used].sort()).toEqual(['192.0.2.16', '192.0.2.17', '192.0.2.18', '192.0.2.19']);
    const sticky = new TestTracker();
    for (let i = 0; i < 64; i++) {
      sticky.run(segment({ ...udp4, sport: 2000 + i }), commit({ ...range, persistent: true }));
    }
    expect(new Set(sticky.entries().map(({ reply }) => reply.dst)).size).toBe(1);
  });
  test('IPv6 ranges carry over word borders', () => {
    const tracker = new TestTracker();
    const range = { src: '2001:db8::ffff:fffe', to: '2001:db8::1:0:1' };
    for (let i = 0; i < 64; i++) tracker.run(segment({ ...to6(udp4), sport: 2000 + i }), commit(range));
    expect(new Set(tracker.entries().map(({ reply }) => text6(reply.dst))).size).toBe(4);
  });
});

describe('ICMP errors', () => {
  const rows: [string, Segment, Nat][] = [
    ['SNAT udp', udp4, { src: N4, ports: [5000, 5000] }],
    ['DNAT tcp', tcp4, { dst: N4, ports: [8080, 8080] }],
    ['SNAT icmp', echo4, { src: N4, ports: [500, 500] }],
    ['SNAT udp v6', to6(udp4), { src: N6, ports: [5000, 5000] }],
    ['DNAT tcp v6', to6(tcp4), { dst: N6 }],
  ];
  const error = (about: Segment, from: string): Segment => ({
    proto: about.src.includes(':') ? 'icmpv6' : 'icmp',
    src: from,
    dst: about.src,
    type: about.src.includes(':') ? 1 : 3,
    code: 1,
    inner: ipBytes(about),
  });
  test.each(rows)('%s: the server complains, the client sees what it sent', (_name, s, nat) => {
    const { tracker, outgoing } = roundTrip(s, nat, mirror);
    const p = tracker.run(segment(error(outgoing, outgoing.dst)), follow);
    expect(stateText(p.ctState)).toBe(nat.src ? 'rel|rpl|trk|dnat' : 'rel|rpl|trk|snat');
    expect(ipOf(p)).toEqual(ipBytes(error(s, s.dst)));
  });
  test.each(rows)('%s: the client complains, the server sees what it sent', (_name, s, nat) => {
    const { tracker, outgoing } = roundTrip(s, nat, mirror);
    const p = tracker.run(segment(error(mirror(s), s.src)), follow);
    expect(stateText(p.ctState)).toBe(nat.src ? 'rel|trk|snat' : 'rel|trk|dnat');
    expect(ipOf(p)).toEqual(ipBytes(error(mirror(outgoing), outgoing.src)));
  });
  test('an error that holds no more than eight bytes of the inner header', () => {
    const { tracker, outgoing } = roundTrip(tcp4, { src: N4, ports: [5000, 5000] }, mirror);
    const cut = (about: Segment): Segment => ({ ...error(about, S4), inner: ipBytes(about).subarray(0, 28) });
    const p = tracker.run(segment(cut(outgoing)), follow);
    expect(ipOf(p)).toEqual(ipBytes(cut(tcp4)));
  });
});

describe('checksums left to the network card', () => {
  const pseudoOf = (ip: Uint8Array, isV6: boolean, proto: number): number =>
    isV6 ? pseudo6(ip, 0, proto, ip.length - 40) : pseudo4(ip, 0, proto, ip.length - 20);
  const rows: [string, Segment, Nat, proto: number, field: number][] = [
    ['tcp', tcp4, { src: N4, ports: [5000, 5000] }, 6, 16],
    ['udp', udp4, { dst: N4, ports: [8080, 8080] }, 17, 6],
    ['tcp v6', to6(tcp4), { src: N6, ports: [5000, 5000] }, 6, 16],
  ];
  test.each(rows)('%s: the field goes on holding the sum of the pseudo header', (_name, s, nat, proto, field) => {
    const isV6 = s.src.includes(':');
    const at = (isV6 ? 40 : 20) + field;
    const ip = ipBytes(s);
    store16(ip, at, pseudoOf(ip, isV6, proto));
    const p = packetFrom(frameOf(ip));
    p.offload = OFFLOAD_NEEDS_CSUM;
    p.csumStart = p.l4;
    const tracker = new TestTracker();
    tracker.run(p, commit(nat));
    const out = ipOf(p);
    expect(load16(out, at)).toBe(pseudoOf(out, isV6, proto));
    expect(p.ctState & 0xc0).not.toBe(0);
  });
  test('behind VLAN tags too', () => {
    const ip = ipBytes(tcp4);
    store16(ip, 36, pseudoOf(ip, false, 6));
    const frame = frameOf(ip);
    const tagged = Uint8Array.from([...frame.subarray(0, 12), 0x81, 0, 0, 5, ...frame.subarray(12)]);
    const p = packetFrom(tagged);
    p.offload = OFFLOAD_NEEDS_CSUM;
    p.csumStart = p.l4;
    new TestTracker().run(p, commit({ src: N4, ports: [5000, 5000] }));
    const out = ipOf(p).subarray(4);
    expect(load16(out, 20)).toBe(5000);
    expect(load16(out, 36)).toBe(pseudoOf(out, false, 6));
  });
  test('a checksum that is complete is kept right while one further inside is left to the card', () => {
    const s: Segment = { ...udp4, payload: 'an encapsulated segment' };
    const p = segment(s);
    p.offload = OFFLOAD_NEEDS_CSUM;
    p.csumStart = p.l4 + 8;
    new TestTracker().run(p, commit({ src: N4, ports: [5000, 5000] }));
    expect(ipOf(p)).toEqual(ipBytes({ ...s, src: N4, sport: 5000 }));
  });
  test('UDP-Lite: the checksum, whatever it covers, follows the addresses', () => {
    const asLite = (s: Segment): Uint8Array => {
      const ip = ipBytes(s);
      ip[9] = 136;
      // It covers the header only.
      store16(ip, 24, 8);
      store16(ip, 26, 0);
      store16(ip, 26, finish(sum(ip, 20, 8, pseudo4(ip, 0, 136, ip.length - 20))));
      ipv4.setChecksum(ip, 0);
      return ip;
    };
    const s: Segment = { ...udp4, payload: 'not covered' };
    const p = new TestTracker().run(packetFrom(frameOf(asLite(s))), commit({ src: N4 }));
    expect(ipOf(p)).toEqual(asLite({ ...s, src: N4 }));
  });
  test('UDP without a checksum stays without', () => {
    const ip = ipBytes(udp4);
    store16(ip, 26, 0);
    const p = new TestTracker().run(packetFrom(frameOf(ip)), commit({ src: N4, ports: [9, 9] }));
    expect(load16(ipOf(p), 26)).toBe(0);
  });
});

test('bare nat commits an ordinary new connection untranslated', () => {
  const tracker = new TestTracker();
  expect(tracker.send(udp4, { commit: true, nat: {} })).toBe('new|trk');
  expect(tracker.only).toMatchObject({ snat: false, dnat: false });
});
