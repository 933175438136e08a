/**
 * IP fragments: held until the packet is complete, tracked once as a whole, and sent on as the fragments they were.
 * (Open vSwitch lib/ipf.c: which fragments are refused, the limits and the counters are its)
 *
 * Nothing is held without bound: so many fragments in all, each list for so long.
 */
import { logger, RateLimit } from '../../base/log.js';
import { BATCH_SIZE, type PacketBatch } from '../../packet/batch.js';
import type { Packet } from '../../packet/packet.js';
import * as ipv4 from '../../wire/ipv4.js';
import * as ipv6 from '../../wire/ipv6.js';
import * as ext from '../../wire/ipv6-ext.js';
import * as R from '../record/reasons.js';
import { type Fragment, FragmentList } from './fragment-list.js';
import { copyStateToFragments, type PacketMemory, reassemble } from './reassembly.js';

const log = logger('ipf');
const tooBigLimit = new RateLimit(10, 10);

const LIST_TIMEOUT_MS = 15_000;
/** Fragments held at once, as in OVS: a bound on the memory that half packets take. */
export const DEFAULT_MAX_FRAGMENTS = 1000;
/** The most that `maxFragments` may be. */
export const MOST_FRAGMENTS = 5000;
export const DEFAULT_MIN_SIZE_V4 = 1200;
export const DEFAULT_MIN_SIZE_V6 = 1280;
/** The least that `minSize` may be. */
export const LOWEST_MIN_SIZE = 400;
/** What a batch can hold at most, when all fragments are given back in it. */
export const MAX_BATCH = BATCH_SIZE + MOST_FRAGMENTS;
/** As many pieces as the largest packet may have at the smallest minimum. */
const MAX_PIECES = Math.floor(0xffff / LOWEST_MIN_SIZE) + 1;

export interface FamilySettings {
  isEnabled: boolean;
  /** Smallest IP packet that may be a fragment other than the last. */
  minSize: number;
}

export interface FamilyCounters {
  accepted: number;
  completed: number;
  expired: number;
  tooSmall: number;
  overlapped: number;
  purged: number;
}

const counters = (): FamilyCounters => ({
  accepted: 0,
  completed: 0,
  expired: 0,
  tooSmall: 0,
  overlapped: 0,
  purged: 0,
});

export class Fragments {
  /** Without memory nothing is held, and every fragment is invalid. */
  memory: PacketMemory | null = null;
  maxFragments = DEFAULT_MAX_FRAGMENTS;
  readonly settings: Record<4 | 6, FamilySettings> = {
    4: { isEnabled: true, minSize: DEFAULT_MIN_SIZE_V4 },
    6: { isEnabled: true, minSize: DEFAULT_MIN_SIZE_V6 },
  };
  readonly counters: Record<4 | 6, FamilyCounters> = { 4: counters(), 6: counters() };
  /** Fragments held. */
  count = 0;
  /** Lists that the last packets have completed; whoever has them tracked empties this. */
  readonly completed: FragmentList[] = [];

  private readonly lists = new Map<string, FragmentList>();

  /** The whole packet of a completed list, null if it cannot be made: then the list is held until its time is over. */
  assemble(list: FragmentList): Packet | null {
    const whole = reassemble(this.memory!, list);
    if (whole === null) log.warn(`Unsupported big reassembled v${list.family} packet`, tooBigLimit);
    else this.lists.delete(list.key);
    return whole;
  }

  /** Adds the fragments to the batch, with what the tracker has done to the whole packet, which is freed. */
  replaceWithFragments(whole: Packet, list: FragmentList, batch: PacketBatch): void {
    copyStateToFragments(whole, list);
    for (const { packet } of list.fragments) batch.push(packet);
    this.counters[list.family as 4 | 6].completed += list.fragments.length;
    this.count -= list.fragments.length;
    this.memory!.free(whole);
  }

  /** True if fragments of the packet's family are put together. */
  isHandled(packet: Packet): boolean {
    return this.memory !== null && this.settings[familyOf(packet)].isEnabled;
  }

  /**
   * Takes a fragment: HELD, the reason why it is refused, with the numbers that go with it in `detail`, or REASON_NONE if
   * fragments are not handled.
   */
  hold(packet: Packet, zone: number, now: number, detail: Int32Array): number {
    const { memory } = this;
    if (memory === null || !this.isHandled(packet)) return R.REASON_NONE;
    const family = familyOf(packet);
    const fragment = family === 4 ? readIpv4(packet, detail) : readIpv6(packet, detail);
    if (fragment === null) return R.FRAG_HEADER_BAD;
    const { minSize } = this.settings[family];
    if (!fragment.isLast && ipSize(packet) < minSize) {
      this.counters[family].tooSmall++;
      return refuse(R.FRAG_TOO_SMALL, detail, ipSize(packet), minSize);
    }
    if (this.count >= this.maxFragments) return refuse(R.FRAG_LIMIT, detail, this.count, this.maxFragments);
    return this.enter(memory, fragment, family, zone, now, detail);
  }

