/**
 * Sessions about fragments: datagrams, echoes and segments of TCP, cut in pieces that come in and out of order, twice, over each
 * other, too small, too late or not at all, plain and under translation.
 */
import { type Rng, SeededRng } from '../../datapath/base/rng.js';
import { frameOf, ipBytes, type Segment } from '../helpers/segments.js';
import { ctProgram } from './ct-programs.js';
import { cut, fragment4, fragment6, type Piece } from './fragmenting.js';
import type { Session } from './session.js';
import { command, type Order } from './side.js';
import { actOut } from './stage.js';
import { Ends, type FrameSay, pick, type Say, type Talk } from './talks.js';

/** What is incomplete is given up after 15 seconds; for ten seconds more, Open vSwitch sends it on with packets that come. */
const PAUSES = [3, 101, 507, 30_001, 40_003];
const PAYLOADS = [1400, 1500, 2500, 2960, 3200, 4400, 6000];
/** What the pieces are cut to, the last but for what is left. The smallest that Open vSwitch takes are 1200 and 1280 with the header. */
const SIZES = [[1480], [1240], [1400, 1248], [1184, 1480], [1248, 1248, 1248, 1248, 1248]];
const SMALL_SIZES = [[400], [800, 400, 400], [1480, 384], [376, 800], [1000, 8]];
const MTU = 1500;
/** What a piece may be enlarged to: room for IPv6 and three extension headers is left. */
const ROOMIEST = MTU - 40 - 8 - 24 - 4;
/** Hop-by-hop, destination options, routing. */
const CHAINS = [[], [], [0], [60], [0, 60], [0, 43], [43], [0, 60, 43]];
/** Of later fragments Open vSwitch does not tell them. */
const TUPLE_PORTS = /,move:NXM_NX_CT_TP_\w+\[\]->\w+\[\d+\.\.\d+\]/g;
const RESTORE = ['v4', 'v6'].flatMap((family): Order[] => [
  command('dpctl/ipf-set-min-frag', family, family === 'v4' ? '1200' : '1280'),
  command('dpctl/ipf-set-enabled', family),
]);

export async function fragmentSession(seed: number, conversations: number): Promise<Session> {
  const rng = new SeededRng(seed);
  const program = ctProgram(rng);
  const flows = program.program.replaceAll(TUPLE_PORTS, '');
  const isSmall = rng.below(3) === 0;
  const talks: Talk[] = Array.from({ length: conversations }, (_, i) => {
    const isV6 = rng.below(3) === 0 && !program.translates;
    return new FragmentTalk(rng, someEnds(program.dial, i, isV6), i, isSmall, program.kinds.includes('echo'));
  });
  const steps = await actOut(rng, { flows, pauses: rng.below(2) === 0 ? PAUSES : [], pauseOneIn: 40 }, talks);
  const minimum = ['v4', 'v6'].map((family) => {
    const order = command('dpctl/ipf-set-min-frag', family, '400');
    return { order, advanceMs: 0, talk: -1, text: JSON.stringify(order) };
  });
  return {
    name: `fragments, ${program.name}`,
    seed,
    flows,
    steps: isSmall ? [...minimum, ...steps] : steps,
    pace: 'singly',
    awaitsSweep: true,
    // Fragments that come out of the first zone go into the second one by one, as their flows are found.
    isUnordered: ['two zones', 'full NAT'].includes(program.name),
    restore: RESTORE,
  };
}

function someEnds(dial: string | null, n: number, isV6: boolean): Ends {
  const client = { address: isV6 ? `fc00::${1 + (n % 4)}` : `10.0.0.${1 + (n % 4)}`, port: 2000 + n };
  const server = { address: isV6 ? 'fc00:1::1' : (dial ?? `10.0.1.${1 + (n % 3)}`), port: 80 };
  return new Ends([1, 2], client, server);
}

type Proto = 'udp' | 'tcp' | 'icmp' | 'icmpv6';

/** What becomes of the pieces of one packet. */
type Accident = (pieces: Piece[], rng: Rng) => Piece[];

const ACCIDENTS: readonly Accident[] = [
  (pieces) => pieces.toReversed(),
  (pieces) => [...pieces.slice(1), pieces[0]],
  (pieces) => [pieces[pieces.length - 1], ...pieces.slice(0, -1)],
  // Twice, at once or in the end.
  (pieces) => [pieces[0], ...pieces],
  (pieces) => [...pieces.slice(0, -1), pieces[0], pieces[pieces.length - 1]],
  (pieces) => [...pieces, pieces[pieces.length - 1]],
  (pieces) => [...pieces, pieces[0]],
  // One is lost.
  (pieces, rng) => pieces.toSpliced(rng.below(pieces.length), 1),
  // One reaches into the next, or begins too early.
  (pieces) => [{ ...pieces[0], size: Math.min(pieces[0].size + 8, ROOMIEST) }, ...pieces.slice(1)],
  (pieces) => [...pieces.slice(0, -1), { ...pieces[pieces.length - 1], from: pieces[pieces.length - 1].from - 8 }],
  // Nothing says that it is the last.
  (pieces) => pieces.map((piece) => ({ ...piece, hasMore: piece.size % 8 === 0 })),
];

