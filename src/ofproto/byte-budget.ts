/** Bytes of memory that many owners share: what each takes is there for nobody else until it is given back. */
export class ByteBudget {
  private taken = 0;

  constructor(readonly limit: number) {}

  get used(): number {
    return this.taken;
  }

  get isSpent(): boolean {
    return this.taken >= this.limit;
  }

  /** False if there is not as much left; nothing is taken then. */
  reserve(bytes: number): boolean {
    if (this.taken + bytes > this.limit) return false;
    this.taken += bytes;
    return true;
  }

  /** For what is there already, whatever is left. */
  charge(bytes: number): void {
    this.taken += bytes;
  }

  release(bytes: number): void {
    this.taken -= bytes;
  }
}
