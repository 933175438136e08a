/**
 * Odd OpenFlow messages about connection tracking: flow-mods, group-mods, packet-outs and bundles whose ct, nat and other actions
 * and matches are right in most parts and wrong in some. Made as bytes, since a codec would refuse to write them; seeded.
 */
import type { Writer } from '../../src/openflow/writer.js';
import { OddActions } from './odd-actions.js';
import { type Body, CT_FIELDS, NX, OTHER_FIELDS, written } from './odd-bytes.js';
import { header } from './wire-peer.js';

const PACKET = '00000000000200000000000108004500001c00000000401166cf0a0000010a00000204d2162e00080000'; // UDP 10.0.0.1:1234 > 10.0.0.2:5678

export class OddOpenFlow extends OddActions {
  private xid = 0x1000;

  /** One message, or a bundle of some. */
  next(): Uint8Array[] {
    this.xid++;
    this.care = this.pick([1, 4, 20]);
    const kind = this.rng.below(20);
    const isOld = this.version === 1;
    if (kind < 13) return [this.flowMod()];
    if (kind < 15) return [this.packetOut()];
    if (kind < 18 || isOld) return isOld ? [this.flowMod10()] : [this.groupMod()];
    return this.version >= 5 ? this.bundle() : [this.flowMod()];
  }

  private message(type: number, body: Body): Uint8Array {
    return header(this.version, type, this.xid, written(body));
  }

  private flowMod(): Uint8Array {
    if (this.version === 1) return this.nxFlowMod();
    return this.message(14, (w) => {
      w.u64(BigInt(this.rng.below(4)));
      w.u64(this.slip(10) ? 3n : 0n);
      w.u8(this.mostly([0, 0, 0, 1, 5, 253], [254, 255]));
      w.u8(this.mostly([0, 0, 0, 1, 2], [3, 4, 5]));
      w.zeros(4);
      w.u16(this.rng.below(100));
      w.u32(0xffffffff);
      w.u32(0xffffffff);
      w.u32(0xffffffff);
      w.u16(this.mostly([0, 0, 1], [4, 8, 32]));
      w.zeros(2);
      if (this.version === 2) this.standardMatch(w);
      else this.oxmMatch(w);
      this.instructions(w);
    });
  }

  private flowModHead10(w: Writer): void {
    w.u64(BigInt(this.rng.below(4)));
    w.u16(this.mostly([0, 0, 0, 1, 2], [3, 4, 5]));
    w.zeros(4);
    w.u16(this.rng.below(100));
    w.u32(0xffffffff);
    w.u16(0xffff);
    w.u16(this.pick([0, 0, 0, 1]));
  }

  private nxFlowMod(): Uint8Array {
    return this.message(4, (w) => {
      w.u32(NX);
      w.u32(13);
      this.flowModHead10(w);
      const match = written((m) => this.matchEntries(m));
      w.u16(match.length);
      w.zeros(6);
      w.bytes(match);
      w.zeros((8 - (match.length % 8)) % 8);
      this.actions(w);
    });
  }

  private flowMod10(): Uint8Array {
    return this.message(14, (w) => {
      const isIp = !this.slip(2);
      w.u32(isIp ? 0x003fffcf & ~0x20 : 0x003fffff);
      w.zeros(18);
      w.u16(isIp ? 0x800 : 0);
      w.u8(0);
      w.u8(isIp ? this.pick([6, 17, 1]) : 0);
      w.zeros(14);
      this.flowModHead10(w);
      this.actions(w);
    });
  }

  private packetOut(): Uint8Array {
    return this.message(13, (w) => {
      const actions = written((a) => this.actions(a));
      w.u32(0xffffffff);
      if (this.version === 1) w.u16(this.mostly([1, 2, 0xfffd], [0xfff8, 0xff00]));
      else if (this.version < 6) w.u32(this.mostly([1, 2, 0xfffffffd], [0xfffffff8, 0xff00]));
      w.u16(actions.length);
      if (this.version > 1 && this.version < 6) w.zeros(6);
      if (this.version === 6) {
        w.zeros(2);
        this.packetOutMatch(w);
      }
      w.bytes(actions);
      w.bytes(Buffer.from(PACKET, 'hex'));
    });
  }

