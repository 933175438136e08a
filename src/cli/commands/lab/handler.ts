/** What `ctswitch lab` does. */
import { spawnSync } from 'node:child_process';
import { relative } from 'node:path';
import { SwitchError } from '../../../../datapath/base/error.js';
import { didYouMean } from '../../../../datapath/base/suggest.js';
import { LABS, runWords } from '../../../lab/labs.js';
import { checkFree, labsUp, record, takeDown } from '../../../lab/ledger.js';
import { planOf } from '../../../lab/plan.js';
import { isNamespace, Lab, whyNoNamespaces } from '../../../lab/runner.js';
import { packetOf, parseSegment } from '../../../lab/segment.js';
import { SegmentSender } from '../../../lab/segment-sender.js';
import type { LabHost, Topology } from '../../../lab/topology.js';
import { packageFile } from '../../../switch/version.js';
import type { VerbUsage } from '../../command.js';
import { defaultRundir } from '../../options.js';
import { print } from '../../output.js';
import { UserError } from '../../user-error.js';
import { directionFrom } from '../tutorial/conversation.js';
import type { LabArgs } from './index.js';

const FLOWS = packageFile('flows');

const DEFAULT_LAB = 'conntrack-tutorial';

interface Verb extends VerbUsage {
  /** How many words it takes at most. */
  readonly max: number;
  readonly run: (args: LabArgs, words: readonly string[]) => Promise<number | undefined>;
}

export const VERBS: Readonly<Record<string, Verb>> = {
  up: { words: '[LAB]', describe: 'make the hosts of a lab and their cables', max: 1, run: up },
  down: { words: '[LAB]', describe: 'remove what up made', max: 1, run: down },
  exec: { words: 'HOST COMMAND...', describe: 'run a command inside a host', max: Number.POSITIVE_INFINITY, run: exec },
  send: { words: 'HOST FLAGS SEQ[,ACK] [PAYLOAD]', describe: 'send one TCP segment from a host', max: 4, run: send },
};

async function up(args: LabArgs, [name = DEFAULT_LAB]: readonly string[]): Promise<undefined> {
  const obstacle = whyNoNamespaces();
  if (obstacle !== null) {
    const way = process.geteuid?.() === 0 ? '' : '\nIt takes root: sudo ctswitch lab up ...';
    throw new UserError(`network namespaces cannot be made here: ${obstacle}${way}`);
  }
  const topology = topologyNamed(name);
  const directory = args.rundir ?? defaultRundir();
  checkFree(directory, name);
  checkNoStrangers(topology);
  Lab.up(planOf(topology)).keep((made) => record(directory, name, made));
  const hosts = topology.hosts.map((host) => `${host.name} behind ${host.port}`);
  await print(`lab ${name} is up: ${hosts.join(', ')}\nthe switch for it: ${startOf(topology)}\n`);
}

/** Namespaces that were there before are somebody's: they are left alone. */
function checkNoStrangers({ hosts }: Topology): void {
  const taken = hosts.map(({ name }) => name).filter(isNamespace);
  if (taken.length === 0) return;
  throw new UserError(
    `there is a network namespace ${taken[0]} already, which no lab of this run directory has made\n` +
      `Take down the lab it belongs to (ctswitch lab down --rundir ITS_DIRECTORY), or remove it: ip netns del ${taken[0]}`,
  );
}

/** The command that starts the switch, as it is typed in this directory. */
function startOf(topology: Topology): string {
  const folder = relative(process.cwd(), FLOWS);
  const program = folder === 'flows' ? 'scripts/ctswitch' : 'ctswitch';
  return [program, 'run', '--detach', ...runWords(topology, folder)].join(' ');
}

/** Without a name: whatever is up. */
async function down(args: LabArgs, [name]: readonly string[]): Promise<undefined> {
  const directory = args.rundir ?? defaultRundir();
  const names = name === undefined ? labsUp(directory) : [name];
  if (names.length === 0) throw new UserError(`no lab is up in ${directory}`);
  for (const each of names) takeDown(directory, each);
}

/** The command's exit code is ours. */
async function exec(_: LabArgs, [host, ...command]: readonly string[]): Promise<number> {
  if (host === undefined || command.length === 0)
    throw new UserError('exec needs a host and a command: ctswitch lab exec left ip addr');
  if (!isNamespace(host)) throw new UserError(`there is no host ${host}: ctswitch lab up LAB makes those of a lab`);
  const { status, error } = spawnSync('ip', ['netns', 'exec', host, ...command], { stdio: 'inherit' });
  if (error !== undefined) throw new UserError(error.message);
  return status ?? 1;
}

/** `send left S 100`, `send right SA 200,101`, `send left A 101,201 X`: between the tutorial's hosts. */
async function send(_: LabArgs, [name, flags, numbers, payload]: readonly string[]): Promise<undefined> {
  const host = topologyNamed(DEFAULT_LAB).hosts.find((known) => known.name === name);
  if (host === undefined || flags === undefined || numbers === undefined) {
    throw new UserError(
      'send needs a host, flags and numbers: ctswitch lab send left S 100, ctswitch lab send right SA 200,101',
    );
  }
  if (!isNamespace(host.name)) throw new UserError(`there is no host ${host.name} yet: ctswitch lab up makes it`);
  const segment = parseSegment(`${flags} ${numbers}${payload === undefined ? '' : ` "${payload}"`}`);
  const sender = await SegmentSender.start(host);
  try {
    const direction = directionFrom(host);
    await sender.send({ packet: packetOf(segment, direction), to: direction.dst, macs: macsOf(host) });
  } finally {
    await sender.close();
  }
}

const macsOf = (host: LabHost): { src: string; dst: string } => ({ src: host.mac, dst: host.neighbours[0].mac });

function topologyNamed(name: string): Topology {
  const known: Readonly<Record<string, Topology>> = LABS;
  if (!Object.hasOwn(known, name))
    throw new UserError(
      `there is no lab "${name}"; known are ${Object.keys(known).join(', ')}\n${didYouMean(name, Object.keys(known))}`.trimEnd(),
    );
  return known[name];
}

/** `lab up --rundir X NAME`: the option may stand behind the verb, but for exec, whose words are another command's. */
function takeRundir(args: LabArgs, words: readonly string[]): [LabArgs, readonly string[]] {
  const at = words.findIndex((word) => word === '--rundir' || word.startsWith('--rundir='));
  if (at < 0) return [args, words];
  const [, value] = /^--rundir=(.*)$/s.exec(words[at]!) ?? [];
  const rundir = value ?? words[at + 1];
  if (rundir === undefined || rundir === '') throw new UserError('--rundir needs a directory');
  return [{ ...args, rundir }, words.toSpliced(at, value === undefined ? 2 : 1)];
}

export async function run(args: LabArgs, [verb, ...words]: readonly string[]): Promise<number | undefined> {
  const row = verb !== undefined && Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
  if (row === undefined)
    throw new UserError(
      `say what to do: ${Object.keys(VERBS).join(', ')}; see ctswitch lab --help\n${didYouMean(verb ?? '', Object.keys(VERBS))}`.trimEnd(),
    );
  try {
    const [options, rest] = verb === 'exec' ? [args, words] : takeRundir(args, words);
    if (rest.length > row.max) throw new UserError(`say ctswitch lab ${verb} ${row.words}`);
    return await row.run(options, rest);
  } catch (error) {
    throw error instanceof SwitchError ? new UserError(error.message) : error;
  }
}
