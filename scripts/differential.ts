/**
 * `npm run differential -- --count 10000 --seed 1`: conversations in sessions of random flow programs, through ctswitch and
 * through a real Open vSwitch beside it. Prints each difference as the shortest session that shows it, and the totals.
 */
import { parseArgs } from 'node:util';
import { KIND_NAMES, KINDS, type Kind, type KindName } from '../test/differential/kinds.js';
import { Runner } from '../test/differential/runner.js';

/** After these the rest would say the same. */
const MAX_DIFFERENCES = 10;

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    kind: { type: 'string', multiple: true, default: [] },
    help: { type: 'boolean', default: false },
  },
});
const unknown = values.kind.find((name) => !Object.hasOwn(KINDS, name));
const firstSeed = Number(values.seed);
const count = Number(values.count);
if (values.help || unknown !== undefined || !(count > 0) || !Number.isSafeInteger(firstSeed)) {
  if (unknown !== undefined) console.error(`there is no kind "${unknown}"`);
  console.error(usage());
  process.exit(values.help ? 0 : 1);
}

function usage(): string {
  return [
    'usage: npm run differential -- [--count CONVERSATIONS] [--seed NUMBER] [--kind NAME]...',
    'Kinds, in turn where none is named; session number N of a kind is that of seed SEED + N:',
    ...KIND_NAMES.map((name) => `  ${name.padEnd(15)} ${KINDS[name].summary}`),
    'A difference is printed as the shortest session that shows it; --kind and --seed of its head play the whole one again.',
  ].join('\n');
}

const names = values.kind.length === 0 ? KIND_NAMES : (values.kind as KindName[]);
const runner = await Runner.start();
const { totals } = runner;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    runner.stop();
    process.exit(130);
  });
let conversations = 0;
try {
  for (let i = 0; conversations < count && totals.differences < MAX_DIFFERENCES; i++) {
    const kind: Kind = KINDS[names[i % names.length]];
    const told = await runner.run(await kind.session(firstSeed + Math.floor(i / names.length), kind.size));
    conversations += kind.size;
    if (told !== null) console.log(`--kind ${names[i % names.length]} of ${told}\n`);
    if ((i + 1) % 20 === 0) console.log(`${i + 1} programs, ${totals.steps} frames and orders`);
  }
} finally {
  runner.stop();
}
const again =
  totals.restarts === 0
    ? ''
    : `; Open vSwitch was started again ${totals.restarts} times, and ${totals.abandoned} programs could not be compared for it`;
console.log(
  `${conversations} conversations in ${totals.sessions} programs, ${totals.steps} frames and orders, ` +
    `${totals.differences} differences (seeds from ${firstSeed})${again}`,
);
process.exit(totals.differences === 0 ? 0 : 1);
