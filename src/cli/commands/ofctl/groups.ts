/** Verbs about groups: changing them one by one or by files, and printing them. */
import { ALL_GROUPS, type GroupMod } from '../../../openflow/group-types.js';
import type { Message } from '../../../openflow/message-types.js';
import { FileTextError, TextError } from '../../../text/error.js';
import { flowLines } from '../../../text/flow.js';
import { type GroupCommand, parseGroup, parseGroupId } from '../../../text/group.js';
import type { Names } from '../../../text/names.js';
import { printError } from '../../output.js';
import { UserError } from '../../user-error.js';
import { Refused } from './change-flows.js';
import { connected } from './inspect.js';
import { asUserError, portNames, readText, type Verb, type VerbContext } from './verb.js';

/** Groups came with OpenFlow 1.1, buckets that are changed one by one with 1.5. */
const FROM_11 = 0b111_1100;
const OF15 = 6;
const OF15_ONLY = 1 << OF15;

type Read = (names: Names) => GroupMod[];

async function send(context: VerbContext, bridge: string, read: Read, versions = FROM_11): Promise<undefined> {
  await connected(context.connect(bridge, versions), async (client) => {
    const names = { ports: await portNames(client) };
    for (const mod of readMods(read, names)) {
      if ((mod.command === 'insert_bucket' || mod.command === 'remove_bucket') && client.version < OF15)
        throw new UserError(`${mod.command.replace('_', '-')} needs OpenFlow 1.5 or later ('-O OpenFlow15')`);
      client.send('group_mod', mod);
    }
    const [error] = await client.barrier();
    if (error === undefined) return;
    await printError(context.format(error, undefined, 2));
    throw new Refused();
  });
}

function readMods(read: Read, names: Names): GroupMod[] {
  try {
    return read(names);
  } catch (error) {
    throw asUserError(error);
  }
}

const change =
  (command: GroupCommand, versions?: number): Verb['run'] =>
  (context, [bridge, group]) =>
    send(context, bridge!, (names) => [parseGroup(group ?? '', command, names)], versions);

const modify: Verb['run'] = (context, words) =>
  change(context.args['may-create'] === true ? 'add_or_modify' : 'modify')(context, words);

/** `del-groups BRIDGE -` takes a file as well. */
const remove: Verb['run'] = (context, words) =>
  words[1] === '-' ? fromFile('delete')(context, words) : change('delete')(context, words);

function fromFile(command: GroupCommand): Verb['run'] {
  return (context, [bridge, file]) => {
    const text = readText(file!);
    return send(context, bridge!, (names) =>
      [...flowLines(text)].map(({ line, number }) => parseLine(line, number, file!, command, names)),
    );
  };
}

function parseLine(line: string, number: number, file: string, command: GroupCommand, names: Names): GroupMod {
  try {
    return parseGroup(line, command, names);
  } catch (error) {
    throw error instanceof TextError ? new FileTextError(file, number, error) : error;
  }
}

function groupNamed(text: string | undefined): number {
  const group = text === undefined ? ALL_GROUPS : parseGroupId(text.replace(/^group_id=/, ''));
  if (group === null) throw new UserError(`unknown group id ${text}`);
  return group;
}

const dump =
  (name: 'group_desc_request' | 'group_stats_request'): Verb['run'] =>
  (context, [bridge, text]) => {
    const group = groupNamed(text);
    return connected(context.connect(bridge!, FROM_11), async (client) => {
      const names = context.showNames ? { ports: await portNames(client) } : {};
      for await (const part of client.requestAll(name, { group })) await context.print(part as Message, names);
      return undefined;
    });
  };

const dumpFeatures: Verb['run'] = (context, [bridge]) =>
  connected(context.connect(bridge!, FROM_11), async (client) => {
    await context.print(await client.request('group_features_request', null));
    return undefined;
  });

export const GROUP_VERBS: Record<string, Verb> = {
  'add-group': { usage: 'SWITCH GROUP', describe: 'add group described by GROUP', min: 2, max: 2, run: change('add') },
  'add-groups': {
    usage: 'SWITCH FILE',
    describe: 'add groups from FILE ("-" is standard input)',
    min: 2,
    max: 2,
    run: fromFile('add'),
  },
  'mod-group': {
    usage: 'SWITCH GROUP',
    describe: 'modify the group (--may-create: or add it)',
    min: 2,
    max: 2,
    run: modify,
  },
  'del-groups': { usage: 'SWITCH [GROUP]', describe: 'delete matching groups, or all', min: 1, max: 2, run: remove },
  'insert-buckets': {
    usage: 'SWITCH GROUP',
    describe: 'add buckets to a group',
    min: 2,
    max: 2,
    run: change('insert_bucket', OF15_ONLY),
  },
  'remove-buckets': {
    usage: 'SWITCH GROUP',
    describe: 'remove buckets from a group',
    min: 2,
    max: 2,
    run: change('remove_bucket', OF15_ONLY),
  },
  'dump-groups': {
    usage: 'SWITCH [GROUP]',
    describe: 'print group description',
    min: 1,
    max: 2,
    run: dump('group_desc_request'),
  },
  'dump-group-stats': {
    usage: 'SWITCH [GROUP]',
    describe: 'print group statistics',
    min: 1,
    max: 2,
    run: dump('group_stats_request'),
  },
  'dump-group-features': { usage: 'SWITCH', describe: 'print group features', min: 1, max: 1, run: dumpFeatures },
};
