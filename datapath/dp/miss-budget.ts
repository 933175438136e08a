/**
 * How much of the thread's time misses may take while there is other work, so that who makes misses (each costs as much as a hundred hits)
 * cannot stop the traffic that the caches know.
 *
 * Token buckets, one for each port and one for all, whose tokens are milliseconds: they fill as time passes, and each miss takes what it
 * has cost. A full bucket is enough for a burst of new flows, so in a switch that is not overloaded no miss waits. Without a stopwatch
 * everything is allowed: then nobody knows what things cost.
 */

/** The part of the time that all misses, and those of the packets of one port, may take while other packets are waiting. */
const SHARE = 0.5;
const PORT_SHARE = 0.05;
/** Size of a bucket, ms: some hundred misses at once, which is less than the pause that a full receive ring stands. */
const BURST_MS = 5;

class Account {
  private tokensMs = BURST_MS;

  constructor(
    private readonly share: number,
    private seenMs: number,
  ) {}

  isOpen(now: number): boolean {
    this.tokensMs = Math.min(BURST_MS, this.tokensMs + (now - this.seenMs) * this.share);
    this.seenMs = now;
    return this.tokensMs > 0;
  }

  /** A debt is limited, too: one slow miss must not shut out those that follow for long. */
  charge(ms: number): void {
    this.tokensMs = Math.max(-BURST_MS, this.tokensMs - ms);
  }
}

export class MissBudget {
  /** Milliseconds with fractions, monotonic; null: nobody looks at the time. */
  stopwatch: (() => number) | null = null;
  private total: Account | null = null;
  /** By datapath port; as many as there have been ports with misses, which are 65535 at most. */
  private readonly ports = new Map<number, Account>();
  private startedMs = 0;

  /** The time for `allows`. */
  get now(): number {
    return this.stopwatch === null ? 0 : this.stopwatch();
  }

  /** True if a miss of a packet from the port may be worked on. */
  allows(port: number, now: number): boolean {
    if (this.stopwatch === null) return true;
    this.total ??= new Account(SHARE, now);
    const own = this.accountOf(port, now).isOpen(now);
    return this.total.isOpen(now) && own;
  }

  /** `allows`, and if so the work begins, which `end` ends. */
  begin(port: number): boolean {
    this.startedMs = this.now;
    return this.allows(port, this.startedMs);
  }

  /** The miss has been worked on, and its packet is on its way. */
  end(port: number): void {
    if (this.stopwatch === null) return;
    const now = this.stopwatch();
    const spent = now - this.startedMs;
    this.total?.charge(spent);
    this.accountOf(port, now).charge(spent);
  }

  private accountOf(port: number, now: number): Account {
    let account = this.ports.get(port);
    if (account === undefined) this.ports.set(port, (account = new Account(PORT_SHARE, now)));
    return account;
  }
}
