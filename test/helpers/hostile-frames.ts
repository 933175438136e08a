/**
 * Seeded frames that try a parser: every protocol it knows, in combinations that do and do not make sense, with lengths that
 * are nearly right, cut short, with bytes changed.
 */
import type { Rng } from '../../datapath/base/rng.js';

/** Flows for a switch of three ports: everything that a pipeline does to packets, on the way to and from the tracker. */
export const PIPELINE = `
cookie=1,table=0,priority=0,actions=resubmit(,1)
table=1,priority=9,in_port=p3,actions=normal
table=1,priority=8,ip,actions=ct(table=2,zone=NXM_OF_IN_PORT[])
table=1,priority=8,ipv6,actions=ct(table=2)
table=1,priority=7,arp,actions=load:2->NXM_OF_ARP_OP[],move:NXM_OF_ARP_SPA[]->NXM_OF_ARP_TPA[],in_port
table=1,priority=6,dl_vlan=5,actions=strip_vlan,resubmit(,1)
table=1,priority=6,vlan_tci=0x1000/0x1000,actions=mod_vlan_vid:9,mod_vlan_pcp:1,p2
table=1,priority=0,actions=normal
table=2,priority=9,ct_state=+trk+inv,actions=load:1->NXM_NX_REG0[],resubmit(,3)
table=2,priority=8,ct_state=+trk+new,ip,actions=ct(commit,zone=NXM_OF_IN_PORT[],exec(move:NXM_NX_REG0[]->NXM_NX_CT_MARK[])),resubmit(,3)
table=2,priority=8,ct_state=+trk+new,ipv6,actions=ct(commit,exec(load:7->NXM_NX_CT_LABEL[0..31])),resubmit(,3)
table=2,priority=7,ct_state=+trk+est,ip,actions=ct(commit,force,zone=NXM_OF_IN_PORT[]),resubmit(,3)
table=2,priority=0,actions=resubmit(,3)
table=3,priority=9,tcp,actions=mod_tp_dst:80,mod_nw_dst:10.0.0.1,dec_ttl,p2
table=3,priority=9,udp,actions=mod_tp_src:53,mod_nw_tos:32,p2,p3
table=3,priority=9,icmp6,icmp_type=135,actions=set_field:fe80::1->nd_target,p2
table=3,priority=8,ipv6,actions=set_field:fe80::2->ipv6_dst,mod_dl_dst:00:00:00:00:00:09,all
table=3,priority=7,ip,nw_frag=later,actions=ct_clear,flood
table=3,priority=0,actions=flood,local
`;

type Bytes = number[];

export class HostileFrames {
  constructor(private readonly rng: Rng) {}

  next(): Uint8Array {
    const type = this.pick([0x800, 0x800, 0x86dd, 0x86dd, 0x806, 0x8035, 0x8847, 0x8848, 0x894f, 0x1234, 0x88cc]);
    let head = this.typeOrLlc(type);
    for (let i = this.pick([0, 0, 0, 1, 2, 3]); i > 0; i--) {
      head = [...be(2, this.pick([0x8100, 0x88a8])), ...(this.chance(5) ? [0, 0] : this.random(2)), ...head];
    }
    const padding = this.chance(4) ? this.random(this.below(20)) : [];
    let frame = [...this.random(12), ...head, ...this.network(type), ...padding];
    if (this.chance(4)) frame = frame.slice(0, this.below(frame.length + 1));
    if (this.chance(8) && frame.length > 0) frame[this.below(frame.length)] = this.below(256);
    return Uint8Array.from(frame.length === 0 ? [0] : frame);
  }

  private below(limit: number): number {
    return this.rng.below(limit);
  }

  private chance(oneIn: number): boolean {
    return this.below(oneIn) === 0;
  }

  private pick<T>(of: readonly T[]): T {
    return of[this.below(of.length)];
  }

  private random(size: number): Bytes {
    return Array.from({ length: size }, () => this.below(256));
  }

  /** Mostly the type; now and then a length with 802.2 and SNAP behind it, or nearly. */
  private typeOrLlc(type: number): Bytes {
    if (!this.chance(6)) return be(2, type);
    const length = be(2, this.below(0x600));
    if (this.chance(2)) return [...length, 0xaa, 0xaa, 3, 0, 0, 0, ...be(2, type)];
    const last = be(2, this.pick([type, 0x123]));
    return [...length, this.pick([0xaa, 0x42]), 0xaa, this.pick([3, 0x13]), 0, this.below(2), 0, ...last];
  }

  private network(type: number): Bytes {
    if (type === 0x800) return this.ipv4();
    if (type === 0x86dd) return this.ipv6();
    if (type === 0x806 || type === 0x8035) return this.arp();
    if (type === 0x8847 || type === 0x8848) return this.mpls();
    return type === 0x894f ? this.nsh() : this.random(this.below(40));
  }

