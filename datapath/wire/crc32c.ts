/** CRC-32C (Castagnoli, RFC 9260 appendix A), the checksum of SCTP. @hot */

const POLYNOMIAL = 0x82f63b78;

/** TABLE[k * 256 + i]: the CRC of byte i followed by k zero bytes, so that four bytes are taken at a time. */
const TABLE = makeTable();

function makeTable(): Int32Array {
  const table = new Int32Array(4 * 256);
  for (let i = 0; i < 256; i++) {
    let crc = i;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    table[i] = crc;
  }
  for (let i = 256; i < table.length; i++) table[i] = (table[i - 256] >>> 8) ^ table[table[i - 256] & 0xff];
  return table;
}

/** Start value of a running CRC. */
export const INITIAL = -1;

/** Takes `size` more bytes into a running CRC. */
export function update(crc: number, b: Uint8Array, at: number, size: number): number {
  const table = TABLE;
  const end = at + size;
  let i = at;
  for (; i + 4 <= end; i += 4) {
    crc ^= b[i] | (b[i + 1] << 8) | (b[i + 2] << 16) | (b[i + 3] << 24);
    crc =
      table[768 + (crc & 0xff)] ^
      table[512 + ((crc >>> 8) & 0xff)] ^
      table[256 + ((crc >>> 16) & 0xff)] ^
      table[crc >>> 24];
  }
  for (; i < end; i++) crc = (crc >>> 8) ^ table[(crc ^ b[i]) & 0xff];
  return crc;
}

/** The finished CRC as an int32. */
export const finish = (crc: number): number => ~crc;
