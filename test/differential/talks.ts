/**
 * Conversations: two ends that mostly behave, in random order and with random accidents. Each end answers to the addresses
 * that it has seen, so a conversation goes on through a translation.
 */
import type { Rng } from '../../datapath/base/rng.js';
import { ipBytes, type Segment } from '../helpers/segments.js';
import type { Answer } from './session.js';
import type { Order } from './side.js';
import { destinationOf, type Endpoint, sourceOf } from './wire.js';

/** What a conversation does next. */
export type Say = SegmentSay | FrameSay | OrderSay;

interface When {
  /** Milliseconds that pass first. */
  afterMs?: number;
}

/** A segment enters by a port. */
export interface SegmentSay extends When {
  port: number;
  segment: Segment;
  /** The protocol number instead of that of `segment`, which is UDP then. */
  proto?: number;
}

/** A frame enters as it is. */
export interface FrameSay extends When {
  port: number;
  frame: Uint8Array | Answer;
  text: string;
}

export interface OrderSay extends When {
  order: Order;
  text: string;
}

export const isSegment = (say: Say): say is SegmentSay => 'segment' in say;

export interface Talk<S extends Say = Say> {
  /** The next thing, or null when all is said. */
  next(): S | null;
  /** What was said last has left by a port. */
  heard(port: number, frame: Uint8Array): void;
}

export const pick = <T>(rng: Rng, list: readonly T[]): T => list[rng.below(list.length)];

/** Two ends on ports 1 and 2: what each calls itself and the other. */
export class Ends {
  private readonly self: [Endpoint, Endpoint];
  private readonly other: [Endpoint, Endpoint];

  constructor(
    readonly ports: readonly [number, number],
    client: Endpoint,
    server: Endpoint,
  ) {
    this.self = [client, server];
    this.other = [server, client];
  }

  /** Who speaks to whom, in the words of the speaker. */
  from(way: number): [Endpoint, Endpoint] {
    return [this.self[way], this.other[way]];
  }

  /** The second end believes what it sees; the first knows whom it has called. */
  heard(port: number, frame: Uint8Array): void {
    if (port !== this.ports[1]) return;
    this.other[1] = sourceOf(frame);
    this.self[1] = destinationOf(frame);
  }

  segment(way: number, proto: Segment['proto'], rest: Partial<Segment> = {}): Segment {
    const [self, other] = this.from(way);
    return { proto, src: self.address, dst: other.address, sport: self.port, dport: other.port, ...rest };
  }
}

/** Numbers at the edges of windows and of the sequence space. */
const OFFSETS = [
  -1, 1, -2, 2, 3, -100, 100, 8191, 8192, 65_534, 65_535, 65_536, -65_535, -65_536, 67_034, 67_035, 67_036, -67_035,
  -67_036, 1_000_000, 0x4000_0000, -0x4000_0000, 0x7fff_ffff,
];
const ODD_FLAGS = ['', 'SR', 'SF', 'F', 'PA', 'SAF', 'U', 'RP', 'S', 'SA', 'R', 'RA', 'FPU', 'SAR'];
const TAME_FLAGS = ['', 'SF', 'F', 'PA', 'SAF', 'U', 'FPU'];
const MAX_KEPT = 12;
// biome-ignore format: one a line
const REOPENINGS: [number, string][][] = [
  [[0, 'FA'], [1, 'FA'], [0, 'A'], [1, 'A'], [0, 'S'], [1, 'SA'], [0, 'A'], [0, 'PA']],
  [[0, 'FA'], [1, 'R'], [0, 'S'], [1, 'SA'], [0, 'A']],
];

export class TcpTalk implements Talk<SegmentSay> {
  private readonly seq: [number, number];
  private readonly scale: readonly [number, number];
  private readonly windows: readonly number[];
  /** What has been acknowledged, that is, received, of the other. */
  private readonly got: [number, number] = [0, 0];
  private readonly sent: SegmentSay[] = [];
  private readonly script: [number, string][];
  private readonly held: SegmentSay[] = [];

  constructor(
    private readonly rng: Rng,
    private readonly ends: Ends,
    /** A connection that has ended is not begun anew. */
    private readonly isTame: boolean,
  ) {
    this.seq = [rng.next(), rng.next()];
    const [one, other] = [this.aScale(), this.aScale()];
    // Where only one end scales, Open vSwitch scales that end's window back, in 16 bits.
    const isMixed = one < 0 !== other < 0;
    this.scale = isMixed ? [Math.min(one, 2), Math.min(other, 2)] : [one, other];
    this.windows = isMixed ? [8192, 512, 100, 1, 0] : [65535, 8192, 512, 100, 1, 0];
    this.script = this.plot();
  }

