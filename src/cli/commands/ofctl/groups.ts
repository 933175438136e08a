/** Verbs about groups: changing them one by one or by files, and printing them. */

import { ALL_GROUPS, type GroupMod } from '../../../openflow/group-types.js';
import type { Message } from '../../../openflow/message-types.js';
import { OF15 } from '../../../openflow/version.js';
import { FileTextError, TextError } from '../../../text/error.js';
import { flowLines } from '../../../text/flow.js';
import { type GroupCommand, parseGroup, parseGroupId } from '../../../text/group.js';
import type { Names } from '../../../text/names.js';
import { printError } from '../../output.js';
import { UserError } from '../../user-error.js';
import { Refused } from './client.js';
import { connected } from './inspect.js';
import { asUserError, portNames, readText, type VerbContext, type VerbRun } from './verb.js';

/** Groups came with OpenFlow 1.1, buckets that are changed one by one with 1.5. */
const FROM_11 = 0b111_1100;
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
  (command: GroupCommand, versions?: number): VerbRun =>
  (context, [bridge, group]) =>
    send(context, bridge!, (names) => [parseGroup(group ?? '', command, names)], versions);

const modify: VerbRun = (context, words) =>
  change(context.args['may-create'] === true ? 'add_or_modify' : 'modify')(context, words);

/** `del-groups BRIDGE -` takes a file as well. */
const remove: VerbRun = (context, words) =>
  words[1] === '-' ? fromFile('delete')(context, words) : change('delete')(context, words);

function fromFile(command: GroupCommand): VerbRun {
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
  (name: 'group_desc_request' | 'group_stats_request'): VerbRun =>
  (context, [bridge, text]) => {
    const group = groupNamed(text);
    return connected(context.connect(bridge!, FROM_11), async (client) => {
      const names = context.showNames ? { ports: await portNames(client) } : {};
      for await (const part of client.requestAll(name, { group })) await context.print(part as Message, names);
      return undefined;
    });
  };

const dumpFeatures: VerbRun = (context, [bridge]) =>
  connected(context.connect(bridge!, FROM_11), async (client) => {
    await context.print(await client.request('group_features_request', null));
    return undefined;
  });

/** By verb (verbs.ts). */
export const RUNS = {
  'add-group': change('add'),
  'add-groups': fromFile('add'),
  'mod-group': modify,
  'del-groups': remove,
  'insert-buckets': change('insert_bucket', OF15_ONLY),
  'remove-buckets': change('remove_bucket', OF15_ONLY),
  'dump-groups': dump('group_desc_request'),
  'dump-group-stats': dump('group_stats_request'),
  'dump-group-features': dumpFeatures,
} as const satisfies Record<string, VerbRun>;
