/** Fragments: held, tracked once, sent on as they came; what is refused; that nothing is held without bound. */
import { describe, expect, test } from 'vitest';
import { store16 } from '../../../datapath/base/bytes.js';
import * as ipv4 from '../../../datapath/wire/ipv4.js';
import { cut as cutInto, piece } from '../../helpers/fragment-pieces.js';
import { FragmentTracker } from '../../helpers/fragment-tracker.js';
import { ipBytes, ipOf, type Segment } from '../../helpers/segments.js';
import { stateText } from '../../helpers/tracker.js';

const UDP4: Segment = {
  proto: 'udp',
  src: '10.1.1.1',
  dst: '10.1.1.2',
  sport: 1000,
  dport: 2000,
  payload: noise(4000),
};
const UDP6: Segment = { ...UDP4, src: 'fc00::1', dst: 'fc00::2' };
const PIECE = 1400;

function noise(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => (i * 7919) >>> 3);
}

const cut = (ip: Uint8Array, size = PIECE, id = 77): Uint8Array[] => cutInto(ip, size, id);

describe.each([
  ['IPv4', UDP4, 4 as const],
  ['IPv6', UDP6, 6 as const],
])('%s', (_name, s, family) => {
  const pieces = cut(ipBytes(s));
  const order = [0, 1, 2];

  test.each([[[0, 1, 2]], [[2, 1, 0]], [[1, 0, 2]], [[1, 2, 0]]])('in the order %j', (orderOf) => {
    const tracker = new FragmentTracker();
    const [a, b, c] = orderOf.map((i) => pieces[i]);
    expect(tracker.batch([a], { commit: true })).toEqual([]);
    expect(tracker.batch([b], { commit: true })).toEqual([]);
    expect([tracker.ct.fragments.count, tracker.ct.count]).toEqual([2, 0]);
    const out = tracker.batch([c], { commit: true });
    expect(out.map(ipOf)).toEqual(pieces);
    expect(out.map((p) => stateText(p.ctState))).toEqual(order.map(() => 'new|trk'));
    expect(out.map((p) => [p.ctTpSrc, p.ctTpDst, p.conn])).toEqual(order.map(() => [1000, 2000, -1]));
    expect(tracker.only).toMatchObject({ proto: 17, family });
    expect(tracker.ct.fragments.counters[family]).toMatchObject({ accepted: 3, completed: 3 });
    for (const p of out) tracker.pool.free(p);
    expect([tracker.ct.fragments.count, tracker.pool.live]).toEqual([0, 0]);
  });

  test('all in one batch, among others', () => {
    const tracker = new FragmentTracker();
    const other = ipBytes({ ...s, sport: 5, payload: 'small' });
    const out = tracker.batch([pieces[2], other, pieces[0], pieces[1]]);
    expect(out.map(ipOf)).toEqual([other, ...pieces]);
    expect([...tracker.ct.lastReason.subarray(0, 4)]).toEqual([0, 0, 0, 0]);
  });

  test('NAT changes the addresses of all and the ports of the first', () => {
    const tracker = new FragmentTracker();
    const src = family === 4 ? '192.0.2.240' : '2001:db8::240';
    const out = tracker.batch(pieces, { commit: true, nat: { src, ports: [7000, 7000] } });
    expect(out.map(ipOf)).toEqual(cut(ipBytes({ ...s, src, sport: 7000 })));
    expect(stateText(out[1].ctState)).toBe('new|trk|snat');
  });

  test('a wrong checksum of the whole makes all of it invalid', () => {
    const tracker = new FragmentTracker();
    const bad = pieces.map((piece) => piece.slice());
    bad[1][bad[1].length - 1] ^= 1;
    const out = tracker.batch(bad, { commit: true });
    expect(out.map((p) => stateText(p.ctState))).toEqual(order.map(() => 'inv|trk'));
    expect(tracker.reason).toBe('l4-checksum-bad');
  });

  test('overlaps and duplicates are refused, and the packet never completes', () => {
    const tracker = new FragmentTracker();
    tracker.batch([pieces[0]]);
    const [again] = tracker.batch([pieces[0]]);
    expect([stateText(again.ctState), tracker.reason]).toEqual(['inv|trk', 'frag-overlap']);
    expect(tracker.ct.fragments.counters[family].overlapped).toBe(1);
  });

  test('small pieces are refused, but the last may be small', () => {
    const tracker = new FragmentTracker();
    const [first] = tracker.batch([cut(ipBytes(s), 800)[0]]);
    expect([stateText(first.ctState), tracker.reason]).toEqual(['inv|trk', 'frag-too-small']);
    expect(tracker.ct.fragments.counters[family].tooSmall).toBe(1);
    tracker.ct.fragments.settings[family].minSize = 400;
    expect(tracker.batch(cut(ipBytes(s), 800)).length).toBe(6);
  });

  test('incomplete lists end after their time, and the memory comes back', () => {
    const tracker = new FragmentTracker();
    tracker.batch(pieces.slice(0, 2));
    tracker.now += 14_999;
    expect(tracker.ct.sweep(tracker.now)).toBe(tracker.now + 1);
    expect(tracker.pool.live).toBe(2);
    tracker.now += 1;
    tracker.ct.sweep(tracker.now);
    expect([tracker.pool.live, tracker.ct.fragments.count]).toEqual([0, 0]);
    expect(tracker.ct.fragments.counters[family].expired).toBe(2);
  });

  test('no more are held than the limit', () => {
    const tracker = new FragmentTracker();
    tracker.ct.fragments.maxFragments = 10;
    for (let id = 0; id < 20; id++) tracker.batch([cut(ipBytes(s), PIECE, id)[0]]);
    expect([tracker.ct.fragments.count, tracker.pool.live, tracker.reason]).toEqual([10, 10, 'frag-limit']);
  });

  test('switched off, fragments are invalid as they are', () => {
    const tracker = new FragmentTracker();
    tracker.ct.fragments.settings[family].isEnabled = false;
    const out = tracker.batch([pieces[1]]);
    expect([stateText(out[0].ctState), tracker.reason]).toEqual(['inv|trk', 'later-fragment']);
  });

  test('zones keep their fragments apart', () => {
    const tracker = new FragmentTracker();
    tracker.batch([pieces[0], pieces[1]], { zone: 1 });
    expect(tracker.batch([pieces[2]], { zone: 2 })).toEqual([]);
    expect(tracker.batch([pieces[2]], { zone: 1 }).length).toBe(3);
  });
});

