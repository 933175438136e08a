/** Verbs that ask the switch and print the answer. */
import { OFPP } from '../../../openflow/action-types.js';
import type { FlowStatsRequest, Message, MessageOf } from '../../../openflow/message-types.js';
import { OF13, OF14 } from '../../../openflow/version.js';
import { parseFlowStatsRequest } from '../../../text/flow.js';
import { FRAGMENT_MODES } from '../../../text/message.js';
import { type Names, parsePort } from '../../../text/names.js';
import { print } from '../../output.js';
import { UserError } from '../../user-error.js';
import { type OpenFlowClient, RefusedError } from './client.js';
import { asUserError, portNames, type VerbContext, type VerbRun } from './verb.js';

/** Prints the parts of an answer. An error is an answer, too: as in ovs-ofctl it is printed as one. */
export async function printAll(context: VerbContext, parts: AsyncIterable<Message>, names?: Names): Promise<undefined> {
  try {
    for await (const part of parts) await context.print(part, names);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    await context.print(error.reply, names, 2);
  }
}

/** Runs `body` on a connection and closes it. */
export async function connected<T>(
  connecting: Promise<OpenFlowClient>,
  body: (client: OpenFlowClient) => Promise<T>,
): Promise<T> {
  const client = await connecting;
  try {
    return await body(client);
  } finally {
    client.close();
  }
}

const show: VerbRun = (context, [bridge]) =>
  connected(context.connect(bridge!), async (client) => {
    await context.print(await client.request('features_request', null));
    if (client.version >= OF13) await printAll(context, client.requestAll('port_desc_request', { port: OFPP.NONE }));
    await context.print(await client.request('get_config_request', null));
    return undefined;
  });

const dumpDesc: VerbRun = (context, [bridge]) =>
  connected(context.connect(bridge!), async (client) => {
    await context.print(await client.request('desc_request', null));
    return undefined;
  });

const dumpTables: VerbRun = (context, [bridge]) =>
  connected(context.connect(bridge!), async (client) => {
    const tables: MessageOf<'table_stats_reply'>['body']['tables'] = [];
    let first: MessageOf<'table_stats_reply'> | null = null;
    for await (const part of client.requestAll('table_stats_request', null)) {
      first ??= part;
      tables.push(...part.body.tables);
    }
    if (first !== null) await context.print({ ...first, body: { tables, more: false } });
    return undefined;
  });

export async function portNamed(client: OpenFlowClient, bridge: string, text: string | undefined): Promise<number> {
  if (text === undefined) return OFPP.NONE;
  const port = parsePort(text, { ports: await portNames(client) });
  if (port === null) throw new UserError(`${bridge}: couldn't find port \`${text}'`);
  return port;
}

export async function shownNames(context: VerbContext, client: OpenFlowClient): Promise<Names> {
  return context.showNames ? { ports: await portNames(client) } : {};
}

const dumpPorts: VerbRun = (context, [bridge, text]) =>
  connected(context.connect(bridge!), async (client) => {
    const port = await portNamed(client, bridge!, text);
    const names = await shownNames(context, client);
    return printAll(context, client.requestAll('port_stats_request', { port }), names);
  });

const dumpPortsDesc: VerbRun = (context, [bridge, text]) =>
  connected(context.connect(bridge!), async (client) => {
    const port = await portNamed(client, bridge!, text);
    return printAll(context, client.requestAll('port_desc_request', { port }));
  });

const dumpTableDesc: VerbRun = (context, [bridge]) =>
  connected(context.connect(bridge!), async (client) => {
    if (client.version < OF14) throw new UserError("dump-table-desc needs OpenFlow 1.4 or later ('-O OpenFlow14')");
    return printAll(context, client.requestAll('table_desc_request', null));
  });

/** Which flows a word such as `table=0,tcp` selects; all if there is none. */
export async function selection(
  context: VerbContext,
  client: OpenFlowClient,
  text: string | undefined,
): Promise<FlowStatsRequest> {
  try {
    const names = text === undefined ? {} : { ports: await portNames(client) };
    return parseFlowStatsRequest(text ?? '', { names, onNote: context.onNote });
  } catch (error) {
    throw asUserError(error);
  }
}

const dumpAggregate: VerbRun = (context, [bridge, text]) =>
  connected(context.connect(bridge!), async (client) => {
    const variant = client.version === 1 ? 'nx' : undefined;
    await context.print(await client.request('aggregate_request', await selection(context, client, text), variant));
    return undefined;
  });

const getFrags: VerbRun = (context, [bridge]) =>
  connected(context.connect(bridge!), async (client) => {
    const { body } = await client.request('get_config_request', null);
    await print(`${FRAGMENT_MODES[body.fragments] ?? body.fragments}\n`);
    return undefined;
  });

const setFrags: VerbRun = (context, [bridge, mode]) => {
  const fragments = (FRAGMENT_MODES as readonly string[]).indexOf(mode!);
  if (fragments < 0) throw new UserError(`${mode}: unknown fragment handling mode`);
  return connected(context.connect(bridge!), async (client) => {
    const { body } = await client.request('get_config_request', null);
    client.send('set_config', { ...body, fragments });
    await client.barrier();
    const now = await client.request('get_config_request', null);
    if (now.body.fragments !== fragments)
      throw new UserError(
        `${bridge}: setting fragment handling mode failed (this switch probably doesn't support mode "${mode}")`,
      );
    return undefined;
  });
};

/** By verb (verbs.ts). */
export const RUNS = {
  show: show,
  'dump-desc': dumpDesc,
  'dump-tables': dumpTables,
  'dump-table-desc': dumpTableDesc,
  'dump-ports': dumpPorts,
  'dump-ports-desc': dumpPortsDesc,
  'dump-aggregate': dumpAggregate,
  'get-frags': getFrags,
  'set-frags': setFrags,
} as const satisfies Record<string, VerbRun>;
