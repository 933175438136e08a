/** FTP and TFTP: what is read from control packets, what is expected from it, and the rewriting of addresses under NAT. */
import { describe, expect, test } from 'vitest';
import { pseudo4 } from '../../../datapath/base/checksum.js';
import { formatIpv6, parseFtp, parseIpv6 } from '../../../datapath/conntrack/alg/ftp-parse.js';
import { copyFrame } from '../../../datapath/packet/offload.js';
import { OFFLOAD_NEEDS_CSUM } from '../../../datapath/packet/packet.js';
import * as tcp from '../../../datapath/wire/tcp.js';
import { FtpTalk } from '../../helpers/ftp-talk.js';
import { addressWords, areChecksumsRight, ipOf, type Segment, segment } from '../../helpers/segments.js';
import { stateText, TestTracker } from '../../helpers/tracker.js';

describe('messages', () => {
  const four = (isActive: boolean, address: string, port: number, at: number, size: number, separator = ',') => ({
    isActive,
    address: addressWords(address),
    port,
    at,
    size,
    separator,
  });
  const rows: [text: string, family: number, result: unknown][] = [
    ['PORT 10,0,0,1,4,1\r\n', 4, four(true, '10.0.0.1', 1025, 5, 8)],
    ['port 10,0,0,1,255,255\r\n', 4, four(true, '10.0.0.1', 65535, 5, 8)],
    ['227 Entering Passive Mode (192,0,2,9,200,13).\r\n', 4, four(false, '192.0.2.9', 51213, 27, 9)],
    ['EPRT |1|10.0.0.1|6275|\r\n', 4, four(true, '10.0.0.1', 6275, 8, 8, '.')],
    [
      '229 Entering Extended Passive Mode (|||49153|)\r\n',
      4,
      { isActive: false, address: [], port: 49153, at: 0, size: 0, separator: '.' },
    ],
    [
      'EPRT |2|fc00::1|6275|\r\n',
      6,
      { isActive: true, address: addressWords('fc00::1'), port: 6275, at: 8, size: 7, separator: '.' },
    ],
    [
      '229 Entering Extended Passive Mode (|||49153|)\r\n',
      6,
      { isActive: false, address: [], port: 49153, at: 0, size: 0, separator: '.' },
    ],
    ['USER ftp\r\n', 4, null],
    ['226 Transfer complete', 4, null],
    ['PORT 1,2,3,4,5,6', 6, null],
    ['PORT 10,0,0,256,4,1\r\n', 4, 'bad'],
    ['PORT 10,0,0,1,256,1\r\n', 4, 'bad'],
    ['PORT 10,0,0,1,4\r\n', 4, 'bad'],
    // As loose, and as strict, as Open vSwitch reads them.
    ['PORT 10,0,0,1,0,0\r\n', 4, four(true, '10.0.0.1', 0, 5, 8)],
    ['PORTx 10,0,0,1,4,1\r\n', 4, four(true, '10.0.0.1', 1025, 6, 8)],
    ['PORT x 10,0,0,1,4,1,7\r\n', 4, four(true, '10.0.0.1', 1025, 7, 8)],
    ['2270 10,0,0,1,4,1\r\n', 4, four(false, '10.0.0.1', 1025, 5, 8)],
    ['PORT\t10,0,0,1,4,1\r\n', 4, 'bad'],
    ['PORT 010,0,0,1,4,1\r\n', 4, 'bad'],
    ['227-10,0,0,1,4,1\r\n', 4, 'bad'],
    ['22710,0,0,1,4,1\r\n', 4, 'bad'],
    [
      'eprt 2 fc00::1 1025\r\n',
      6,
      { isActive: true, address: addressWords('fc00::1'), port: 1025, at: 7, size: 7, separator: '.' },
    ],
    ['x Extended Passive (1 1025', 6, { isActive: false, address: [], port: 1, at: 0, size: 0, separator: '.' }],
    ['229 Extended Passive Mode 1025\r\n', 6, 'bad'],
    ['PORT 10.0.0.1.4.1\r\n', 4, 'bad'],
    ['EPRT |2|10.0.0.1|6275|\r\n', 4, 'bad'],
    ['EPRT |1|10.0.0.1|66666|\r\n', 4, 'bad'],
    ['EPRT |1|10.0.0.1|6275', 4, 'bad'],
    ['EPRT |1|fc00::1|6275|\r\n', 6, 'bad'],
    ['EPRT |2|fc00::1::2|6275|\r\n', 6, 'bad'],
    ['229 ok', 4, 'bad'],
    ['227 Entering Passive Mode', 4, 'bad'],
  ];
  test.each(rows)('%j IPv%i', (text, family, result) => {
    expect(parseFtp(text, family)).toEqual(result);
  });
  test.each(['::', '::1', 'fc00::1', '1:2:3:4:5:6:7:8', '2001:db8::1:0:0:1', '1::8'])('%s', (text) => {
    expect(formatIpv6(parseIpv6(text)!)).toBe(text);
  });
  test.each(['', ':', '1:2', '1::2::3', 'g::', '12345::', '1:2:3:4:5:6:7:8:9'])('%j is no address', (text) => {
    expect(parseIpv6(text)).toBeNull();
  });
});