  private enter(
    memory: PacketMemory,
    fragment: Fragment,
    family: 4 | 6,
    zone: number,
    now: number,
    detail: Int32Array,
  ): number {
    const { packet } = fragment;
    const key = listKey(packet, family, zone);
    let list = this.lists.get(key);
    if (list === undefined) list = new FragmentList(key, family, (now + LIST_TIMEOUT_MS) | 0);
    if (list.fragments.length >= MAX_PIECES) return refuse(R.FRAG_LIMIT, detail, list.fragments.length, MAX_PIECES);
    const own = packet.poolSlot >= 0 ? packet : memory.clone(packet);
    // No memory is left for packets.
    if (own === null) return refuse(R.FRAG_LIMIT, detail, this.count, this.count);
    fragment.at += own.start - packet.start;
    fragment.packet = own;
    if (!list.insert(fragment)) {
      if (own !== packet) memory.free(own);
      this.counters[family].overlapped++;
      return refuse(R.FRAG_OVERLAP, detail, fragment.from, fragment.to);
    }
    this.lists.set(key, list);
    this.count++;
    this.counters[family].accepted++;
    if (list.isComplete) this.completed.push(list);
    return HELD;
  }

  /** Frees lists whose time is over; returns in how many milliseconds the next one's is, at most `limit`. */
  sweep(now: number, limit: number): number {
    // Lists are in the order of their making, and all live equally long.
    for (const list of this.lists.values()) {
      const left = (list.expires - now) | 0;
      if (left > 0) return Math.min(left, limit);
      this.drop(list);
      this.counters[list.family as 4 | 6].expired += list.fragments.length;
    }
    return limit;
  }

  /** Frees all that is held. */
  flush(): void {
    for (const list of this.lists.values()) {
      this.drop(list);
      this.counters[list.family as 4 | 6].purged += list.fragments.length;
    }
  }

  private drop(list: FragmentList): void {
    this.lists.delete(list.key);
    this.count -= list.fragments.length;
    for (const { packet } of list.fragments) this.memory!.free(packet);
  }

  /** For status commands. */
  pending(): IterableIterator<FragmentList> {
    return this.lists.values();
  }
}

/** Outcome of `hold` beside the reasons: the packet is not the batch's any more. */
export const HELD = 255;

const familyOf = (p: Packet): 4 | 6 => (p.bytes[p.l3] >>> 4 === 4 ? 4 : 6);

function refuse(reason: number, detail: Int32Array, first: number, second: number): number {
  detail[0] = first;
  detail[1] = second;
  return reason;
}

const ipSize = (p: Packet): number => p.start + p.size - p.l2Pad - p.l3;

/** Null if the fragment cannot be one; `detail` has claimed and real size, first byte and the one behind the last. */
function readIpv4(packet: Packet, detail: Int32Array): Fragment | null {
  const { bytes, l3 } = packet;
  const size = ipSize(packet);
  // The parser has seen that the header fits.
  const headerSize = ipv4.headerSize(bytes, l3);
  const from = (ipv4.fragment(bytes, l3) & ipv4.FRAGMENT_OFFSET_MASK) * 8;
  const isLast = (ipv4.fragment(bytes, l3) & ipv4.MORE_FRAGMENTS) === 0;
  const fragment = { packet, from, to: from + size - headerSize, at: l3 + headerSize, isLast };
  const isWell = tellPlace(fragment, ipv4.totalSize(bytes, l3), size, detail) && ipv4.isChecksumRight(bytes, l3);
  return isWell ? checked(fragment) : null;
}

function readIpv6(packet: Packet, detail: Int32Array): Fragment | null {
  const { bytes, l3 } = packet;
  const size = ipSize(packet);
  // `ext` still holds what the parser has just found.
  const { fragmentAt } = ext;
  const at = fragmentAt + ext.FRAGMENT_SIZE;
  const from = ext.fragmentOffset(bytes, fragmentAt);
  const fragment = { packet, from, to: from + l3 + size - at, at, isLast: !ext.hasMore(bytes, fragmentAt) };
  const claimed = ipv6.HEADER_SIZE + ipv6.payloadSize(bytes, l3);
  return tellPlace(fragment, claimed, size, detail) ? checked(fragment) : null;
}

/** True if the packet is as long as it claims. */
function tellPlace({ from, to }: Fragment, claimed: number, size: number, detail: Int32Array): boolean {
  detail[0] = claimed;
  detail[1] = size;
  detail[2] = from;
  detail[3] = to;
  return claimed === size;
}

/** All but the last are multiples of eight bytes, none is empty, and none ends beyond the largest packet. */
function checked(fragment: Fragment): Fragment | null {
  const size = fragment.to - fragment.from;
  if (size <= 0 || fragment.to > 0xffff) return null;
  return fragment.isLast || size % 8 === 0 ? fragment : null;
}

/** Fragments of one packet share addresses, id, protocol (IPv4), zone and recirculation. */
function listKey(p: Packet, family: number, zone: number): string {
  const { bytes, l3 } = p;
  if (family === 4) {
    const ends = [ipv4.src(bytes, l3), ipv4.dst(bytes, l3), ipv4.id(bytes, l3), ipv4.proto(bytes, l3)];
    return `4,${zone},${p.recircId},${ends.join()}`;
  }
  const addresses = bytes.subarray(l3 + ipv6.SRC, l3 + ipv6.HEADER_SIZE);
  return `6,${zone},${p.recircId},${ext.fragmentId(bytes, ext.fragmentAt)},${addresses.join()}`;
}
