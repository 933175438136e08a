/**
 * Runs sessions one after the other and counts. Open vSwitch 3.1 now and then stops at an assertion of its own; then it is
 * started anew and the session is played again.
 */
import { compare } from './compare.js';
import { RealSide, RealSideDied } from './real-side.js';
import type { Session } from './session.js';
import { report, shrink } from './shrink.js';

export interface Totals {
  sessions: number;
  /** Frames and orders. */
  steps: number;
  differences: number;
  /** Times that Open vSwitch had to be started again. */
  restarts: number;
  /** Sessions that it did not live through, however often: not compared. */
  abandoned: number;
}

/** A session that kills it this often is given up: it says nothing about us. */
const MAX_ATTEMPTS = 3;

export class Runner {
  readonly totals: Totals = { sessions: 0, steps: 0, differences: 0, restarts: 0, abandoned: 0 };

  private constructor(private real: RealSide) {}

  static async start(): Promise<Runner> {
    return new Runner(await RealSide.start());
  }

  stop(): void {
    this.real.stop();
  }

  /** Null if both did the same; else what is to be told, as short as it gets. */
  async run(session: Session): Promise<string | null> {
    this.totals.sessions++;
    this.totals.steps += session.steps.length;
    let difference = await this.persist(() => compare(session, this.real));
    // Before it stops, its table of connections may be damaged: only what a fresh one does too is a difference.
    if (difference !== null && difference !== 'abandoned') {
      await this.restart();
      difference = await this.persist(() => compare(session, this.real));
    }
    if (difference === 'abandoned') this.totals.abandoned++;
    if (difference === null || difference === 'abandoned') return null;
    this.totals.differences++;
    const found = difference;
    const shortest = await this.persist(() => shrink(session, this.real, found));
    return report(shortest === 'abandoned' ? [session, found] : shortest);
  }

  private async persist<T>(work: () => Promise<T>): Promise<T | 'abandoned'> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof RealSideDied)) throw error;
        await this.restart();
      }
    }
    return 'abandoned';
  }

  private async restart(): Promise<void> {
    this.real.stop();
    this.totals.restarts++;
    this.real = await RealSide.start();
  }
}
