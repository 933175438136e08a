import { describe, expect, test } from 'vitest';
import { sum } from '../../../datapath/base/checksum.js';
import * as crc32c from '../../../datapath/wire/crc32c.js';
import * as ipv4 from '../../../datapath/wire/ipv4.js';
import * as ipv6 from '../../../datapath/wire/ipv6.js';
import * as ext from '../../../datapath/wire/ipv6-ext.js';
import * as nsh from '../../../datapath/wire/nsh.js';
import * as sctp from '../../../datapath/wire/sctp.js';
import * as tcp from '../../../datapath/wire/tcp.js';
import * as udp from '../../../datapath/wire/udp.js';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

describe('ipv4', () => {
  const header = () => hex('4510 0028 1234 4000 40 06 0000 0a000001 0a000002');

  test('check_lengths', () => {
    const b = new Uint8Array(64);
    b.set(header());
    const rows = [
      { name: 'fits', edit: [], size: 40, ok: true },
      { name: 'padded', edit: [], size: 64, ok: true },
      { name: 'total larger than the bytes', edit: [], size: 39, ok: false },
      { name: 'header cut', edit: [], size: 19, ok: false },
      { name: 'IHL below 5', edit: [0, 0x44], size: 40, ok: false },
      { name: 'IHL beyond total', edit: [0, 0x4f], size: 64, ok: false },
      { name: 'total below header', edit: [3, 19], size: 64, ok: false },
    ];
    for (const { name, edit, size, ok } of rows) {
      const changed = b.slice();
      if (edit.length > 0) changed[edit[0]] = edit[1];
      expect(ipv4.check(changed, 0, size), name).toBe(ok);
    }
  });

  test('setters_keepTheChecksumRight', () => {
    const b = header();
    ipv4.setChecksum(b, 0);
    expect(ipv4.isChecksumRight(b, 0)).toBe(true);
    ipv4.setTos(b, 0, 0xb8);
    ipv4.setTtl(b, 0, 1);
    ipv4.setId(b, 0, 0xffff);
    ipv4.setFragment(b, 0, 0x2001);
    ipv4.setTotalSize(b, 0, 1500);
    ipv4.setAddress(b, 0, ipv4.SRC, 0xc0a80001 | 0);
    ipv4.setAddress(b, 0, ipv4.DST, -1);
    expect(ipv4.isChecksumRight(b, 0)).toBe(true);
    expect([ipv4.tos(b, 0), ipv4.ttl(b, 0), ipv4.proto(b, 0), ipv4.id(b, 0)]).toEqual([0xb8, 1, 6, 0xffff]);
    expect([ipv4.totalSize(b, 0), ipv4.fragment(b, 0), ipv4.headerSize(b, 0)]).toEqual([1500, 0x2001, 20]);
    expect([ipv4.src(b, 0) >>> 0, ipv4.dst(b, 0)]).toEqual([0xc0a80001, -1]);
    expect([ipv4.isFragment(b, 0), ipv4.isLaterFragment(b, 0)]).toEqual([true, true]);
  });
});

describe('ipv6', () => {
  test('setters_touchOnlyTheirBits', () => {
    const b = new Uint8Array(40);
    ipv6.write(b, 0, { trafficClass: 0xab, label: 0x12345, payloadSize: 7, nextHeader: 58, hopLimit: 255 });
    expect(Buffer.from(b.subarray(0, 8)).toString('hex')).toBe('6ab1234500073aff');
    ipv6.setTrafficClass(b, 0, 0x5c);
    ipv6.setLabel(b, 0, 0xfffff);
    expect(Buffer.from(b.subarray(0, 8)).toString('hex')).toBe('65cfffff00073aff');
    expect([ipv6.trafficClass(b, 0), ipv6.label(b, 0), ipv6.version(b, 0)]).toEqual([0x5c, 0xfffff, 6]);
  });
});

