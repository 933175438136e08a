/** `dump-flows`: the flows as they come, or sorted by fields of their matches. */

import { type FieldName, fieldByName } from '../../../match/fields.js';
import type { FlowStats } from '../../../openflow/message-types.js';
import { OF15 } from '../../../openflow/version.js';
import { formatFlowStats } from '../../../text/flow.js';
import { print } from '../../output.js';
import { UserError } from '../../user-error.js';
import type { OpenFlowClient } from './client.js';
import { connected, selection } from './inspect.js';
import { portNames, type VerbContext, type VerbRun } from './verb.js';

interface Criterion {
  /** Null: by priority. */
  field: FieldName | null;
  isDescending: boolean;
}

const dumpFlows: VerbRun = (context, [bridge, text]) =>
  connected(context.connect(bridge!), async (client) => {
    const criteria = [...criteriaOf(context.args.sort, false), ...criteriaOf(context.args.rsort, true)];
    const request = await selection(context, client, text);
    const isPlain = criteria.length === 0 && !context.showNames && context.args.stats;
    if (!isPlain) return dumpSorted(context, client, request, criteria);
    for await (const part of client.requestAll('flow_stats_request', request, variantOf(client)))
      await context.print(part);
    return undefined;
  });

export const variantOf = (client: OpenFlowClient): 'nx' | undefined => (client.version === 1 ? 'nx' : undefined);

async function dumpSorted(
  context: VerbContext,
  client: OpenFlowClient,
  request: Awaited<ReturnType<typeof selection>>,
  criteria: readonly Criterion[],
): Promise<undefined> {
  const ports = context.showNames ? await portNames(client) : undefined;
  const names = { ports, version: client.version, colors: context.colors };
  const flows: FlowStats[] = [];
  for await (const part of client.requestAll('flow_stats_request', request, variantOf(client)))
    flows.push(...part.body.flows);
  // Before OpenFlow 1.5 ages come by an extension that is only asked for where flows are printed as they come.
  if (client.version < OF15) for (const flow of flows) flow.idleAge = flow.hardAge = -1;
  if (criteria.length > 0) flows.sort((a, b) => compareFlows(a, b, criteria));
  for (const flow of flows) await print(`${formatFlowStats(flow, { names, showStats: context.args.stats })}\n`);
}

/** `--sort` alone sorts by priority; names are separated by commas. */
function criteriaOf(text: string | undefined, isDescending: boolean): Criterion[] {
  if (text === undefined) return [];
  const words = text === '' ? ['priority'] : text.split(',');
  return words.map((word) => {
    const field = word === 'priority' ? null : fieldByName(word);
    if (field === null && word !== 'priority') throw new UserError(`${word}: unknown field name`);
    return { field, isDescending };
  });
}

function compareFlows(a: FlowStats, b: FlowStats, criteria: readonly Criterion[]): number {
  for (const { field, isDescending } of criteria) {
    const order = field === null ? a.priority - b.priority : compareField(a, b, field);
    if (order !== 0) return isDescending ? -order : order;
  }
  return 0;
}

/** Flows that do not match on the field come first. */
function compareField(a: FlowStats, b: FlowStats, field: FieldName): number {
  const [x, y] = [a.match.get(field), b.match.get(field)];
  if (x.mask === 0n || y.mask === 0n) return Number(x.mask !== 0n) - Number(y.mask !== 0n);
  return x.value < y.value ? -1 : Number(x.value > y.value);
}

/** By verb (verbs.ts). */
export const RUNS = {
  'dump-flows': dumpFlows,
} as const satisfies Record<string, VerbRun>;
