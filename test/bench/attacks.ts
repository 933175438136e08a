/** Frames that are dear to a switch, and the flow programs that they are meant for. */
import { store16, store32 } from '../../datapath/base/bytes.js';
import { SeededRng } from '../../datapath/base/rng.js';
import { tupleOf, udpFrame } from '../helpers/frames.js';

const known = tupleOf(0);
/** What the rules of ACCESS_FLOWS allow: the generator's first flow is what the first rule means. */
const ALLOWED = { src: known.src, srcPort: 12345, dstPort: 443 };

const dotted = (address: number): string => [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.');

/** A list of three rules on three fields: a packet that none of them means has to be told from each. */
export const ACCESS_FLOWS: readonly string[] = [
  'priority=40,arp,in_port=1,actions=2',
  'priority=40,arp,in_port=2,actions=1',
  'priority=40,icmp,in_port=1,actions=2',
  'priority=40,icmp,in_port=2,actions=1',
  `priority=30,udp,nw_src=${dotted(ALLOWED.src)},actions=2`,
  `priority=29,udp,tp_src=${ALLOWED.srcPort},actions=2`,
  `priority=28,udp,tp_dst=${ALLOWED.dstPort},actions=2`,
  'priority=1,actions=drop',
];

/** One way forwarded by port, all else by a learning switch. */
export const STATION_FLOWS: readonly string[] = ['priority=9,in_port=1,actions=2', 'priority=1,actions=normal'];

export const ATTACK_FRAME = udpFrame({ src: 1, dst: 0x0a010101, srcPort: 1, dstPort: 2 });

const rng = new SeededRng(20261127);

/** The value with one bit changed, and chance in the bits below. */
function unlike(value: number, bits: number): number {
  const bit = rng.below(bits);
  return (value ^ (1 << bit) ^ (rng.next() & ((1 << bit) - 1))) >>> 0;
}

/** Each makes the next frame of its kind out of one ATTACK_FRAME, in place. */
export const ATTACKS = {
  /** UDP that differs from the access list in one bit of each field: each pair of prefixes makes a mask of its own. */
  masks: (bytes: Uint8Array, at: number): void => {
    store32(bytes, at + 26, unlike(ALLOWED.src, 32) | 0);
    store16(bytes, at + 34, unlike(ALLOWED.srcPort, 16));
    store16(bytes, at + 36, unlike(ALLOWED.dstPort, 16));
  },
  /** A source address that nobody has seen, to everybody. */
  stations: (bytes: Uint8Array, at: number): void => {
    bytes.fill(0xff, at, at + 6);
    bytes[at + 6] = 0x0a;
    store32(bytes, at + 8, rng.next() | 0);
  },
} as const;
export type AttackKind = keyof typeof ATTACKS;
