/** What a step does, in words. */
import type { Step } from './diff.js';

type StepTexts = { [Op in Step['op']]: (step: Extract<Step, { op: Op }>) => string };

const TEXTS: StepTexts = {
  'set-conntrack': () => 'set the connection tracker',
  unlisten: ({ bridge, target }) => `stop listening on ${target} for bridge ${bridge}`,
  disconnect: ({ bridge, target }) => `disconnect bridge ${bridge} from controller ${target}`,
  'remove-port': ({ bridge, port }) => `remove port ${port} from bridge ${bridge}`,
  'remove-bridge': ({ bridge }) => `remove bridge ${bridge}`,
  'add-bridge': ({ bridge }) => `add bridge ${bridge.name}`,
  'set-datapath-id': ({ bridge, datapathId }) =>
    `set the datapath id of bridge ${bridge} ${datapathId === undefined ? 'by its address' : `to ${idText(datapathId)}`}`,
  'set-fail-mode': ({ bridge, failMode }) => `set the fail mode of bridge ${bridge} to ${failMode}`,
  'add-port': ({ bridge, port }) => `add port ${port.name} to bridge ${bridge}`,
  'forget-file': ({ bridge, file }) => `leave what came from ${file} in bridge ${bridge}, though it is named no more`,
  'load-groups': ({ bridge, file }) => `load groups of ${file} into bridge ${bridge}`,
  'load-flows': ({ bridge, file }) => `load flows of ${file} into bridge ${bridge}`,
  listen: ({ bridge, target }) => `listen on ${target} for bridge ${bridge}`,
  connect: ({ bridge, target }) => `connect bridge ${bridge} to controller ${target}`,
};

export const stepText = (step: Step): string => (TEXTS[step.op] as (step: Step) => string)(step);

/** The bridge that a step is about; null if it is about none. */
export function bridgeOf(step: Step): string | null {
  if (step.op === 'set-conntrack') return null;
  return step.op === 'add-bridge' ? step.bridge.name : step.bridge;
}

/** 16 hexadecimal digits. */
export const idText = (id: bigint): string => id.toString(16).padStart(16, '0');
