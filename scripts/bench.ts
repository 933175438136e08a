/**
 * Speed and memory of the whole switch beside Debian's Open vSwitch (userspace datapath), on the same veths in the same run. Machines
 * drift, so only the ratios mean something, and other jobs only ever slow down, so the two are measured in turns and the best of each
 * counts. Needs root.
 *
 *     npm run bench [-- --seconds 5] [--rounds 3] [NAME...]      NAME: part of the name of a row to measure
 *
 * The in-process benches (nanoseconds per operation) follow at the end.
 */
import { BENCHES } from '../test/bench/all.js';
import { measureMemory } from '../test/bench/ct-memory.js';
import { run as compareWatched } from '../test/bench/ct-watched.js';
import { FLOW_KINDS, measureFlowMemory, measureHostileMemory } from '../test/bench/flow-memory.js';
import { print } from '../test/bench/measure.js';
import { COMMANDS_ROW, commandRows } from './bench/commands.js';
import { type Contender, CtSwitch, OpenVSwitch } from './bench/contenders.js';
import { Lab } from './bench/lab.js';
import { type Result, WORKS, type Work } from './bench/works.js';

const WATCHED = 'tracker: the price of being watched';

interface Args {
  seconds: number;
  rounds: number;
  names: string[];
}

function parseArgs(words: readonly string[]): Args {
  const args: Args = { seconds: 5, rounds: 3, names: [] };
  for (let i = 0; i < words.length; i++) {
    if (words[i] === '--seconds') args.seconds = Number(words[++i]);
    else if (words[i] === '--rounds') args.rounds = Number(words[++i]);
    else args.names.push(words[i]);
  }
  return args;
}

async function measureAll(lab: Lab, { seconds, rounds, names }: Args): Promise<void> {
  const chosen = WORKS.filter(({ name }) => names.length === 0 || names.some((part) => name.includes(part)));
  console.log(`| work | Open vSwitch | ctswitch | ratio | must reach |\n|---|---|---|---|---|`);
  for (const work of chosen) {
    let theirs: Result | null = null;
    let ours: Result | null = null;
    for (let round = 0; round < rounds; round++) {
      theirs = better(work, theirs, await measureOne(new OpenVSwitch(lab), work, lab, seconds));
      ours = better(work, ours, await measureOne(new CtSwitch(lab), work, lab, seconds));
    }
    if (theirs !== null && ours !== null) printRow(work, theirs, ours);
  }
}

async function measureOne(contender: Contender, work: Work, lab: Lab, seconds: number): Promise<Result> {
  try {
    await contender.start();
    return await work.run(contender, lab, seconds);
  } finally {
    await contender.stop();
  }
}

/** The best of both, in each respect. */
function better(work: Work, one: Result | null, other: Result): Result {
  if (one === null) return other;
  const isMoreBetter = work.goal.startsWith('>');
  const best = isMoreBetter === one.value > other.value ? one : other;
  if (one.cpuNs === undefined || other.cpuNs === undefined) return best;
  return { ...best, cpuNs: Math.min(one.cpuNs, other.cpuNs) };
}

function printRow({ name, goal }: Work, theirs: Result, ours: Result): void {
  const ratio = `${(ours.value / theirs.value).toFixed(2)} x`;
  console.log(`| ${name} | ${show(theirs)} | ${show(ours)} | ${ratio} | ${goal} |`);
}

function show({ value, unit, cpuNs }: Result): string {
  const cpu = cpuNs === undefined ? '' : `, ${(cpuNs / 1000).toFixed(2)} us of processor each`;
  return `${value >= 100 ? Math.round(value) : value.toPrecision(3)} ${unit}${cpu}`;
}

function printMemory(): void {
  const { connections, bytesEach, longestBatchMs } = measureMemory(3_000_000);
  console.log(
    `\n${connections} tracked TCP connections: ${bytesEach.toFixed(0)} bytes each (must reach: <= 160; Open vSwitch: 376)`,
  );
  for (const kind of FLOW_KINDS) {
    const { name, flows, masks, bytesEach: each } = measureFlowMemory(kind, 50_000);
    console.log(`${flows} cached flows, ${name}: ${masks} masks, ${each.toFixed(0)} bytes each`);
  }
  const hostile = measureHostileMemory(100_000);
  console.log(
    `${hostile.flows} cached flows of mutated frames, with their connections: ${hostile.bytesEach.toFixed(0)} bytes each, ${(hostile.bytesLeft / 1e6).toFixed(1)} MB left when all are forgotten`,
  );
  console.log(`longest batch of 32 while the table grew: ${longestBatchMs.toFixed(1)} ms`);
}

async function main(): Promise<void> {
  const args = parseArgs(process.argv.slice(2));
  const { names } = args;
  const isChosen = (name: string): boolean => names.length === 0 || names.some((part) => name.includes(part));
  if (process.getuid?.() !== 0) {
    console.error('bench: comparing with Open vSwitch needs root; only the in-process benches run');
  } else {
    const lab = new Lab();
    try {
      lab.up();
      await measureAll(lab, args);
    } finally {
      lab.down();
    }
  }
  if (isChosen(COMMANDS_ROW)) console.log(`\n${COMMANDS_ROW}\n${(await commandRows()).join('\n')}`);
  if (isChosen('memory')) printMemory();
  for (const { name, run } of BENCHES) {
    if (!isChosen(name)) continue;
    console.log(`\n${name}`);
    print(run());
  }
  if (isChosen(WATCHED)) console.log(`\n${WATCHED}\n${(await compareWatched()).join('\n')}`);
}

await main();
