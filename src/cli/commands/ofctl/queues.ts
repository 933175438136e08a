/** Verbs that ask about the queues of ports. */
import { OFPP } from '../../../openflow/action-types.js';
import { ALL_QUEUES } from '../../../openflow/body/queue.js';
import { OF10 } from '../../../openflow/version.js';
import type { Names } from '../../../text/names.js';
import { cNumber } from '../../../text/names.js';
import { UserError } from '../../user-error.js';
import type { OpenFlowClient } from './client.js';
import { connected, portNamed, printAll, shownNames } from './inspect.js';
import type { VerbContext, VerbRun } from './verb.js';

interface Asked {
  readonly port: number;
  readonly queue: number;
}

const isAll = (text: string | undefined): boolean => text === undefined || text === '' || /^all$/i.test(text);

async function asked(client: OpenFlowClient, bridge: string, port?: string, queue?: string): Promise<Asked> {
  return { port: isAll(port) ? OFPP.NONE : await portNamed(client, bridge, port), queue: queueNumbered(queue) };
}

function queueNumbered(text: string | undefined): number {
  if (isAll(text)) return ALL_QUEUES;
  const number = cNumber(text!);
  if (number === null || number >= ALL_QUEUES) throw new UserError(`${text}: a queue is a number, or ALL`);
  return number;
}

const queueStats: VerbRun = (context, [bridge, port, queue]) =>
  connected(context.connect(bridge!), async (client) => {
    const body = await asked(client, bridge!, port, queue);
    return printAll(context, client.requestAll('queue_stats_request', body), await shownNames(context, client));
  });

/** OpenFlow 1.0 asks for one port at a time. */
const queueGetConfig: VerbRun = (context, [bridge, port, queue]) =>
  connected(context.connect(bridge!), async (client) => {
    const body = await asked(client, bridge!, port, queue);
    const names = await shownNames(context, client);
    if (client.version === OF10 && body.port === OFPP.NONE) return eachPort(context, client, body, names);
    return printAll(context, client.requestAll('queue_desc_request', body), names);
  });

async function eachPort(context: VerbContext, client: OpenFlowClient, body: Asked, names: Names): Promise<undefined> {
  const { body: features } = await client.request('features_request', null);
  for (const { port } of features.ports)
    if (port < OFPP.MAX) await printAll(context, client.requestAll('queue_desc_request', { ...body, port }), names);
  return undefined;
}

/** By verb (verbs.ts). */
export const RUNS = {
  'queue-stats': queueStats,
  'queue-get-config': queueGetConfig,
} as const satisfies Record<string, VerbRun>;
