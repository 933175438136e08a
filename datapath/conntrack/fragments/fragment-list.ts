/** The pieces of one fragmented packet, in the order of their offsets, none overlapping another. */
import type { Packet } from '../../packet/packet.js';

export interface Fragment {
  packet: Packet;
  /** Bytes of the original payload: the first, and the one behind the last. */
  from: number;
  to: number;
  /** Where the payload begins, absolute in the packet's memory. */
  at: number;
  isLast: boolean;
}

export class FragmentList {
  readonly fragments: Fragment[] = [];

  constructor(
    readonly key: string,
    readonly family: number,
    /** When it is given up, ms modulo 2^32. */
    readonly expires: number,
  ) {}

  /** Puts the fragment in its place; false if it overlaps one that is there, or one of them stands behind the last. */
  insert(fragment: Fragment): boolean {
    const { fragments } = this;
    let i = fragments.length;
    while (i > 0 && fragments[i - 1].from > fragment.from) i--;
    if (i > 0 && fragments[i - 1].to > fragment.from) return false;
    if (i < fragments.length && fragments[i].from < fragment.to) return false;
    if (i > 0 && fragments[i - 1].isLast) return false;
    if (i < fragments.length && fragment.isLast) return false;
    fragments.splice(i, 0, fragment);
    return true;
  }

  /** From the first byte to the last, without a gap. */
  get isComplete(): boolean {
    const { fragments } = this;
    if (fragments[0].from !== 0 || !fragments[fragments.length - 1].isLast) return false;
    for (let i = 1; i < fragments.length; i++) if (fragments[i].from !== fragments[i - 1].to) return false;
    return true;
  }

  /** Bytes of payload, if it is complete. */
  get payloadSize(): number {
    return this.fragments[this.fragments.length - 1].to;
  }
}
