/** IP fragments, built piece by piece. */
import { store16, store32 } from '../../datapath/base/bytes.js';
import * as ipv4 from '../../datapath/wire/ipv4.js';

/** Bytes `from` on of the payload of a packet without options or extension headers, as a fragment of it. */
export function piece(ip: Uint8Array, from: number, part: Uint8Array, more: boolean, id: number): Uint8Array {
  return ip[0] >>> 4 === 6 ? piece6(ip, from, part, more, id) : piece4(ip, from, part, more, id);
}

function piece4(ip: Uint8Array, from: number, part: Uint8Array, more: boolean, id: number): Uint8Array {
  const b = Uint8Array.from([...ip.subarray(0, 20), ...part]);
  store16(b, 2, b.length);
  store16(b, 4, id);
  store16(b, 6, (from >> 3) | (more ? 0x2000 : 0));
  ipv4.setChecksum(b, 0);
  return b;
}

function piece6(ip: Uint8Array, from: number, part: Uint8Array, more: boolean, id: number): Uint8Array {
  const b = Uint8Array.from([...ip.subarray(0, 40), ip[6], 0, 0, 0, 0, 0, 0, 0, ...part]);
  b[6] = 44;
  store16(b, 4, part.length + 8);
  store16(b, 42, from | (more ? 1 : 0));
  store32(b, 44, id);
  return b;
}

/** Cuts a packet into pieces of `size` bytes of payload. */
export function cut(ip: Uint8Array, size: number, id = 77): Uint8Array[] {
  const payload = ip.subarray(ip[0] >>> 4 === 6 ? 40 : 20);
  const pieces: Uint8Array[] = [];
  for (let from = 0; from < payload.length; from += size) {
    const part = payload.subarray(from, from + size);
    pieces.push(piece(ip, from, part, from + size < payload.length, id));
  }
  return pieces;
}
