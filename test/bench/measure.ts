/** The stop-watch of the benches: nanoseconds per operation, the best of several runs, after a warm-up. */
import { pathToFileURL } from 'node:url';
import { inlineMore } from '../../datapath/ports/sys/compiler.js';

export interface BenchResult {
  name: string;
  nsPerOp: number;
}

// As the daemon does.
inlineMore();

const WARM_UP_MS = 400;
const RUN_MS = 200;
const RUNS = 7;

/** Measures `round`, which does `operations` operations each time it is called. */
export function measure(name: string, operations: number, round: () => void): BenchResult {
  timeOf(round, WARM_UP_MS);
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < RUNS; i++) best = Math.min(best, timeOf(round, RUN_MS));
  return { name, nsPerOp: (best * 1e6) / operations };
}

/** Milliseconds per call of `round`, calling it for `forMs`. */
function timeOf(round: () => void, forMs: number): number {
  const start = performance.now();
  let calls = 0;
  let elapsed = 0;
  while (elapsed < forMs) {
    round();
    calls++;
    elapsed = performance.now() - start;
  }
  return elapsed / calls;
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