  private aScale(): number {
    return pick(this.rng, [-1, -1, 0, 2, 7, 14, 15]);
  }

  /** Opening, middle and end, as lists of who sends which flags. */
  private plot(): [number, string][] {
    const { rng } = this;
    // biome-ignore format: one opening a line
    const opening = pick<[number, string][]>(rng, [
      [[0, 'S'], [1, 'SA'], [0, 'A']],
      [[0, 'S'], [1, 'SA'], [0, 'A']],
      [[0, 'S'], [1, 'SA'], [0, 'A']],
      [[0, 'S'], [0, 'S'], [1, 'SA'], [1, 'SA'], [0, 'A']],
      [[0, 'S'], [1, 'S'], [0, 'SA'], [1, 'SA']],
      [[0, 'S'], [1, 'S'], [0, 'A'], [1, 'A']],
      [[0, 'S'], [1, 'RA']],
      [[0, 'S']],
      [[0, 'S'], [1, 'SA']],
      [[1, 'SA'], [0, 'A']],
      [[0, 'A'], [1, 'A']],
    ]);
    const middle: [number, string][] = [];
    for (let i = rng.below(8); i > 0; i--) middle.push([rng.below(2), pick(rng, ['A', 'PA', 'PA'])]);
    // biome-ignore format: one ending a line
    const ending = pick<[number, string][]>(rng, [
      [],
      [[0, 'FA'], [1, 'A'], [1, 'FA'], [0, 'A']],
      [[0, 'FA'], [1, 'FA'], [0, 'A']],
      [[1, 'FA'], [0, 'FA'], [1, 'A']],
      [[0, 'FA'], [1, 'A'], [1, 'PA'], [0, 'A']],
      [[0, 'R']],
      [[1, 'RA'], [0, 'A']],
      ...(this.isTame ? [] : REOPENINGS),
    ]);
    return [...opening, ...middle, ...ending];
  }

  next(): SegmentSay | null {
    const { rng } = this;
    if (this.held.length > 0 && rng.below(2) === 0) return this.held.shift()!;
    // Now and then something said before is said again.
    if (this.sent.length > 0 && rng.below(12) === 0) return pick(rng, this.sent);
    const line = this.script.shift();
    if (line === undefined) return this.held.shift() ?? null;
    const say = this.say(...line);
    if (this.isTame && /[RF]/.test(say.segment.flags ?? '')) this.forgetSyns();
    if (this.sent.length < MAX_KEPT) this.sent.push(say);
    // Lost on the way, or late.
    if (rng.below(20) === 0) return this.next();
    if (rng.below(20) === 0) {
      this.held.push(say);
      return this.next();
    }
    return say;
  }

  heard(port: number, frame: Uint8Array): void {
    this.ends.heard(port, frame);
  }

  private forgetSyns(): void {
    for (const list of [this.sent, this.held])
      list.splice(0, list.length, ...list.filter(({ segment }) => !segment.flags?.includes('S')));
  }

  private say(way: number, flags: string): SegmentSay {
    const { rng, seq } = this;
    const isOdd = rng.below(14) === 0;
    const isOff = rng.below(14) === 0;
    if (isOdd) flags = pick(rng, this.isTame ? TAME_FLAGS : ODD_FLAGS);
    const isSyn = flags.includes('S');
    const payload = new Uint8Array(isSyn || rng.below(3) === 0 ? 0 : pick(rng, [0, 1, 10, 100, 400]));
    const ackOff = rng.below(16) === 0 ? pick(rng, OFFSETS) : 0;
    const ack = flags.includes('A') ? (this.got[way] + ackOff) | 0 : 0;
    const scale = this.scale[way];
    const window = isSyn && scale > 0 ? pick(rng, [8192, 100]) : pick(rng, this.windows);
    const segment = this.ends.segment(way, 'tcp', {
      flags,
      seq: (seq[way] + (isOff ? pick(rng, OFFSETS) : 0)) | 0,
      ack,
      window,
      payload,
      ...(isSyn && scale >= 0 ? { options: [1, 3, 3, scale] } : {}),
    });
    if (!isOff && !(isOdd && flags.includes('R')))
      seq[way] = (seq[way] + payload.length + (isSyn ? 1 : 0) + (flags.includes('F') ? 1 : 0)) | 0;
    this.got[way ^ 1] = seq[way];
    return { port: this.ends.ports[way], segment };
  }
}

/** Datagrams to and fro: UDP, or another protocol by its number. */
export class DatagramTalk implements Talk<SegmentSay> {
  private left: number;