  private packetOutMatch(w: Writer): void {
    const tlvs = written((m) => {
      m.u32(0x80000004);
      m.u32(this.pick([1, 2, 0xfffffffd]));
      while (this.one(3)) this.entry(m, this.pick([...CT_FIELDS, ...OTHER_FIELDS]));
    });
    w.u16(1);
    w.u16(tlvs.length + 4);
    w.bytes(tlvs);
    w.zeros((8 - ((tlvs.length + 4) % 8)) % 8);
  }

  private groupMod(): Uint8Array {
    return this.message(15, (w) => {
      w.u16(this.mostly([0, 0, 1], [2, 3, 5]));
      w.u8(this.mostly([0, 1, 1], [2, 3, 4]));
      w.zeros(1);
      w.u32(1 + this.rng.below(3));
      const buckets = written((b) => {
        for (let i = this.rng.below(3); i >= 0; i--) this.bucket(b, i);
      });
      if (this.version === 6) {
        w.u16(buckets.length);
        w.zeros(2);
        w.u32(0xffffffff);
      }
      w.bytes(buckets);
    });
  }

  private bucket(w: Writer, id: number): void {
    const actions = written((a) => this.actions(a));
    if (this.version === 6) {
      w.u16(8 + actions.length + 8);
      w.u16(actions.length);
      w.u32(id);
      w.bytes(actions);
      w.u16(0);
      w.u16(8);
      w.u16(1);
      w.zeros(2);
      return;
    }
    w.u16(16 + actions.length);
    w.u16(1);
    w.u32(0xffffffff);
    w.u32(0xffffffff);
    w.zeros(4);
    w.bytes(actions);
  }

  private bundle(): Uint8Array[] {
    const id = this.xid;
    const control = (type: number): Uint8Array =>
      this.message(33, (w) => {
        w.u32(id);
        w.u16(type);
        w.u16(3);
      });
    const parts: Uint8Array[] = [control(0)];
    for (let i = this.rng.below(4); i >= 0; i--) {
      const inner = this.pick([
        () => this.flowMod(),
        () => this.flowMod(),
        () => this.groupMod(),
        () => this.packetOut(),
      ])();
      parts.push(
        this.message(34, (w) => {
          w.u32(id);
          w.zeros(2);
          w.u16(3);
          w.bytes(inner);
        }),
      );
    }
    return [...parts, control(4)];
  }

  private oxmMatch(w: Writer): void {
    const tlvs = written((m) => this.matchEntries(m));
    w.u16(1);
    w.u16(tlvs.length + 4);
    w.bytes(tlvs);
    w.zeros((8 - ((tlvs.length + 4) % 8)) % 8);
  }

  private standardMatch(w: Writer): void {
    const isIp = !this.slip(2);
    w.u16(0);
    w.u16(88);
    w.u32(0);
    w.u32(isIp ? 0x3ff & ~(8 | 0x20) : 0x3ff);
    for (let i = 0; i < 2; i++) {
      w.zeros(6);
      w.big(0xffffffffffffn, 6);
    }
    w.zeros(4);
    w.u16(isIp ? 0x800 : 0);
    w.u8(0);
    w.u8(isIp ? this.pick([6, 17]) : 0);
    for (let i = 0; i < 2; i++) {
      w.u32(0);
      w.u32(0xffffffff);
    }
    w.zeros(12);
    w.u64(0n);
    w.u64(0xffffffffffffffffn);
  }

  private instructions(w: Writer): void {
    for (let i = this.slip(3) ? 1 : 0; i >= 0; i--) this.instruction(w);
  }

  private instruction(w: Writer): void {
    const from = w.size;
    const type = this.mostly([4, 4, 4, 3], [1, 2, 5, 6, 9], 2);
    w.u16(type);
    w.u16(0);
    if (type === 1) {
      w.u8(this.pick([0, 1, 6, 253, 254, 255]));
      w.zeros(3);
    } else w.zeros(4);
    if (type === 2) {
      w.u64(5n);
      w.u64(7n);
    }
    if (type === 3 || type === 4) this.actions(w);
    w.patchSize(from + 2, from);
  }
}
