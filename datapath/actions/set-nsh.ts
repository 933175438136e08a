/** The `set` action on the network service header. @hot */
import type { PacketBatch } from '../packet/batch.js';
import * as nsh from '../wire/nsh.js';
import { maskOf, merge } from './masked-words.js';

const FLAG_BITS = 0xff000000 | 0;
const TTL_BITS = 0x000000ff;

/** flags 8 | metadata type 8 | next protocol 8 | ttl 8, of which the first and the last are written; path; four context words. */
export function setNsh(batch: PacketBatch, program: Int32Array, args: number): void {
  for (let n = 0; n < batch.count; n++) {
    const p = batch.packets[n];
    if (p.l3 < 0 || !nsh.check(p.bytes, p.l3, p.start + p.size - p.l3)) continue;
    const b = p.bytes;
    const base = merge((nsh.flags(b, p.l3) << 24) | nsh.ttl(b, p.l3), program, args, 0);
    if ((maskOf(program, args, 0) & FLAG_BITS) !== 0) nsh.setFlags(b, p.l3, base >>> 24);
    if ((maskOf(program, args, 0) & TTL_BITS) !== 0) nsh.setTtl(b, p.l3, base & TTL_BITS);
    if (maskOf(program, args, 1) !== 0) nsh.setPath(b, p.l3, merge(nsh.path(b, p.l3), program, args, 1));
    if (nsh.mdType(b, p.l3) !== nsh.MD_TYPE_1) continue;
    for (let i = 0; i < 4; i++) {
      if (maskOf(program, args, 2 + i) === 0) continue;
      nsh.setContext(b, p.l3, i, merge(nsh.context(b, p.l3, i), program, args, 2 + i));
    }
  }
}
