/**
 * Handles ordered by when they fall due, for millions of timers that are moved often: a hierarchical timing wheel
 * (Varghese and Lauck, 1987) of 256 ticks of about a second, 256 times that, and 64 times that again.
 *
 * Times are milliseconds modulo 2^32 as int32, compared by the sign of their difference; a timer may lie at most 2^31 ms
 * (24 days) ahead. A timer whose time moves later need not be told: the wheel visits the handle at the old time and asks
 * for the new one. Work is bounded by the caller's budget; what is left over is continued at the next call.
 */
const TICK_SHIFT = 10;
const TICK_MS = 1 << TICK_SHIFT;
const TICKS_MASK = (1 << (32 - TICK_SHIFT)) - 1;
const SLOTS = 256;
/** First bucket of each level: 256, 256 and 64 buckets. */
const LEVEL1 = SLOTS;
const LEVEL2 = 2 * SLOTS;
const BUCKETS = LEVEL2 + 64;
/** Empty ticks stepped over in one call, so that a long sleep costs no pause. */
const MAX_EMPTY_TICKS = 1 << 17;

const CHUNK_SHIFT = 14;
const CHUNK_MASK = (1 << CHUNK_SHIFT) - 1;
/** Words per handle: next + 1, previous + 1, bucket + 1 (0 = not in the wheel). */
const NEXT = 0;
const PREVIOUS = 1;
const BUCKET = 2;
const WORDS = 3;

/** Says when (ms) the handle is to be visited again, or DONE after it has been freed. Must not touch other timers' handles. */
export type DueHandler = (handle: number) => number;
/** Outside the int32 range of times. */
export const DONE = 2 ** 32;

export class TimingWheel {
  /** Handle + 1 of each list's first entry. */
  private readonly heads = new Int32Array(BUCKETS);
  private readonly chunks: Int32Array[] = [];
  /** The next tick to be worked off; it is when all of it has passed. */
  private tick: number;
  count = 0;

  constructor(now: number) {
    this.tick = (now | 0) >>> TICK_SHIFT;
  }

  /** Enters a handle that is not in the wheel, to be visited at `due` (ms modulo 2^32) or up to two ticks later. */
  add(handle: number, due: number): void {
    const bucket = this.bucketFor((due | 0) >>> TICK_SHIFT);
    const words = this.chunkFor(handle);
    const at = (handle & CHUNK_MASK) * WORDS;
    const head = this.heads[bucket];
    words[at + NEXT] = head;
    words[at + PREVIOUS] = 0;
    words[at + BUCKET] = bucket + 1;
    if (head !== 0) this.chunks[(head - 1) >>> CHUNK_SHIFT][((head - 1) & CHUNK_MASK) * WORDS + PREVIOUS] = handle + 1;
    this.heads[bucket] = handle + 1;
    this.count++;
  }

  /** Takes a handle out; nothing happens if it is not in the wheel. */
  remove(handle: number): void {
    const words = this.chunkFor(handle);
    const at = (handle & CHUNK_MASK) * WORDS;
    const bucket = words[at + BUCKET] - 1;
    if (bucket < 0) return;
    const next = words[at + NEXT];
    const previous = words[at + PREVIOUS];
    if (previous === 0) this.heads[bucket] = next;
    else this.chunks[(previous - 1) >>> CHUNK_SHIFT][((previous - 1) & CHUNK_MASK) * WORDS + NEXT] = next;
    if (next !== 0) this.chunks[(next - 1) >>> CHUNK_SHIFT][((next - 1) & CHUNK_MASK) * WORDS + PREVIOUS] = previous;
    words[at + BUCKET] = 0;
    this.count--;
  }

  /** Visits at most `budget` handles that are due; true if more are waiting. */
  advance(now: number, budget: number, onDue: DueHandler): boolean {
    const end = (now | 0) >>> TICK_SHIFT;
    if (this.count === 0) this.tick = end;
    let emptyTicks = 0;
    while (this.tick !== end) {
      const bucket = this.pendingBucket();
      const head = this.heads[bucket];
      if (head === 0) {
        if (++emptyTicks > MAX_EMPTY_TICKS) return true;
        this.tick = (this.tick + 1) & TICKS_MASK;
        continue;
      }
      if (budget-- <= 0) return true;
      this.remove(head - 1);
      const due = onDue(head - 1);
      if (due !== DONE) this.add(head - 1, due);
    }
    return false;
  }

  /** Milliseconds from `now` until `advance` may have something to do, at most `limit`. */
  nextIn(now: number, limit: number): number {
    if (this.count === 0) return limit;
    const mostTicks = Math.min(SLOTS, Math.ceil(limit / TICK_MS));
    for (let i = 0; i < mostTicks; i++) {
      const tick = (this.tick + i) & TICKS_MASK;
      if (this.heads[tick & (SLOTS - 1)] === 0 && (tick & (SLOTS - 1)) !== 0) continue;
      const behind = ((tick + 1) & TICKS_MASK) << TICK_SHIFT;
      return Math.max(0, Math.min(limit, (behind - (now | 0)) | 0));
    }
    return limit;
  }

  /** The list to work off at the present tick: coarse levels are spread over the finer ones where their turn begins. */
  private pendingBucket(): number {
    const { tick } = this;
    if ((tick & 0xffff) === 0 && this.heads[LEVEL2 + (tick >>> 16)] !== 0) return LEVEL2 + (tick >>> 16);
    const middle = LEVEL1 + ((tick >>> 8) & (SLOTS - 1));
    if ((tick & (SLOTS - 1)) === 0 && this.heads[middle] !== 0) return middle;
    return tick & (SLOTS - 1);
  }

  private bucketFor(dueTick: number): number {
    const ahead = (dueTick - this.tick) & TICKS_MASK;
    if (ahead > TICKS_MASK >>> 1) return this.tick & (SLOTS - 1);
    if (ahead < SLOTS) return dueTick & (SLOTS - 1);
    if (ahead < SLOTS * SLOTS) return LEVEL1 + ((dueTick >>> 8) & (SLOTS - 1));
    return LEVEL2 + (dueTick >>> 16);
  }

  private chunkFor(handle: number): Int32Array {
    const chunk = handle >>> CHUNK_SHIFT;
    while (this.chunks.length <= chunk) this.chunks.push(new Int32Array(WORDS << CHUNK_SHIFT));
    return this.chunks[chunk];
  }

  get capacityBytes(): number {
    return this.chunks.length * (WORDS << CHUNK_SHIFT) * 4;
  }
}
