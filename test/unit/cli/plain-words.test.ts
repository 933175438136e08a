/** Lines that are read without yargs mean what yargs reads in them; all others are left to it. */
import { expect, test } from 'vitest';
import type { AnyCommand } from '../../../src/cli/command.js';
import { COMMANDS } from '../../../src/cli/commands/index.js';
import { VERBS } from '../../../src/cli/commands/ofctl/verbs.js';
import { readPlain } from '../../../src/cli/plain-words.js';
import { buildProgram } from '../../../src/cli/program.js';

const PLAIN = [
  'appctl version',
  'appctl -t x -f json dpctl/dump-conntrack -m --more zone=5',
  'appctl --target=x --format json --rundir /r -- -x',
  'appctl -T 5 vlog/set any:dbg -- -y',
  'ct list',
  'ct list --proto tcp --dport=80 --json -t x',
  'ct top -n 5 --by service',
  'ct set a=1 b=-2',
  'ct timeouts set 5 udp_first=10 --no-json',
  'ofctl dump-flows br0',
  'ofctl dump-flows br0 table=0 --sort --rsort=in_port --no-names',
  'ofctl -O OpenFlow13 dump-flows br0 -m -m --more --strict --no-stats',
  'ofctl add-flow br0 - --bundle',
  'ofctl add-flow br0 tcp,actions=2 -- -z',
  'run',
  'run lab.yaml',
  'run --bridge a=b --bridge c=d -v console:dbg --verbose=file:off --datapath dummy --detach --no-chdir',
  'run --log-file= --log-format=json --pidfile= --fail-mode br0=secure',
  'lab up two-hosts',
  'lab --rundir /r send left S 100 --x',
  'tutorial --in-process',
  'completion bash',
  'completion words -- ofctl --rundir /r dump-flows br',
];

const LEFT_TO_YARGS = [
  'ct --help',
  'ct -h',
  'ct list --jsn',
  'ct list -q',
  'ct list --dport',
  'ct list --dport --json',
  'ct list --json=true',
  'ct list --json false',
  "ct list --dport '80'",
  'ct list -5',
  'ofctl -mm dump-flows br0',
  'run --datapath nonsense',
  'run --config x',
  'appctl --nonsense version',
];

const named = (line: string): AnyCommand =>
  COMMANDS.find(({ command }) => command.split(' ')[0] === line.split(' ')[0])!;
const wordsOf = (line: string): string[] => line.split(' ');

/** What `run` is given by yargs; only of the options that the command has, since yargs adds names of its own. */
async function readByYargs(line: string): Promise<unknown> {
  const command = named(line);
  let heard: unknown;
  const run: AnyCommand['run'] = async (args: Record<string, unknown>, words: readonly string[]) => {
    const known = Object.keys(command.options).filter((name) => args[name] !== undefined);
    heard = { args: Object.fromEntries(known.map((name) => [name, args[name]])), words };
    return undefined;
  };
  await buildProgram([{ ...command, run }], '0').run(wordsOf(line));
  return heard;
}

test.each(PLAIN)('%s', async (line) => {
  const plain = readPlain(named(line), wordsOf(line).slice(1));
  expect(plain).toEqual(await readByYargs(line));
});

test.each(LEFT_TO_YARGS)('left to yargs: %s', (line) => {
  expect(readPlain(named(line), wordsOf(line).slice(1))).toBeNull();
});

test('every verb of ofctl has something that carries it out, and nothing is carried out without a verb', async () => {
  for (const [name, { runs }] of Object.entries(VERBS)) expect(Object.keys(await runs())).toContain(name);
  const loaded = await Promise.all(Object.values(VERBS).map(({ runs }) => runs()));
  expect(Object.keys(VERBS)).toEqual(expect.arrayContaining(loaded.flatMap((runs) => Object.keys(runs))));
});