  private ipv4(): Bytes {
    const proto = this.protocol();
    const optionWords = this.pick([0, 0, 0, 1, 10]);
    const body = this.transport(proto);
    const headerWords = 5 + optionWords;
    const total = headerWords * 4 + body.length + this.pick([0, 0, 0, 0, 0, 0, -1, 1, -8, 5]);
    const fragment = this.pick([0, 0, 0, 0, 0x4000, 0x2000, 0x2010, 0x0010, 0x8000, 0x1fff]);
    const first = (this.pick([4, 4, 4, 4, 6]) << 4) | (this.chance(20) ? this.below(16) : headerWords);
    const middle = [...be(2, total), ...this.random(2), ...be(2, fragment), this.below(256), proto, ...this.random(2)];
    return [first, this.below(256), ...middle, ...this.random(8 + optionWords * 4), ...body];
  }

  private ipv6(): Bytes {
    let next = this.protocol();
    let body = this.transport(next);
    for (let i = this.pick([0, 0, 0, 1, 2, 3]); i > 0; i--) {
      const kind = this.pick([0, 43, 60, 51, 44]);
      body = [...this.extension(kind, next), ...body];
      next = kind;
    }
    const first = this.pick([0x60000000, 0x60000000 + this.below(0x10000000)]);
    const addresses = this.chance(10) ? be(32, 0) : this.random(32);
    const size = body.length + this.pick([0, 0, 0, 0, 0, -1, 1, -8]);
    return [...be(4, first), ...be(2, size), next, this.below(256), ...addresses, ...body];
  }

  private extension(kind: number, next: number): Bytes {
    if (kind === 44) return [next, 0, ...be(2, this.pick([0, 1, 2, 4, 6, 8, 9, 0xfff8, 0x11])), ...this.random(4)];
    const words = this.pick([0, 0, 1, this.below(256)]);
    const size = kind === 51 ? (words + 2) * 4 : (words + 1) * 8;
    return [next, words, ...this.random(size - 2)];
  }

  private protocol(): number {
    return this.pick([6, 17, 132, 1, 2, 58, 47, 99, 59]);
  }

  private transport(proto: number): Bytes {
    const payload = this.random(this.pick([0, 0, 1, 5, 8, 30]));
    if (proto === 6) {
      const offset = this.chance(4) ? this.below(256) : 0x50;
      return [...this.random(12), offset, ...this.random(7), ...payload];
    }
    if (proto === 17) return [...this.random(4), ...be(2, 8 + payload.length), ...this.random(2), ...payload];
    if (proto === 132) return [...this.random(12), ...payload];
    if (proto === 1) return [this.pick([0, 8, 3, 5, 11, 200]), this.below(3), ...this.random(6), ...payload];
    if (proto === 2) return [...this.random(8), ...payload];
    return proto === 58 ? this.icmpv6(payload) : [...payload, ...this.random(this.below(20))];
  }

  private icmpv6(payload: Bytes): Bytes {
    const type = this.pick([135, 136, 135, 136, 128, 133, 1]);
    const head = [type, this.chance(4) ? 1 : 0, ...this.random(6)];
    if (type !== 135 && type !== 136) return [...head, ...payload];
    const options: Bytes = [];
    for (let i = this.below(4); i > 0; i--) options.push(...this.ndOption());
    return [...head, ...(this.chance(8) ? be(16, 0) : this.random(16)), ...options];
  }

  private ndOption(): Bytes {
    const units = this.pick([1, 1, 1, 1, 2, 0]);
    const address = this.chance(6) ? be(6, 0) : this.random(6);
    return [this.pick([1, 2, 1, 2, 3, 14]), units, ...address, ...(units === 2 ? this.random(8) : [])];
  }

  private arp(): Bytes {
    const types = [...be(2, this.chance(10) ? 6 : 1), ...be(2, this.chance(10) ? 0x86dd : 0x800)];
    const opcode = be(2, this.pick([1, 2, 1, 2, 3, 255, 256, 0x101]));
    return [...types, 6, this.chance(10) ? 16 : 4, ...opcode, ...this.random(20)];
  }

  private mpls(): Bytes {
    const stack: Bytes = [];
    const last = this.below(5);
    for (let i = 0; i <= last; i++) {
      const bottom = i === last && !this.chance(6) ? 1 : 0;
      stack.push(...this.random(2), (this.below(256) & 0xfe) | bottom, this.below(256));
    }
    return [...stack, ...this.random(this.below(30))];
  }

  private nsh(): Bytes {
    const version = this.chance(10) ? this.below(4) : 0;
    const words = this.pick([6, 6, 6, 2, 3, 0, 10]);
    const first = (version << 14) | (this.below(4) << 12) | (this.below(64) << 6) | words;
    const kind = this.chance(3) ? this.below(256) : this.pick([1, 2, 3]);
    return [...be(2, first), kind, this.below(6), ...this.random(4), ...this.random(this.pick([0, 16, 16, 30]))];
  }
}

function be(size: number, value: number): Bytes {
  return Array.from({ length: size }, (_, i) => Math.floor(value / 2 ** (8 * (size - 1 - i))) & 0xff);
}
