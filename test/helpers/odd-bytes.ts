/**
 * What odd messages are made of: random choices that are wrong now and then, headers and values of fields. Seeded.
 */
import { SeededRng } from '../../datapath/base/rng.js';
import { Writer } from '../../src/openflow/writer.js';

export const NX = 0x2320;
export const ONF = 0x4f4e4600;

/** class, number, bytes of the value */
export type Field = readonly [oxmClass: number, id: number, size: number];

export const F = {
  ctState: [1, 105, 4],
  ctZone: [1, 106, 2],
  ctMark: [1, 107, 4],
  ctLabel: [1, 108, 16],
  ctProto: [1, 119, 1],
  ctSrc: [1, 120, 4],
  ctDst: [1, 121, 4],
  ctSrc6: [1, 122, 16],
  ctDst6: [1, 123, 16],
  ctTpSrc: [1, 124, 2],
  ctTpDst: [1, 125, 2],
  ethType: [0x8000, 5, 2],
  nxEthType: [0, 3, 2],
  proto: [0x8000, 10, 1],
  nxProto: [0, 6, 1],
} as const satisfies Record<string, Field>;

export const CT_FIELDS: readonly Field[] = [
  F.ctState,
  F.ctZone,
  F.ctMark,
  F.ctLabel,
  F.ctSrc,
  F.ctDst,
  F.ctSrc6,
  F.ctDst6,
];
/** Open vSwitch says nothing of them without ct_nw_proto, so they come with it. */
const CT_PORTS: readonly Field[] = [F.ctTpSrc, F.ctTpDst];
export const OTHER_FIELDS: readonly Field[] = [
  [1, 0, 4], // reg0
  [1, 1, 4],
  [1, 15, 4],
  [1, 16, 8], // tun_id
  [1, 33, 4], // pkt_mark
  [1, 111, 16], // xxreg0
  [0x8001, 0, 8], // xreg0
  [0x8000, 2, 8], // metadata
  [0x8000, 0, 4], // in_port
  [0, 0, 2],
  [0x8000, 3, 6], // eth_dst
  [0x8000, 6, 2], // vlan_vid
  [0x8000, 7, 1],
  [0, 4, 2], // vlan_tci
  [0x8000, 11, 4], // ipv4_src
  [0, 7, 4],
  [0x8000, 26, 16], // ipv6_src
  [0x8000, 13, 2], // tcp_src
  [0, 10, 2],
  [0x8000, 15, 2], // udp_src
  [1, 29, 1], // nw_ttl
  [1, 26, 1], // ip_frag
  [0x8000, 8, 1], // ip_dscp
  [0, 5, 1], // nw_tos
  [1, 35, 4], // dp_hash
  [1, 36, 4], // recirc_id
  [1, 34, 2], // tcp_flags
  [1, 37, 4], // conj_id
  [1, 126, 4], // none
  [0x8000, 99, 4],
  [7, 1, 4],
];

const READABLE: readonly Field[] = [
  [1, 0, 4],
  [1, 15, 4],
  [1, 111, 16],
  [0x8001, 0, 8],
  [0, 0, 2],
  [0, 1, 6],
];
export const WRITABLE: readonly Field[] = [
  [1, 0, 4],
  [1, 15, 4],
  [1, 16, 8],
  [0x8000, 3, 6],
  [1, 29, 1],
];

export type Body = (w: Writer) => void;

export class OddBytes {
  protected readonly rng: SeededRng;
  /** How seldom this message's parts are wrong. */
  protected care = 1;

  constructor(
    seed: number,
    readonly version: number,
  ) {
    this.rng = new SeededRng(seed);
  }

  protected one(of: number): boolean {
    return this.rng.below(of) === 0;
  }

  /** True for one part in so many that is to be wrong. */
  protected slip(of: number): boolean {
    return this.one(of * this.care);
  }