describe('ipv6-ext', () => {
  const rows = [
    { name: 'none', first: 6, bytes: '', ok: true, proto: 6, end: 0 },
    { name: 'hop-by-hop', first: 0, bytes: '1100 000000000000', ok: true, proto: 17, end: 8 },
    { name: 'hop-by-hop of 16 bytes', first: 0, bytes: `1101 ${'00'.repeat(14)}`, ok: true, proto: 17, end: 16 },
    { name: 'hop-by-hop cut', first: 0, bytes: '1101 000000000000', ok: false, proto: 0, end: 0 },
    { name: 'less than eight bytes', first: 60, bytes: '1100 0000', ok: false, proto: 0, end: 0 },
    { name: 'authentication counts words', first: 51, bytes: '0601 00000000000000000000', ok: true, proto: 6, end: 12 },
    {
      name: 'routing, destination',
      first: 43,
      bytes: '3c00 000000000000 0600 000000000000',
      ok: true,
      proto: 6,
      end: 16,
    },
    { name: 'first fragment', first: 44, bytes: '1100 0001 00000007', ok: true, proto: 17, end: 8 },
    { name: 'later fragment', first: 44, bytes: '1100 0009 00000007', ok: true, proto: 44, end: 8 },
    { name: 'whole packet with fragment header', first: 44, bytes: '1100 0000 00000007', ok: true, proto: 17, end: 8 },
    { name: 'too many headers', first: 60, bytes: '3c00 000000000000'.repeat(33), ok: false, proto: 0, end: 0 },
  ];
  for (const { name, first, bytes, ok, proto, end } of rows) {
    test(`walk_${name}`, () => {
      const b = hex(bytes);
      expect(ext.walk(b, 0, b.length, first)).toBe(ok);
      if (ok) expect([ext.proto, ext.end]).toEqual([proto, end]);
    });
  }

  test('walk_leavesWhatItSaw', () => {
    const b = hex('2c00 000000000000 0600 0009 00000063');
    expect(ext.walk(b, 0, b.length, 43)).toBe(true);
    expect([ext.fragmentAt, ext.nextHeaderAt, ext.isPiece, ext.isSourceRouted]).toEqual([8, 0, true, false]);
    expect([ext.fragmentOffset(b, 8), ext.hasMore(b, 8), ext.fragmentId(b, 8)]).toEqual([8, true, 99]);
    expect(ext.walk(hex('0600 0001 00000000'), 0, 8, 43)).toBe(true);
    expect(ext.isSourceRouted).toBe(true);
    expect(ext.walk(b, 0, 0, 6)).toBe(true);
    expect([ext.fragmentAt, ext.nextHeaderAt, ext.isPiece, ext.isSourceRouted]).toEqual([-1, -1, false, false]);
  });
});

describe('tcp', () => {
  const withOptions = (options: string): Uint8Array => {
    const tail = hex(options);
    const b = new Uint8Array(20 + tail.length);
    tcp.write(b, 0, { srcPort: 1, dstPort: 2, seq: -1, ack: 5, flags: tcp.HEADER_SIZE, window: 9 });
    b[12] = ((20 + tail.length) / 4) << 4;
    b.set(tail, 20);
    return b;
  };

  const rows = [
    { options: '', mss: -1, scale: -1 },
    { options: '020405b4', mss: 1460, scale: -1 },
    { options: '020405b4 01 030307', mss: 1460, scale: 7 },
    { options: '0101 0402 01 03030f', mss: -1, scale: 14 },
    { options: '00 030307', mss: -1, scale: -1 },
    { options: '0300 0307', mss: -1, scale: -1 },
    { options: '01010103', mss: -1, scale: -1 },
    { options: '01010303', mss: -1, scale: -1 },
    { options: '0208000000000000', mss: -1, scale: -1 },
  ];
  for (const { options, mss, scale } of rows) {
    test(`options_${options || 'none'}`, () => {
      const b = withOptions(options);
      expect([tcp.maxSegmentSize(b, 0), tcp.windowScale(b, 0)]).toEqual([mss, scale]);
    });
  }

  test('check_dataOffset', () => {
    const b = withOptions('01010101');
    expect([tcp.check(b, 0, 24), tcp.check(b, 0, 23), tcp.check(b, 0, 19)]).toEqual([true, false, false]);
    b[12] = 0x40;
    expect(tcp.check(b, 0, 24)).toBe(false);
  });

  test('flags_areTwelveBits', () => {
    const b = withOptions('');
    b[12] |= 0x0f;
    b[13] = 0x12;
    expect(tcp.flags(b, 0)).toBe(0xf12);
  });
});

