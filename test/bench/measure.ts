/** The stop-watch of the benches: nanoseconds per operation in the fastest of many rounds, after a warm-up. */
import { pathToFileURL } from 'node:url';
import { inlineMore } from '../../datapath/ports/sys/compiler.js';

export interface BenchResult {
  name: string;
  nsPerOp: number;
}

// As the daemon does.
inlineMore();

const WARM_UP_MS = 400;
const RUN_MS = 1500;
/** So that even long rounds are repeated. */
const MIN_ROUNDS = 5;

/**
 * Measures `round`, which does `operations` operations each time it is called. What counts is the fastest round: others on the
 * machine only ever make it slower.
 */
export function measure(name: string, operations: number, round: () => void): BenchResult {
  fastest(round, WARM_UP_MS);
  return { name, nsPerOp: (fastest(round, RUN_MS) * 1e6) / operations };
}

/** Milliseconds of the fastest call of `round` within `forMs`. */
export function fastest(round: () => void, forMs: number): number {
  let best = Number.POSITIVE_INFINITY;
  const end = performance.now() + forMs;
  for (let calls = 0; calls < MIN_ROUNDS || performance.now() < end; calls++) {
    const start = performance.now();
    round();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

export function print(results: readonly BenchResult[]): void {
  for (const { name, nsPerOp } of results) {
    const rate = nsPerOp < 1000 ? `${(1000 / nsPerOp).toFixed(2)} M/s` : `${(1e6 / nsPerOp).toFixed(1)} k/s`;
    console.log(`${name.padEnd(60)} ${nsPerOp.toFixed(1).padStart(10)} ns ${rate.padStart(12)}`);
  }
}

/** Prints the results of a bench that was started as a program of its own. */
export function runIfMain(url: string, run: () => BenchResult[]): void {
  if (process.argv[1] !== undefined && pathToFileURL(process.argv[1]).href === url) print(run());
}
