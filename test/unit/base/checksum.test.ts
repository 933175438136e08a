import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { load16, load32, store16, store32 } from '../../../datapath/base/bytes.js';
import * as checksum from '../../../datapath/base/checksum.js';

/** RFC 1071 as it is written: add the 16-bit words, carry around, complement. */
function modelChecksum(bytes: Uint8Array): number {
  let total = 0;
  for (let i = 0; i < bytes.length; i += 2) total += bytes[i] * 256 + (bytes[i + 1] ?? 0);
  while (total > 0xffff) total = (total % 65536) + Math.floor(total / 65536);
  return 0xffff - total;
}

const bytesOf = (max: number) => fc.uint8Array({ minLength: 0, maxLength: max });

/** 0 and 0xffff are the same number in one's complement arithmetic. */
const same = (a: number, b: number) => a % 0xffff === b % 0xffff;

describe('checksum', () => {
  test('sum_rfc1071Example', () => {
    const bytes = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7);
    expect(checksum.sum(bytes, 0, 8)).toBe(0xddf2);
    expect(checksum.finish(0xddf2)).toBe(0x220d);
  });

  test('sum_anyBytes_equalsModel', () => {
    fc.assert(
      fc.property(bytesOf(200), fc.nat(7), (bytes, shift) => {
        const moved = new Uint8Array(bytes.length + shift + 4).fill(0xee);
        moved.set(bytes, shift);
        expect(checksum.finish(checksum.sum(moved, shift, bytes.length))).toBe(modelChecksum(bytes));
      }),
    );
  });

  test('sum_largestPacketOfOnes_doesNotOverflow', () => {
    const bytes = new Uint8Array(65536).fill(0xff);
    expect(checksum.sum(bytes, 0, bytes.length, 0xffff)).toBe(0xffff);
  });

  test('sum_inParts_equalsWhole', () => {
    fc.assert(
      fc.property(bytesOf(100), fc.nat(50), (bytes, half) => {
        const cut = Math.min(half * 2, bytes.length & ~1);
        const first = checksum.sum(bytes, 0, cut);
        expect(checksum.sum(bytes, cut, bytes.length - cut, first)).toBe(checksum.sum(bytes, 0, bytes.length));
      }),
    );
  });

  test('update_anyChange_equalsComputingAnew', () => {
    const bytes = fc.uint8Array({ minLength: 20, maxLength: 60 });
    fc.assert(
      fc.property(bytes, fc.integer(), fc.integer({ min: 0, max: 0xffff }), (b, word, half) => {
        const old = modelChecksum(b);
        const after32 = checksum.update32(old, load32(b, 4), word);
        const sum32 = checksum.updateSum32(~old & 0xffff, load32(b, 4), word);
        store32(b, 4, word);
        expect(same(after32, modelChecksum(b))).toBe(true);
        expect(same(sum32, ~modelChecksum(b) & 0xffff)).toBe(true);
        const before = modelChecksum(b);
        const after16 = checksum.update16(before, load16(b, 10), half);
        store16(b, 10, half);
        expect(same(after16, modelChecksum(b))).toBe(true);
      }),
    );
  });

  test('update_rfc1624Example_isZeroNotAllOnes', () => {
    expect(checksum.update16(0xdd2f, 0x5555, 0x3285)).toBe(0x0000);
  });

  test('pseudo_anyAddresses_equalsSumOfThePseudoHeader', () => {
    const header = fc.uint8Array({ minLength: 40, maxLength: 40 });
    fc.assert(
      fc.property(header, fc.nat(255), fc.nat(0xffff), (b, proto, size) => {
        const four = new Uint8Array(12);
        four.set(b.subarray(12, 20));
        four[9] = proto;
        store16(four, 10, size);
        expect(checksum.finish(checksum.pseudo4(b, 0, proto, size))).toBe(modelChecksum(four));
        const six = new Uint8Array(40);
        six.set(b.subarray(8, 40));
        store32(six, 32, size);
        six[39] = proto;
        expect(checksum.finish(checksum.pseudo6(b, 0, proto, size))).toBe(modelChecksum(six));
      }),
    );
  });
});
