/** What peers have been sent and have not read: how much one may leave lying, and how much all of them together. */
import type { Stream } from '../net/stream.js';
import { ByteBudget } from '../ofproto/byte-budget.js';

/** Unread bytes of one peer beyond which none of its requests is looked at. */
const REPLY_QUEUE_BYTES = 256 * 1024;
/** Unread bytes beyond which packet-ins, and beyond which all else nobody asked for, is dropped. */
const PACKET_IN_QUEUE_BYTES = 2 * 1024 * 1024;
const PUSH_QUEUE_BYTES = 16 * 1024 * 1024;
/** Unread bytes of all peers beyond which each gets no more than its least: some dozens of slow readers, or a thousand that never read. */
const MAX_UNREAD_BYTES = 32 * 1024 * 1024;
/** One part of a long answer, which every peer may have on its way. */
const LEAST_BYTES = 32 * 1024;

const LIMITS = { reply: REPLY_QUEUE_BYTES, packetIn: PACKET_IN_QUEUE_BYTES, push: PUSH_QUEUE_BYTES } as const;

const budget = new ByteBudget(MAX_UNREAD_BYTES);

/** Of one peer. */
export class UnreadBytes {
  private counted = 0;
  private takenMs: number;

  constructor(
    private readonly stream: Stream,
    now: number,
  ) {
    this.takenMs = now;
  }

  allows(kind: keyof typeof LIMITS): boolean {
    const { queued } = this.stream;
    return queued <= (budget.isSpent ? LEAST_BYTES : LIMITS[kind]);
  }

  /** To be called now and then, after each write and when all has been read. True if the peer has read something since the last time. */
  update(now: number): boolean {
    const { queued } = this.stream;
    const hasRead = queued < this.counted;
    if (hasRead || queued === 0) this.takenMs = now;
    budget.charge(queued - this.counted);
    this.counted = queued;
    return hasRead;
  }

  /** For how long nothing has been read of what there is. */
  stalledMs(now: number): number {
    return now - this.takenMs;
  }

  /** The connection is gone, and what was queued with it. */
  release(): void {
    budget.release(this.counted);
    this.counted = 0;
  }
}