describe('udp', () => {
  test('setPort_noChecksum_staysWithout', () => {
    const b = hex('0001 0002 0008 0000');
    udp.setPort(b, 0, udp.SRC_PORT, 0xffff);
    expect([udp.srcPort(b, 0), udp.checksum(b, 0)]).toEqual([0xffff, 0]);
  });

  test('setPort_checksumBecomesZero_isStoredAsAllOnes', () => {
    const b = hex('0001 0002 0008 0000');
    udp.setChecksum(b, 0, ~sum(b, 0, 8) & 0xffff);
    udp.setPort(b, 0, udp.DST_PORT, 0xfff6);
    expect(udp.checksum(b, 0)).toBe(0xffff);
    expect(sum(b, 0, 8)).toBe(0xffff);
  });

  test('check_claimedLength', () => {
    const rows: [string, number, boolean][] = [
      ['0001 0002 0008 0000', 8, true],
      ['0001 0002 0007 0000', 8, false],
      ['0001 0002 0009 0000', 8, false],
      ['0001 0002 0008 0000', 7, false],
    ];
    for (const [bytes, size, ok] of rows) expect(udp.check(hex(bytes), 0, size)).toBe(ok);
  });
});

describe('sctp', () => {
  test('crc32c_knownValues', () => {
    const crc = (b: Uint8Array) => crc32c.finish(crc32c.update(crc32c.INITIAL, b, 0, b.length)) >>> 0;
    // RFC 3720, B.4
    expect(crc(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
    expect(crc(Uint8Array.from(Buffer.from('123456789')))).toBe(0xe3069283);
  });

  test('setPort_keepsRightRightAndWrongWrong', () => {
    const b = Uint8Array.from({ length: 31 }, (_, i) => i * 7);
    sctp.setChecksum(b, 0, sctp.computeChecksum(b, 0, b.length));
    sctp.setPort(b, 0, b.length, sctp.DST_PORT, 4711);
    expect(sctp.checksum(b, 0)).toBe(sctp.computeChecksum(b, 0, b.length));
    b[20] ^= 1;
    sctp.setPort(b, 0, b.length, sctp.SRC_PORT, 1);
    expect(sctp.checksum(b, 0)).not.toBe(sctp.computeChecksum(b, 0, b.length));
    b[20] ^= 1;
    expect(sctp.checksum(b, 0)).toBe(sctp.computeChecksum(b, 0, b.length));
  });
});

describe('nsh', () => {
  const rows = [
    { name: 'type 1', bytes: `0fc6 01 03 000001 ff ${'11'.repeat(16)}`, ok: true },
    { name: 'type 1 of the wrong size', bytes: `0fc5 01 03 000001 ff ${'11'.repeat(16)}`, ok: false },
    { name: 'type 2 without metadata', bytes: '0fc2 02 03 000001 ff', ok: true },
    { name: 'type 2 shorter than its base', bytes: '0fc1 02 03 000001 ff', ok: false },
    { name: 'longer than the packet', bytes: '0fc6 01 03 000001 ff', ok: false },
    { name: 'other version', bytes: '4fc2 02 03 000001 ff', ok: false },
  ];
  for (const { name, bytes, ok } of rows) {
    test(`check_${name}`, () => {
      const b = hex(bytes);
      expect(nsh.check(b, 0, b.length)).toBe(ok);
    });
  }

  test('accessors', () => {
    const b = hex(`2fc6 01 03 000102 fe ${'00000009'.repeat(4)}`);
    expect([nsh.flags(b, 0), nsh.ttl(b, 0), nsh.mdType(b, 0), nsh.nextProtocol(b, 0)]).toEqual([2, 63, 1, 3]);
    expect([nsh.path(b, 0), nsh.context(b, 0, 3)]).toEqual([0x000102fe, 9]);
  });
});
