/** `replace-flows` and `diff-flows`: a file of flows against what a switch has. */

import { existsSync } from 'node:fs';
import type { FlowMod, FlowStats } from '../../../openflow/message-types.js';
import { NO_FLAGS } from '../../../openflow/new-flow-mod.js';
import { formatInstructions } from '../../../text/action-print.js';
import { formatFlow, parseFlow, parseFlowFile } from '../../../text/flow.js';
import type { Names } from '../../../text/names.js';
import { print, setClosedReaderExitCode } from '../../output.js';
import { sendBundle, sendFlows } from './change-flows.js';
import type { OpenFlowClient } from './client.js';
import { variantOf } from './dump-flows.js';
import { connected } from './inspect.js';
import { asUserError, portNames, readText, type VerbContext, type VerbRun } from './verb.js';

/** A flow by what makes it the same flow: table, priority and match. */
type FlowSet = Map<string, FlowMod>;

const identity = ({ table, priority, match }: Pick<FlowMod, 'table' | 'priority' | 'match'>): string =>
  `${table === 255 ? 0 : table}/${priority}/${JSON.stringify(match)}`;

const sameRest = (a: FlowMod, b: FlowMod): boolean =>
  a.cookie === b.cookie &&
  a.idleTimeout === b.idleTimeout &&
  a.hardTimeout === b.hardTimeout &&
  a.importance === b.importance &&
  a.flags.sendFlowRem === b.flags.sendFlowRem &&
  formatInstructions(a.instructions) === formatInstructions(b.instructions);

async function flowsOfSwitch(client: OpenFlowClient): Promise<FlowSet> {
  const flows: FlowSet = new Map();
  const all = parseFlow('', { command: 'delete' });
  const { table, match, outPort, outGroup, cookie, cookieMask } = all;
  const request = { table, match, outPort, outGroup, cookie, cookieMask };
  for await (const part of client.requestAll('flow_stats_request', request, variantOf(client)))
    for (const flow of part.body.flows) flows.set(identity(flow), { ...all, ...addOf(flow) });
  return flows;
}

/** The flow-mod that would add what the switch has. */
function addOf(flow: FlowStats): Partial<FlowMod> {
  const { table, match, priority, cookie, idleTimeout, hardTimeout, importance, flags, instructions } = flow;
  return { command: 'add', table, match, priority, cookie, idleTimeout, hardTimeout, importance, flags, instructions };
}

function flowsOfFile(context: VerbContext, file: string, names: Names): FlowSet {
  try {
    const mods = parseFlowFile(readText(file), file, { names, onNote: context.onNote });
    return new Map(mods.map((mod) => [identity(mod), { ...mod, table: mod.table === 255 ? 0 : mod.table }]));
  } catch (error) {
    throw asUserError(error);
  }
}

const replaceFlows: VerbRun = async (context, [bridge, file]) => {
  const { bundle, readd } = context.args;
  await connected(bundle ? context.connectForBundle(bridge!) : context.connect(bridge!), async (client) => {
    const wanted = flowsOfFile(context, file!, { ports: await portNames(client) });
    const present = await flowsOfSwitch(client);
    const steps: FlowMod[] = [];
    for (const [key, flow] of present)
      if (!wanted.has(key))
        steps.push({ ...flow, command: 'delete_strict', cookie: 0n, instructions: [], flags: NO_FLAGS });
    for (const [key, flow] of wanted) {
      const old = present.get(key);
      if (old === undefined || readd || !sameRest(old, flow)) steps.push(flow);
    }
    await (bundle ? sendBundle(context, client, steps) : sendFlows(context, client, steps));
  });
  return undefined;
};

/** A file if there is one of that name, else a switch. */
async function flowsOf(context: VerbContext, source: string): Promise<FlowSet> {
  if (source === '-' || (/[/.]/.test(source) && !/^\w+:/.test(source) && existsSync(source)))
    return flowsOfFile(context, source, {});
  return connected(context.connect(source), flowsOfSwitch);
}

/** Exit code if there are differences, as diff's 1. */
const DIFFERENT = 2;

const diffFlows: VerbRun = async (context, [first, second]) => {
  const [a, b] = [await flowsOf(context, first!), await flowsOf(context, second!)];
  const names: Names = { version: context.preferredVersion, colors: context.colors };
  let code: number | undefined;
  for (const key of new Set([...a.keys(), ...b.keys()])) {
    const [x, y] = [a.get(key), b.get(key)];
    if (x !== undefined && y !== undefined && sameRest(x, y)) continue;
    code = DIFFERENT;
    setClosedReaderExitCode(DIFFERENT);
    if (x !== undefined) await print(`-${formatFlow(x, names)}\n`);
    if (y !== undefined) await print(`+${formatFlow(y, names)}\n`);
  }
  return code;
};

/** By verb (verbs.ts). */
export const RUNS = {
  'replace-flows': replaceFlows,
  'diff-flows': diffFlows,
} as const satisfies Record<string, VerbRun>;