test('a batch gets longer than usual when many pieces come back', () => {
  const tracker = new FragmentTracker();
  const pieces = cut(ipBytes({ ...UDP4, payload: noise(65_000) }));
  for (const piece of pieces.slice(0, -1)) tracker.batch([piece]);
  const out = tracker.batch(pieces.slice(-1));
  expect(out.length).toBe(47);
  expect(out.map(ipOf)).toEqual(pieces);
  expect(stateText(out[46].ctState)).toBe('new|trk');
});

test('the largest packet there is', () => {
  const tracker = new FragmentTracker();
  const pieces = cut(ipBytes({ ...UDP4, payload: noise(65_507) }));
  expect(tracker.batch(pieces).map(ipOf)).toEqual(pieces);
});

test('extension headers before the fragment header stay with the pieces', () => {
  const tracker = new FragmentTracker();
  const whole = ipBytes(UDP6);
  const withOptions = cut(whole).map((piece) => {
    const b = Uint8Array.from([...piece.subarray(0, 40), 44, 0, 1, 4, 0, 0, 0, 0, ...piece.subarray(40)]);
    b[6] = 0;
    store16(b, 4, b.length - 40);
    return b;
  });
  const out = tracker.batch(withOptions, { commit: true });
  expect(out.map(ipOf)).toEqual(withOptions);
  expect(tracker.only).toMatchObject({ proto: 17, family: 6 });
});

test('what NAT changes may stand in a later piece, behind long extension headers', () => {
  const tracker = new FragmentTracker();
  const nat = { src: '2001:db8::240', ports: [7000, 7000] as [number, number] };
  // 1400 bytes of destination options between the fragment header and UDP.
  const behindOptions = (s: Segment): Uint8Array => {
    const ip = ipBytes(s);
    const b = Uint8Array.from([...ip.subarray(0, 40), 17, 1400 / 8 - 1, ...new Uint8Array(1398), ...ip.subarray(40)]);
    b[6] = 60;
    store16(b, 4, b.length - 40);
    return b;
  };
  const out = tracker.batch(cut(behindOptions(UDP6)), { commit: true, nat });
  expect(out.map(ipOf)).toEqual(cut(behindOptions({ ...UDP6, src: nat.src, sport: 7000 })));
});

test('malformed fragments are refused', () => {
  const tracker = new FragmentTracker();
  const [first] = cut(ipBytes(UDP4));
  const odd = first.slice(0, -3);
  store16(odd, 2, odd.length);
  ipv4.setChecksum(odd, 0);
  const summed = first.slice();
  summed[10] ^= 1;
  const far = first.slice();
  store16(far, 6, 0x3fff);
  ipv4.setChecksum(far, 0);
  for (const bad of [odd, summed, far]) {
    tracker.batch([bad]);
    expect(tracker.reason).toBe('frag-header-bad');
  }
  expect(tracker.pool.live).toBe(0);
});

test('a second last fragment behind the last is refused, and all are given back once', () => {
  const tracker = new FragmentTracker();
  const ip = ipBytes(UDP4);
  const size = ip.length - 20;
  const out = tracker.batch([...cut(ip), piece(ip, size, ip.subarray(20, 60), false, 77)]);
  expect(out.map((p) => stateText(p.ctState))).toEqual(['inv|trk', 'new|trk', 'new|trk', 'new|trk']);
  expect(new Set(out).size).toBe(4);
  for (const p of out) tracker.pool.free(p);
  expect(tracker.pool.live).toBe(0);
});

test('fragments of a fragment are not waited for twice', () => {
  const tracker = new FragmentTracker();
  const [inner] = cut(ipBytes(UDP6), 3200, 5);
  const out = tracker.batch(cut(inner));
  expect(out.map((p) => stateText(p.ctState))).toEqual(out.map(() => 'inv|trk'));
  for (const p of out) tracker.pool.free(p);
  tracker.ct.fragments.flush();
  expect([tracker.ct.fragments.count, tracker.pool.live]).toEqual([0, 0]);
});