  /** Mostly something right. */
  protected mostly<T>(right: readonly T[], wrong: readonly T[], of = 5): T {
    return this.pick(this.slip(of) ? wrong : right);
  }

  protected pick<T>(list: readonly T[]): T {
    return list[this.rng.below(list.length)]!;
  }

  /** Prerequisites mostly first and mostly right. */
  protected matchEntries(w: Writer): void {
    const nxm = this.version === 1;
    if (!this.slip(2)) {
      this.exact(w, nxm ? F.nxEthType : F.ethType, this.mostly([0x800, 0x800, 0x86dd], [0x806, 0]));
      if (!this.one(4)) this.exact(w, nxm ? F.nxProto : F.proto, this.pick([6, 6, 17, 17, 1, 58, 132]));
    }
    if (!this.one(3)) this.ctState(w);
    for (let i = this.rng.below(4); i > 0; i--)
      this.entry(w, this.one(4) ? this.pick(OTHER_FIELDS) : this.pick(CT_FIELDS));
    if (this.one(6)) this.connectionPorts(w);
  }

  protected connectionPorts(w: Writer): void {
    this.exact(w, F.ctProto, this.pick([6, 17]));
    this.entry(w, this.pick(CT_PORTS));
  }

  protected ctState(w: Writer): void {
    const value = this.mostly([0x21, 0x22, 0x2a, 0x20, 0x24, 0x60], [0x30, 0, this.rng.below(0x200)], 2);
    const mask = this.mostly([value, 0x3f, 0xff, value | 0x10], [0x30, 0x20, 0xffffffff], 2);
    this.tlv(w, F.ctState, BigInt((value & mask) >>> 0), BigInt(mask));
  }

  protected exact(w: Writer, field: Field, value: number): void {
    this.tlv(w, field, BigInt(value), null);
  }

  protected entry(w: Writer, field: Field): void {
    const size = field[2];
    const value = this.number(size);
    const mask = this.one(2) ? null : this.pick([this.number(size), ones(size), 0n, 0xffn]);
    this.tlv(w, field, mask === null || this.slip(10) ? value : value & mask, mask);
  }

  protected number(size: number): bigint {
    const kind = this.rng.below(5);
    if (kind < 2) return BigInt(this.rng.below(size === 1 ? 64 : 256));
    if (kind === 2) return 0n;
    if (kind === 3) return BigInt(this.pick([0x800, 0x1000, 0x1005, 6, 17, 4])) & ones(size);
    let value = 0n;
    for (let i = 0; i < size; i++) value = (value << 8n) | BigInt(this.rng.below(256));
    return value;
  }

  protected tlv(w: Writer, field: Field, value: bigint, mask: bigint | null): void {
    const size = this.slip(20) ? this.pick([1, 2, 4, 8, 16]) : field[2];
    this.fieldHeader(w, [field[0], field[1], size], mask !== null);
    w.big(value & ones(size), size);
    if (mask !== null) w.big(mask & ones(size), size);
  }

  protected fieldHeader(w: Writer, [oxmClass, id, size]: Field, hasMask = this.slip(20)): void {
    w.u32(((oxmClass << 16) | (id << 9) | (hasMask ? 0x100 : 0) | (hasMask ? size * 2 : size)) >>> 0);
  }

  protected source(w: Writer): void {
    this.fieldHeader(w, this.mostly([...READABLE, ...CT_FIELDS, ...CT_PORTS], OTHER_FIELDS));
  }

  protected nx(w: Writer, subtype: number): void {
    w.u16(0xffff);
    w.u16(0);
    w.u32(NX);
    w.u16(subtype);
  }

  protected spare(w: Writer, size: number): void {
    if (this.slip(10)) w.bytes(new Uint8Array(size).fill(1));
    else w.zeros(size);
  }
}

export function written(body: Body): Uint8Array {
  const w = new Writer();
  body(w);
  return w.done();
}

export const ones = (size: number): bigint => (1n << BigInt(size * 8)) - 1n;
