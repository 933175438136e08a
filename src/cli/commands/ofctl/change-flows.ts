/** Verbs that change flows: one by one, or in a bundle that is taken whole or not at all. */
import {
  ANY_PROTOCOL,
  chosenProtocol,
  protocolsOf,
  protocolsText,
  usableProtocols,
} from '../../../ofproto/usable-protocols.js';
import type { FlowMod, Message, MessageOf } from '../../../openflow/message-types.js';
import { OF10, versionName } from '../../../openflow/version.js';
import { type FlowCommand, forVersion, parseFlow, parseFlowFile } from '../../../text/flow.js';
import { errorName } from '../../../text/message.js';
import type { Names } from '../../../text/names.js';
import { printError } from '../../output.js';
import { UserError } from '../../user-error.js';
import { type OpenFlowClient, Refused } from './client.js';
import { connected } from './inspect.js';
import { asUserError, portNames, readText, type VerbContext, type VerbRun } from './verb.js';

/** Flow-mods sent before the switch is asked whether it took them. */
const BATCH = 500;
const ATOMIC_ORDERED = 3;

type Read = (names: Names) => FlowMod[];

/** The flows are read when the ports' names are known, all of them before the first is sent. */
async function change(context: VerbContext, bridge: string, read: Read): Promise<undefined> {
  const { bundle } = context.args;
  await connected(bundle ? context.connectForBundle(bridge) : context.connect(bridge), async (client) => {
    const mods = readFlows(read, { ports: await portNames(client) });
    await (bundle ? sendBundle(context, client, mods) : sendFlows(context, client, mods));
  });
}

function readFlows(read: Read, names: Names): FlowMod[] {
  try {
    return read(names);
  } catch (error) {
    throw asUserError(error);
  }
}

/** Sends the flow-mods in order; ends at a batch in which one was refused. */
export async function sendFlows(context: VerbContext, client: OpenFlowClient, mods: readonly FlowMod[]): Promise<void> {
  if (client.version === 1) checkOpenFlow10(mods);
  if (client.version === 1 && mods.some(({ table }) => table !== 255)) {
    client.send('flow_mod_table_id', { set: true });
    client.codec.tableId = true;
  }
  for (let at = 0; at < mods.length; at += BATCH) {
    for (const mod of mods.slice(at, at + BATCH)) client.send('flow_mod', forVersion(mod, client.version));
    const errors = await client.barrier();
    if (errors.length > 0) return refuse(context, errors[0]!);
  }
}

/** What OpenFlow 1.0 has no words for is refused before anything is sent. */
function checkOpenFlow10(mods: readonly FlowMod[]): void {
  const allowed = protocolsOf(1 << OF10);
  const usable = mods.reduce((set, mod) => set & usableProtocols(mod), ANY_PROTOCOL);
  if ((usable & allowed) !== 0) return;
  const { version } = chosenProtocol(usable) ?? { version: null };
  const advice = version === null ? '' : `\nTry -O OpenFlow${versionName(version).replace('.', '')}.`;
  throw new UserError(
    `none of the usable flow formats (${protocolsText(usable)}) is among the allowed flow formats (${protocolsText(allowed)})${advice}`,
  );
}

async function refuse(context: VerbContext, error: MessageOf<'error'>): Promise<never> {
  await printError(context.format(error, undefined, 2));
  throw new Refused();
}

export async function sendBundle(
  context: VerbContext,
  client: OpenFlowClient,
  mods: readonly FlowMod[],
): Promise<void> {
  const bundle = { bundleId: 0, flags: ATOMIC_ORDERED };
  const sent = new Map<number, Message>();
  const errors: MessageOf<'error'>[] = [];
  client.send('bundle_control', { ...bundle, type: 'open_request' });
  for (const [i, mod] of mods.entries()) {
    const message: Message = {
      name: 'flow_mod',
      version: client.version,
      xid: client.nextXid,
      body: forVersion(mod, client.version),
    };
    sent.set(client.send('bundle_add', { ...bundle, message }), message);
    if (i % BATCH === 0) await client.ready();
  }
  errors.push(...(await client.barrier()));
  if (errors.length === 0) {
    const commit = { ...bundle, type: 'commit_request' } as const;
    const xid = client.send('bundle_control', commit);
    sent.set(xid, { name: 'bundle_control', version: client.version, xid, body: commit });
    errors.push(...(await client.barrier()));
  }
  if (errors.length === 0) return;
  for (const error of errors) await printError(describeError(context, error, sent.get(error.xid)));
  throw client.talkError('Protocol error');
}

/** `Error NAME for: the message that was refused`. */
function describeError(context: VerbContext, error: MessageOf<'error'>, sent: Message | undefined): string {
  return sent === undefined
    ? context.format(error)
    : `Error ${errorName(error.body.error)} for: ${context.format(sent)}`;
}

const oneFlow =
  (command: FlowCommand): VerbRun =>
  (context, [bridge, flow]) => {
    const strict = context.args.strict;
    const wanted = strict && command !== 'add' ? (`${command}_strict` as FlowCommand) : command;
    return change(context, bridge!, (names) => [
      parseFlow(flow ?? '', { names, command: wanted, onNote: context.onNote }),
    ]);
  };

const addFlows: VerbRun = (context, [bridge, file]) => {
  const text = readText(file!);
  return change(context, bridge!, (names) => readFile(context, text, file!, 'add', names));
};

/** `mod-flows` and `del-flows` take a file as well: `mod-flows br0 - < FILE`. */
const flowOrStdin = (command: FlowCommand): VerbRun => {
  const one = oneFlow(command);
  return (context, words) => {
    const [bridge, flow] = words;
    if (flow !== '-') return one(context, words);
    const text = readText('-');
    const wanted = context.args.strict ? (`${command}_strict` as FlowCommand) : command;
    return change(context, bridge!, (names) => readFile(context, text, '-', wanted, names));
  };
};

function readFile(context: VerbContext, text: string, file: string, command: FlowCommand, names: Names): FlowMod[] {
  return parseFlowFile(text, file, { names, command, anyCommand: command === 'add', onNote: context.onNote });
}

/** By verb (verbs.ts). */
export const RUNS = {
  'add-flow': flowOrStdin('add'),
  'add-flows': addFlows,
  'mod-flows': flowOrStdin('modify'),
  'del-flows': flowOrStdin('delete'),
} as const satisfies Record<string, VerbRun>;
