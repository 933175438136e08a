/**
 * Speed and memory of the whole switch beside Debian's Open vSwitch (userspace datapath), on the same veths in the same run. Machines
 * drift, so only the ratios mean something. Needs root.
 *
 *     npm run bench [-- --seconds 5] [-- NAME...]      NAME: part of the name of a row to measure
 *
 * The in-process benches (nanoseconds per operation) follow at the end.
 */
import { BENCHES } from '../test/bench/all.js';
import { measureMemory } from '../test/bench/ct-memory.js';
import { print } from '../test/bench/measure.js';
import { type Contender, CtSwitch, OpenVSwitch } from './bench/contenders.js';
import { Lab } from './bench/lab.js';
import { WORKS } from './bench/works.js';

interface Cell {
  value: number;
  unit: string;
}

function parseArgs(args: readonly string[]): { seconds: number; names: string[] } {
  const at = args.indexOf('--seconds');
  const seconds = at < 0 ? 5 : Number(args[at + 1]);
  return { seconds, names: args.filter((_, i) => i !== at && (at < 0 || i !== at + 1)) };
}

async function measureBoth(lab: Lab, seconds: number, names: readonly string[]): Promise<void> {
  const chosen = WORKS.filter(({ name }) => names.length === 0 || names.some((part) => name.includes(part)));
  console.log(`| work | Open vSwitch | ctswitch | ratio | must reach |\n|---|---|---|---|---|`);
  for (const work of chosen) {
    const results: Cell[] = [];
    for (const make of [() => new OpenVSwitch(lab), () => new CtSwitch(lab)]) {
      const contender: Contender = make();
      try {
        await contender.start();
        results.push(await work.run(contender, lab, seconds));
      } finally {
        await contender.stop();
      }
    }
    const [theirs, ours] = results;
    const ratio = ours.value / theirs.value;
    console.log(`| ${work.name} | ${show(theirs)} | ${show(ours)} | ${ratio.toFixed(2)} x | ${work.goal} |`);
  }
}

const show = ({ value, unit }: Cell): string => `${value >= 100 ? Math.round(value) : value.toPrecision(3)} ${unit}`;

function printMemory(): void {
  const { connections, bytesEach, longestBatchMs } = measureMemory(3_000_000);
  console.log(
    `\n${connections} tracked TCP connections: ${bytesEach.toFixed(0)} bytes each (must reach: <= 160; Open vSwitch: 376)`,
  );
  console.log(`longest batch of 32 while the table grew: ${longestBatchMs.toFixed(1)} ms`);
}

async function main(): Promise<void> {
  const { seconds, names } = parseArgs(process.argv.slice(2));
  if (process.getuid?.() !== 0) {
    console.error('bench: comparing with Open vSwitch needs root; only the in-process benches run');
  } else {
    const lab = new Lab();
    try {
      lab.up();
      await measureBoth(lab, seconds, names);
    } finally {
      lab.down();
    }
  }
  if (names.length === 0 || names.includes('memory')) printMemory();
  for (const { name, run } of BENCHES) {
    if (names.length > 0 && !names.some((part) => name.includes(part))) continue;
    console.log(`\n${name}`);
    print(run());
  }
}

await main();
