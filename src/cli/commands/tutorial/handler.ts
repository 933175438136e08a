/** What `ctswitch tutorial` does. */
import { readFileSync } from 'node:fs';
import { SwitchError } from '../../../../datapath/base/error.js';
import { isNamespace, whyNoNamespaces } from '../../../lab/runner.js';
import { conntrackTutorial } from '../../../lab/topology.js';
import { packageFile } from '../../../switch/version.js';
import { flowLines } from '../../../text/flow.js';
import { print } from '../../output.js';
import { UserError } from '../../user-error.js';
import type { TutorialArgs } from './index.js';
import type { Stage } from './stage.js';

const FLOW_FILE = packageFile('flows/conntrack-tutorial.flows');

const TRY_IT = `
Try it yourself, as root, in three steps (the real ovs-ofctl and ovs-appctl work as well: OVS_RUNDIR=/run/ctswitch):

  export OVS_RUNDIR=/run/ctswitch
  scripts/ctswitch lab up                                   # hosts left and right
  scripts/ctswitch run --detach --bridge br0=veth_l0,veth_r0 --flows br0=flows/conntrack-tutorial.flows
  scripts/ctswitch lab send left S 100                      # a SYN from left ...
  scripts/ctswitch appctl dpctl/dump-conntrack              # ... and its connection
  scripts/ctswitch ofctl dump-flows br0                     # which flows have counted it
  scripts/ctswitch appctl exit && scripts/ctswitch lab down # all gone
`;

export async function run(args: TutorialArgs): Promise<number> {
  const { stage, note } = await openStage(args['in-process']);
  try {
    await print(`A switch with connection tracking between two hosts: ${stage.description}.${note}\n\n`);
    await print(`The bridge ${stage.bridge.name} has these flows:\n${flowList()}\n`);
    const { walk } = await import('./walk.js');
    const asExpected = await walk(stage, FLOW_FILE, print);
    if (asExpected) await print(TRY_IT);
    return asExpected ? 0 : 2;
  } finally {
    await stage.close();
  }
}

async function openStage(inProcess: boolean): Promise<{ stage: Stage; note: string }> {
  const { processStage, realStage } = await import('./stage.js');
  const obstacle = inProcess ? null : whyNoNamespaces();
  if (inProcess || obstacle !== null) {
    const note = obstacle === null ? '' : `\n(On real interfaces it needs root on Linux; here: ${obstacle}.)`;
    return { stage: processStage(FLOW_FILE), note };
  }
  const taken = conntrackTutorial.hosts.find(({ name }) => isNamespace(name));
  if (taken !== undefined)
    throw new UserError(
      `there is a network namespace ${taken.name} already: take down the lab that it belongs to (ctswitch lab down), ` +
        'or watch without namespaces: ctswitch tutorial --in-process',
    );
  try {
    return { stage: await realStage(FLOW_FILE), note: '' };
  } catch (error) {
    throw error instanceof SwitchError ? new UserError(error.message) : error;
  }
}

function flowList(): string {
  const lines = [...flowLines(readFileSync(FLOW_FILE, 'utf8'))].map(({ line }) => line.trim());
  return lines.map((line, i) => `  ${i + 1}: ${line}\n`).join('');
}