const C4 = '10.0.0.1';
const S4 = '192.0.2.9';
const N4 = '192.0.2.240';
const C6 = 'fc00::1';
const S6 = '2001:db8::9';
const FTP = 21;

describe('FTP without NAT', () => {
  test('the helper shows, and nothing is expected before it is announced', () => {
    const talk = new FtpTalk(C4, S4, undefined);
    expect(talk.tracker.only).toMatchObject({ helper: 'ftp', mark: 5, parent: null });
    expect(talk.tracker.ct.expectedCount).toBe(0);
  });
  test.each([
    ['PORT', 0, 'PORT 10,0,0,1,4,1\r\n', { src: S4, dst: C4, sport: 20, dport: 1025 }],
    ['EPRT', 0, 'EPRT |1|10.0.0.1|1025|\r\n', { src: S4, dst: C4, sport: 20, dport: 1025 }],
    ['227', 1, '227 Entering Passive Mode (192,0,2,9,4,1).\r\n', { src: C4, dst: S4, sport: 5555, dport: 1025 }],
    ['229', 1, '229 Entering Extended Passive Mode (|||1025|)\r\n', { src: C4, dst: S4, sport: 5555, dport: 1025 }],
  ] as const)('%s', (_name, way, text, data) => {
    const talk = new FtpTalk(C4, S4, undefined);
    const { tracker } = talk;
    expect(stateText(talk.say(way, text).ctState)).toMatch(/^est/);
    const syn: Segment = { proto: 'tcp', ...data, flags: 'S', seq: 1 };
    expect(tracker.send({ ...syn, dport: 1026 }, { zone: 1 })).toBe('new|trk');
    const p = tracker.run(segment(syn), { zone: 1 });
    expect([stateText(p.ctState), p.ctMark, p.ctTpSrc, p.ctTpDst]).toEqual(['new|rel|trk', 5, 40_000, 21]);
    tracker.run(segment(syn), { zone: 1, commit: true, mark: [9, -1] });
    const child = tracker.entries().find(({ parent }) => parent !== null)!;
    expect(child).toMatchObject({ mark: 5, helper: null, parent: { srcPort: 40_000, dstPort: 21 } });
    const answer: Segment = {
      ...syn,
      src: data.dst,
      dst: data.src,
      sport: data.dport,
      dport: data.sport,
      flags: 'SA',
      seq: 9,
      ack: 2,
    };
    expect(tracker.send(answer, { zone: 1 })).toBe('est|rel|rpl|trk');
  });
  test('IPv6', () => {
    const talk = new FtpTalk(C6, S6, undefined);
    talk.say(0, 'EPRT |2|fc00::1|1025|\r\n');
    const syn: Segment = { proto: 'tcp', src: S6, dst: C6, sport: 20, dport: 1025, flags: 'S' };
    expect(talk.tracker.send(syn, { zone: 1 })).toBe('new|rel|trk');
    expect(talk.tracker.send(syn, { zone: 2 })).toBe('new|trk');
  });
  test.each(['PORT 10,0,0,77,4,1\r\n', 'PORT nonsense\r\n', 'PORT 10,0,0,1,4,1'])('%j is refused', (text) => {
    const talk = new FtpTalk(C4, S4, undefined);
    expect(stateText(talk.say(0, text).ctState)).toBe('est|inv|trk');
    expect([talk.tracker.reason, talk.tracker.ct.expectedCount]).toEqual(['alg-ftp-bad', 0]);
  });
  test('without a helper nothing is read', () => {
    const tracker = new TestTracker();
    const s: Segment = {
      proto: 'tcp',
      src: C4,
      dst: S4,
      sport: 9,
      dport: 21,
      flags: 'A',
      payload: 'PORT 10,0,0,1,4,1\r\n',
    };
    tracker.send(s, { commit: true });
    expect([tracker.ct.expectedCount, tracker.only.helper]).toEqual([0, null]);
  });
  test('expectations end with their parent, and are not told twice', () => {
    const talk = new FtpTalk(C4, S4, undefined);
    talk.say(0, 'PORT 10,0,0,1,4,1\r\n');
    talk.say(0, 'PORT 10,0,0,1,4,1\r\n');
    expect([...talk.tracker.ct.expected()].length).toBe(1);
    for (let i = 2; i < 200; i++) talk.say(0, `PORT 10,0,0,1,4,${i}\r\n`);
    expect(talk.tracker.ct.expectedCount).toBe(64);
    talk.tracker.ct.flush({}, talk.tracker.now);
    expect(talk.tracker.ct.expectedCount).toBe(0);
  });
});

