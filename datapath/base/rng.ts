/** Seeded pseudo-random numbers (sfc32, Chris Doty-Humphrey): the same seed gives the same run. Not for secrets. */

/** What takes randomness as an argument asks for. */
export interface Rng {
  /** An int32, uniformly distributed. */
  next(): number;
  /** An integer from 0 to `limit` - 1; `limit` is at most 2^32. */
  below(limit: number): number;
}

/** A generator that is nothing but its seed (up to 2^53): for choices that runs must repeat. */
export class SeededRng implements Rng {
  private a = 0;
  private b = 0;
  private c = 0;
  private counter = 1;

  constructor(seed: number) {
    this.a = seed | 0;
    this.b = Math.floor(seed / 2 ** 32) | 0;
    for (let i = 0; i < 15; i++) this.next();
  }

  next(): number {
    const out = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + out) | 0;
    return out;
  }

  below(limit: number): number {
    return Math.floor((this.next() >>> 0) * (limit / 2 ** 32));
  }
}
