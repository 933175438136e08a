/**
 * `npm run differential -- --count 10000 --seed 1`: conversations in sessions of random flow programs, through ctswitch and
 * through a real Open vSwitch beside it; with --flows, random programs without the tracker instead. Prints each difference as the shortest session that shows it, and the totals.
 */
import { parseArgs } from 'node:util';
import { ctSession } from '../test/differential/ct-sessions.js';
import { pipelineSession } from '../test/differential/pipelines.js';
import { Runner } from '../test/differential/runner.js';
import type { Session } from '../test/differential/session.js';

const PER_SESSION = 60;
/** After these the rest would say the same. */
const MAX_DIFFERENCES = 10;

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    flows: { type: 'boolean', default: false },
  },
});
const sessions = Math.ceil(Number(values.count) / PER_SESSION);
const firstSeed = Number(values.seed);
if (!(sessions > 0) || !Number.isSafeInteger(firstSeed)) {
  console.error('usage: npm run differential -- [--count CONVERSATIONS] [--seed NUMBER] [--flows]');
  process.exit(1);
}

const session = (seed: number): Session => (values.flows ? pipelineSession : ctSession)(seed, PER_SESSION);

const runner = await Runner.start();
const { totals } = runner;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    runner.stop();
    process.exit(130);
  });
try {
  for (let i = 0; i < sessions && totals.differences < MAX_DIFFERENCES; i++) {
    const told = await runner.run(session(firstSeed + i));
    if (told !== null) console.log(`${told}\n`);
    if ((i + 1) % 20 === 0) console.log(`${i + 1} programs, ${totals.frames} frames`);
  }
} finally {
  runner.stop();
}
const again =
  totals.restarts === 0
    ? ''
    : `; Open vSwitch was started again ${totals.restarts} times, and ${totals.abandoned} programs could not be compared for it`;
console.log(
  `${values.flows ? '' : `${totals.sessions * PER_SESSION} conversations in `}${totals.sessions} programs, ${totals.frames} frames, ` +
    `${totals.differences} differences (seeds from ${firstSeed})${again}`,
);
process.exit(totals.differences === 0 ? 0 : 1);