describe('FTP through NAT', () => {
  const snat = () => new FtpTalk(C4, S4, { src: N4 }, { client: N4, server: S4 });

  test('active: the text, the lengths and all later numbers follow', () => {
    const talk = snat();
    const growth = '192,0,2,240'.length - '10,0,0,1'.length;
    const p = talk.say(0, 'PORT 10,0,0,1,4,1\r\n');
    expect(talk.textOf(p)).toBe('PORT 192,0,2,240,4,1\r\n');
    expect(areChecksumsRight(ipOf(p))).toBe(true);
    expect(p.l4 - p.l3).toBe(20);
    // The server acknowledges what it has got; the client sees what it has sent.
    talk.shift(0, growth);
    const answer = talk.from(1, 'PA', '200 ok\r\n');
    const back = talk.tracker.run(segment(answer), talk.follow);
    expect(tcp.ack(back.bytes, back.l4)).toBe(answer.ack! - growth);
    expect([stateText(back.ctState), areChecksumsRight(ipOf(back))]).toEqual(['est|rpl|trk|dnat', true]);
    talk.shift(0, -growth);
    const next = talk.from(0, 'PA', 'LIST\r\n');
    const there = talk.tracker.run(segment(next), talk.follow);
    expect(tcp.seq(there.bytes, there.l4)).toBe(next.seq! + growth);
    expect([stateText(there.ctState), areChecksumsRight(ipOf(there))]).toEqual(['est|trk|snat', true]);
  });
  test('the text is rewritten under a checksum left to the card, which then holds the new pseudo-header sum', () => {
    const talk = snat();
    const p = segment(talk.from(0, 'PA', 'PORT 10,0,0,1,4,1\r\n'));
    p.offload = OFFLOAD_NEEDS_CSUM;
    p.csumStart = p.l4;
    p.csumOffset = tcp.CHECKSUM;
    tcp.setChecksum(p.bytes, p.l4, pseudo4(p.bytes, p.l3, 6, p.start + p.size - p.l4));
    talk.tracker.run(p, talk.follow);
    expect(talk.textOf(p)).toBe('PORT 192,0,2,240,4,1\r\n');
    expect(p.csumStart).toBe(p.l4);
    expect(areChecksumsRight(copyFrame(p).subarray(14))).toBe(true);
  });
  test('active: the server reaches the client by its public address', () => {
    const talk = snat();
    talk.say(0, 'PORT 10,0,0,1,4,1\r\n');
    const syn: Segment = { proto: 'tcp', src: S4, dst: N4, sport: 20, dport: 1025, flags: 'S', seq: 1 };
    const p = talk.tracker.run(segment(syn), { commit: true, zone: 1, nat: {} });
    expect(stateText(p.ctState)).toBe('new|rel|trk|dnat');
    expect(ipOf(p)).toEqual(ipOf(segment({ ...syn, dst: C4 })));
    const answer: Segment = { proto: 'tcp', src: C4, dst: S4, sport: 1025, dport: 20, flags: 'SA', seq: 5, ack: 2 };
    const back = talk.tracker.run(segment(answer), { zone: 1, nat: {} });
    expect(stateText(back.ctState)).toBe('est|rel|rpl|trk|snat');
    expect(ipOf(back)).toEqual(ipOf(segment({ ...answer, src: N4 })));
  });
  test('a malformed announcement keeps its numbers', () => {
    const talk = snat();
    talk.say(0, 'PORT 10,0,0,1,4,1\r\n');
    const bad = talk.from(0, 'PA', 'PORT\r\n');
    const there = talk.tracker.run(segment(bad), talk.follow);
    expect([tcp.seq(there.bytes, there.l4), stateText(there.ctState)]).toEqual([bad.seq, 'est|inv|trk|snat']);
  });
  test('EPRT keeps its dots', () => {
    const talk = snat();
    expect(talk.textOf(talk.say(0, 'EPRT |1|10.0.0.1|1025|\r\n'))).toBe('EPRT |1|192.0.2.240|1025|\r\n');
  });
  test('passive, the server behind DNAT: the client is told the address it dialled', () => {
    const real = '172.16.255.200';
    const talk = new FtpTalk(C4, S4, { dst: real }, { client: C4, server: real });
    const p = talk.say(1, '227 Entering Passive Mode (172,16,255,200,4,1).\r\n');
    expect(talk.textOf(p)).toBe('227 Entering Passive Mode (192,0,2,9,4,1).\r\n');
    expect(areChecksumsRight(ipOf(p))).toBe(true);
    const syn: Segment = { proto: 'tcp', src: C4, dst: S4, sport: 5555, dport: 1025, flags: 'S', seq: 1 };
    const data = talk.tracker.run(segment(syn), { commit: true, zone: 1, nat: {} });
    expect(stateText(data.ctState)).toBe('new|rel|trk|dnat');
    expect(ipOf(data)).toEqual(ipOf(segment({ ...syn, dst: real })));
  });
  test('IPv6', () => {
    const talk = new FtpTalk(C6, S6, { src: '2001:db8::240' }, { client: '2001:db8::240', server: S6 });
    const p = talk.say(0, 'EPRT |2|fc00::1|1025|\r\n');
    expect(talk.textOf(p)).toBe('EPRT |2|2001:db8::240|1025|\r\n');
    expect(areChecksumsRight(ipOf(p))).toBe(true);
  });
});

test('TFTP: the answer may come from any port of the server', () => {
  const tracker = new TestTracker();
  const request: Segment = { proto: 'udp', src: C4, dst: S4, sport: 3000, dport: 69, payload: 'rrq' };
  tracker.send(request, { commit: true, zone: 1, helper: 69 });
  expect(tracker.only.helper).toBe('tftp');
  const answer: Segment = { proto: 'udp', src: S4, dst: C4, sport: 51_000, dport: 3000, payload: 'data' };
  expect(tracker.send(answer, { zone: 1 })).toBe('new|rel|trk');
  expect(tracker.send({ ...answer, dport: 3001 }, { zone: 1 })).toBe('new|trk');
});

test('a helper of another protocol is not attached to a known port, but is to an unknown one', () => {
  const tracker = new TestTracker();
  tracker.send({ proto: 'udp', src: C4, dst: S4, sport: 3000, dport: 69 }, { commit: true, zone: 1, helper: FTP });
  tracker.send({ proto: 'udp', src: C4, dst: S4, sport: 3000, dport: 70 }, { commit: true, zone: 2, helper: FTP });
  expect(tracker.entries().map(({ helper }) => helper)).toEqual([null, 'ftp']);
});