  constructor(
    private readonly rng: Rng,
    private readonly ends: Ends,
    private readonly proto: 'udp' | 'gre',
    private readonly number?: number,
  ) {
    this.left = 1 + rng.below(8);
  }

  next(): SegmentSay | null {
    if (this.left-- <= 0) return null;
    const way = this.rng.below(3) === 0 ? 1 : 0;
    const payload = pick(this.rng, ['', 'x', 'four', 'something longer']);
    const segment = this.ends.segment(way, this.proto, { payload });
    return { port: this.ends.ports[way], segment, ...(this.number === undefined ? {} : { proto: this.number }) };
  }

  heard(port: number, frame: Uint8Array): void {
    this.ends.heard(port, frame);
  }
}

/** Request and answer. */
type Query = readonly [number, number];
const ECHO4: Query = [8, 0];
const QUERIES4: readonly Query[] = [ECHO4, ECHO4, ECHO4, [13, 14], [15, 16], [17, 18]];
const ECHO6: Query = [128, 129];
const QUERIES6: readonly Query[] = [ECHO6, ECHO6, ECHO6, [135, 136], [133, 134], [130, 131]];

export class EchoTalk implements Talk<SegmentSay> {
  private readonly types: readonly [number, number];
  private readonly isV6: boolean;
  private left: number;

  constructor(
    private readonly rng: Rng,
    private readonly ends: Ends,
  ) {
    this.isV6 = ends.from(0)[0].address.includes(':');
    this.types = pick(rng, this.isV6 ? QUERIES6 : QUERIES4);
    this.left = 1 + rng.below(7);
  }

  next(): SegmentSay | null {
    if (this.left-- <= 0) return null;
    const way = this.rng.below(2);
    const [self, other] = this.ends.from(way);
    const segment: Segment = {
      proto: this.isV6 ? 'icmpv6' : 'icmp',
      src: self.address,
      dst: other.address,
      type: this.types[this.rng.below(12) === 0 ? way ^ 1 : way],
      code: this.rng.below(16) === 0 ? 1 : 0,
      id: self.port,
      payload: 'abcdefgh',
    };
    return { port: this.ends.ports[way], segment };
  }

  heard(port: number, frame: Uint8Array): void {
    this.ends.heard(port, frame);
  }
}

/** Another conversation, about which errors are reported: by its ends, by a router, by a liar. */
export class ErrorTalk implements Talk<SegmentSay> {
  private last: SegmentSay | null = null;
  private seen: [number, Uint8Array] | null = null;
  private left: number;

  constructor(
    private readonly rng: Rng,
    private readonly about: Talk<SegmentSay>,
  ) {
    this.left = 1 + rng.below(4);
  }

  next(): SegmentSay | null {
    if (this.last !== null && this.left > 0 && this.rng.below(3) === 0) {
      this.left--;
      return this.error(this.last);
    }
    const say = this.about.next();
    if (say !== null) this.last = say;
    this.seen = null;
    return say;
  }

  heard(port: number, frame: Uint8Array): void {
    this.seen ??= [port, frame];
    this.about.heard(port, frame);
  }

  /** About the packet as its receiver has seen it, if it has; else about the packet as it was sent. */
  private error({ port, segment }: SegmentSay): SegmentSay {
    const { rng } = this;
    const isV6 = segment.src.includes(':');
    const inner = this.seen === null ? ipBytes(segment) : this.seen[1].slice(14);
    const whose = this.seen === null ? segment.src : sourceOf(this.seen[1]).address;
    const by = this.seen === null ? segment.dst : destinationOf(this.seen[1]).address;
    const from = pick(rng, [3, this.seen?.[0] ?? 3 - port, this.seen?.[0] ?? 3 - port]);
    const router = isV6 ? 'fc00:2::1' : '10.0.2.1';
    // Eight bytes of the transport header are enough, but Open vSwitch wants all of TCP's in ICMPv6.
    const whole = isV6 ? (segment.proto === 'tcp' ? 60 : 48) : 28;
    if (rng.below(10) === 0) inner[rng.below(inner.length)] ^= 1;
    return {
      port: from,
      segment: {
        proto: isV6 ? 'icmpv6' : 'icmp',
        src: from === 3 ? router : pick(rng, [by, by, router]),
        dst: rng.below(12) === 0 ? by : whose,
        type: pick(rng, isV6 ? [1, 2, 3, 4, 5, 137] : [3, 3, 4, 5, 11, 12, 9]),
        code: rng.below(4),
        inner: inner.subarray(0, pick(rng, [inner.length, inner.length, whole, isV6 ? 47 : 27, 20])),
      },
    };
  }
}