class FragmentTalk implements Talk {
  private readonly proto: Proto;
  private readonly isV6: boolean;
  private readonly chain: readonly number[];
  private readonly script: [number, string, number][];
  private readonly waiting: FrameSay[] = [];
  private readonly seq: [number, number];
  private packets = 0;

  constructor(
    private readonly rng: Rng,
    private readonly ends: Ends,
    private readonly number: number,
    private readonly isSmall: boolean,
    mayEcho: boolean,
  ) {
    this.isV6 = ends.from(0)[0].address.includes(':');
    this.chain = this.isV6 ? pick(rng, CHAINS) : [];
    this.proto = pick<Proto>(rng, ['udp', 'udp', 'tcp', !mayEcho ? 'udp' : this.isV6 ? 'icmpv6' : 'icmp']);
    this.seq = [rng.next(), rng.next()];
    this.script = this.plot();
  }

  /** Who sends, with which flags (of TCP), how much. */
  private plot(): [number, string, number][] {
    const { rng } = this;
    const size = (): number => pick(rng, PAYLOADS);
    if (this.proto === 'tcp')
      return [
        [0, 'S', 0],
        [1, 'SA', 0],
        [0, 'A', 0],
        [0, 'PA', size()],
        [1, 'PA', size()],
      ];
    const rest: [number, string, number][] = Array.from({ length: 1 + rng.below(4) }, () => [
      rng.below(2),
      '',
      rng.below(3) === 0 ? 20 : size(),
    ]);
    return [[0, '', size()], ...rest];
  }

  next(): Say | null {
    if (this.waiting.length === 0) {
      const line = this.script.shift();
      if (line === undefined) return null;
      this.waiting.push(...this.packet(...line));
    }
    return this.waiting.shift() ?? this.next();
  }

  heard(port: number, frame: Uint8Array): void {
    this.ends.heard(port, frame);
  }

  private packet(way: number, flags: string, size: number): FrameSay[] {
    const { rng, ends, isV6 } = this;
    const [self, other] = ends.from(way);
    const ip = ipBytes(this.segment(way, flags, size));
    if (rng.below(12) === 0) ip[ip.length - 1] ^= 1;
    const payloadSize = ip.length - (isV6 ? 40 : 20);
    const room = isV6 ? MTU - 48 - 8 * this.chain.length : MTU - 20;
    const sizes = pick(rng, this.isSmall || rng.below(8) === 0 ? SMALL_SIZES : SIZES);
    let pieces = cut(
      payloadSize,
      sizes.concat(Array(8).fill(room)).map((size) => Math.min(size, room)),
    );
    const isWhole = pieces.length === 1;
    if (!isWhole && rng.below(3) === 0) pieces = pick(rng, ACCIDENTS)(pieces, rng);
    const id = (this.number << 4) | this.packets++;
    const text = `${this.proto} ${self.address}:${self.port} > ${other.address}:${other.port} ${flags}`;
    return pieces.map((piece) => {
      const bytes = isWhole ? ip : isV6 ? fragment6(ip, id, this.chain, piece) : fragment4(ip, id, piece);
      const range = `${piece.from}-${piece.from + piece.size}${piece.hasMore ? '+' : ''}`;
      return {
        port: ends.ports[way],
        frame: this.dress(frameOf(bytes)),
        text: `${text} id ${id} ${range} chain ${this.chain}`,
      };
    });
  }

  /** Small ones are padded by a network card; a checksum may be wrong. */
  private dress(frame: Uint8Array): Uint8Array {
    const { rng } = this;
    if (rng.below(60) === 0) frame[14 + 8] ^= 0x10;
    if (frame.length >= 60 || rng.below(2) === 0) return frame;
    const padded = new Uint8Array(60);
    padded.set(frame);
    return padded;
  }

  private segment(way: number, flags: string, size: number): Segment {
    const { ends, proto, seq, isV6 } = this;
    const payload = Uint8Array.from({ length: size }, (_, i) => i * 7 + (i >> 8));
    if (proto === 'udp') return ends.segment(way, proto, { payload });
    if (proto === 'tcp') {
      const segment = ends.segment(way, proto, {
        flags,
        seq: seq[way],
        ack: flags === 'S' ? 0 : seq[way ^ 1],
        payload,
      });
      seq[way] = (seq[way] + size + (flags.includes('S') ? 1 : 0)) | 0;
      return segment;
    }
    const [self, other] = ends.from(way);
    const type = isV6 ? [128, 129][way] : [8, 0][way];
    return { proto, src: self.address, dst: other.address, type, id: ends.from(0)[0].port & 0xffff, payload };
  }
}
