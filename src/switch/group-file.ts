/** Loading a file of groups into a bridge: all of it or nothing, with the place of what is wrong. */

import type { Bridge } from '../bridge/bridge.js';
import { FlowTransaction } from '../ofproto/flow-mod.js';
import type { GroupMod } from '../openflow/group-types.js';
import { belowTextError, TextError } from '../text/error.js';
import { flowLines } from '../text/flow.js';
import { parseGroup } from '../text/group.js';
import type { NameMap } from '../text/names.js';
import { ConfigError } from './config.js';
import { portNames } from './port-names.js';

export function loadGroupFile(bridge: Bridge, text: string, file: string, now: number): void {
  const ports = portNames(bridge);
  const transaction = new FlowTransaction(bridge.ofproto, now);
  for (const { line, number } of flowLines(text)) {
    const refused = transaction.stageGroup(parseLine(line, `${file}:${number}`, ports));
    if (refused === null) continue;
    transaction.rollback();
    throw new ConfigError(`${file}:${number}: the switch refuses this group: ${refused}`);
  }
  transaction.commit();
}

function parseLine(line: string, place: string, ports: NameMap): GroupMod {
  try {
    return parseGroup(line, 'add', { ports });
  } catch (error) {
    throw error instanceof TextError ? new ConfigError(`${place}: ${error.message}${belowTextError(error)}`) : error;
  }
}
