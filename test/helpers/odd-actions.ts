/** Odd actions, those about connection tracking above all, as bytes. */
import type { Writer } from '../../src/openflow/writer.js';
import { F, type Field, OddBytes, ONF, ones, WRITABLE } from './odd-bytes.js';

type Kind =
  | 'ct'
  | 'nat'
  | 'setField'
  | 'load'
  | 'move'
  | 'output'
  | 'ctClear'
  | 'resubmit'
  | 'outputReg'
  | 'stack'
  | 'vlan'
  | 'port'
  | 'ttl'
  | 'plain'
  | 'group';

const OUTER: readonly Kind[] = [
  'ct',
  'ct',
  'ct',
  'ct',
  'ct',
  'ct',
  'ct',
  'ct',
  'ct',
  'ct',
  'ctClear',
  'setField',
  'load',
  'move',
  'output',
  'resubmit',
  'outputReg',
  'stack',
  'vlan',
  'port',
  'ttl',
  'plain',
  'group',
];
const INNER: readonly Kind[] = ['nat', 'nat', 'setField', 'load', 'move'];

export class OddActions extends OddBytes {
  protected actions(w: Writer): void {
    for (let i = this.pick([0, 0, 0, 1, 1, 2, 3]); i >= 0; i--) this.action(w, 0);
  }

  private kind(depth: number): Kind {
    return this.pick((depth === 0) !== this.slip(8) ? OUTER : INNER);
  }

  private action(w: Writer, depth: number): void {
    const from = w.size;
    const make = this.kind(depth);
    this[make](w, depth);
    w.pad8(from);
    w.patchSize(from + 2, from);
    if (this.slip(50)) w.patch16(from + 2, this.pick([0, 8, 16, 24, 32, 65528, w.size - from + 8, w.size - from - 8]));
  }

  ct(w: Writer, depth: number): void {
    this.nx(w, 35);
    w.u16(depth > 0 ? 1 : this.mostly([1, 1, 3], [0, 0, 2, this.rng.below(0x10000)], 2));
    if (this.one(3)) {
      this.source(w);
      w.u16(this.slip(4) ? this.rng.below(0x10000) : this.range(this.mostly([16], [15, 17, 32], 2)));
    } else {
      w.u32(0);
      w.u16(this.pick([0, 0, 5, 0xffff]));
    }
    w.u8(this.mostly([0xff, 0xff, 0, 1, 253], [254]));
    this.spare(w, 3);
    w.u16(this.mostly([0], [21, 69, 80], 2));
    if (depth < 3) for (let i = this.pick([0, 0, 1, 1, 2, 3]); i > 0; i--) this.action(w, depth + 1);
  }

  private range(bits: number): number {
    return (this.pick([0, 0, 0, 16, 8, 96, 112]) << 6) | (bits - 1);
  }

  nat(w: Writer): void {
    this.nx(w, 36);
    this.spare(w, 2);
    const isSet = !this.one(3);
    w.u16(isSet ? this.mostly([1, 2, 5, 9, 18], [3, 25, 31, 32 | 1, 0x8001]) : this.mostly([0], [4, 8, 16]));
    const present = isSet
      ? this.mostly([0, 1, 3, 4, 12, 16, 48, 17, 51, 60], [5, 2, 8, 32, 64, 0x101, 15])
      : this.mostly([0], [1]);
    w.u16(present);
    for (const [bit, size] of [
      [1, 4],
      [2, 4],
      [4, 16],
      [8, 16],
      [16, 2],
      [32, 2],
    ] as const) {
      if (present & bit) w.big(this.natValue(bit, size), size);
    }
  }

  private natValue(bit: number, size: number): bigint {
    if (this.slip(6)) return 0n;
    const isMax = (bit & 0x2a) !== 0;
    return BigInt(isMax !== this.slip(6) ? 2000 + this.rng.below(9) : 1000 + this.rng.below(9)) & ones(size);
  }

  setField(w: Writer, depth: number): void {
    if (this.version < 3 || this.one(3)) this.nx(w, 33);
    else {
      w.u16(25);
      w.u16(0);
    }
    this.entry(w, this.target(depth));
  }

  private target(depth: number): Field {
    return depth > 0 !== this.slip(4)
      ? this.mostly<Field>([F.ctMark, F.ctLabel], [F.ctZone, F.ctState])
      : this.pick(WRITABLE);
  }

  load(w: Writer, depth: number): void {
    this.nx(w, 7);
    const bits = this.pick([1, 8, 16, 32, 32, 64]);
    w.u16(this.slip(5) ? this.rng.below(0x10000) : this.range(bits));
    this.fieldHeader(w, this.target(depth));
    w.u64(this.slip(3) ? this.number(8) : 1n);
  }

  move(w: Writer, depth: number): void {
    const form = this.slip(3)
      ? this.pick([6, 28, ONF])
      : this.version === 6
        ? 28
        : this.version === 4 || this.version === 5
          ? this.pick([6, ONF])
          : 6;
    if (form === 6) this.nx(w, 6);
    else if (form === ONF) {
      w.u16(0xffff);
      w.u16(0);
      w.u32(ONF);
      w.u16(3200);
      w.zeros(2);
    } else {
      w.u16(28);
      w.u16(0);
    }
    w.u16(this.mostly([1, 16, 32], [128, 0, this.rng.below(200)]));
    w.u16(this.mostly([0], [8, 96]));
    w.u16(this.mostly([0], [8, 96]));
    if (form !== 6) w.zeros(2);
    this.source(w);
    this.fieldHeader(w, this.target(depth));
  }

  output(w: Writer): void {
    w.u16(0);
    w.u16(0);
    if (this.version === 1) {
      w.u16(this.mostly([1, 2, 0xfff8, 0xfffd, 0xfffa], [0xfff0, 0]));
      w.u16(0);
    } else {
      w.u32(this.mostly([1, 2, 0xfffffff8, 0xfffffffd], [0xfffffff0, 0]));
      w.u16(0);
      w.zeros(6);
    }
  }

  ctClear(w: Writer): void {
    this.nx(w, 43);
    this.spare(w, 6);
  }

  resubmit(w: Writer): void {
    this.nx(w, this.pick([14, 44, 44, 1]));
    w.u16(this.pick([0xfff8, 1, 0xffff]));
    w.u8(this.mostly([1, 2, 255], [254]));
    this.spare(w, 3);
  }

  outputReg(w: Writer): void {
    const isNew = this.one(2);
    this.nx(w, isNew ? 32 : 15);
    w.u16(this.range(this.mostly([16, 8], [32])));
    if (isNew) w.u16(0xffff);
    this.source(w);
    if (!isNew) w.u16(0xffff);
    this.spare(w, 6);
  }

  stack(w: Writer): void {
    this.nx(w, this.pick([27, 28]));
    w.u16(this.mostly([0], [8]));
    this.source(w);
    w.u16(this.mostly([16, 32], [0, 128]));
    this.spare(w, 4);
  }

  vlan(w: Writer): void {
    const form = this.rng.below(3);
    w.u16(this.version === 1 ? [1, 2, 3][form]! : [17, 18, 1][form]!);
    w.u16(0);
    if (this.version > 1 && form === 0) w.u16(0x8100);
    else if (form === 2 || (this.version === 1 && form === 0)) w.u16(5);
    else w.u8(3);
  }

  port(w: Writer): void {
    w.u16(this.pick([9, 10]));
    w.u16(0);
    w.u16(80);
  }

  ttl(w: Writer): void {
    if (this.version === 1) {
      this.nx(w, 18);
      return w.zeros(6);
    }
    w.u16(24);
    w.u16(0);
    w.zeros(4);
  }

  plain(w: Writer): void {
    this.nx(w, this.pick([17, 8, 5]));
    this.spare(w, 6);
  }

  group(w: Writer): void {
    if (this.version === 1) {
      this.nx(w, 40);
      w.zeros(2);
    } else {
      w.u16(22);
      w.u16(0);
    }
    w.u32(1 + this.rng.below(4));
  }
}
