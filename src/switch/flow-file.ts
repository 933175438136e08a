/** Loading a file of flows into a bridge: all of it or nothing, with the place of what is wrong. */

import type { Bridge } from '../bridge/bridge.js';
import { applyFlowMods } from '../ofproto/flow-mod.js';
import { ANY_PROTOCOL, chosenProtocol, protocolsText, usableProtocols } from '../ofproto/usable-protocols.js';
import type { FlowMod, OfVersion } from '../openflow/message-types.js';
import { OF10 } from '../openflow/version.js';
import { belowTextError, FileTextError, TextError } from '../text/error.js';
import { flowLines, parseFlowLine } from '../text/flow.js';
import type { NameMap } from '../text/names.js';
import { ConfigError } from './config.js';
import { portNames } from './port-names.js';

/**
 * Flows are checked as ovs-ofctl's add-flows would send them, if it may speak any version: all with the first that can say all of
 * them. OpenFlow 1.0 leaves open what the later ones call inconsistent.
 */
export function loadFlowFile(bridge: Bridge, text: string, file: string, now: number): void {
  const ports = portNames(bridge);
  const mods: FlowMod[] = [];
  const lineNumbers: number[] = [];
  for (const { line, number } of flowLines(text)) {
    mods.push(parseLine(line, number, file, ports));
    lineNumbers.push(number);
  }
  const version = versionFor(mods, lineNumbers, file);
  const refused = applyFlowMods(bridge.ofproto, mods, version, now);
  if (refused === null) return;
  throw new ConfigError(`${file}:${lineNumbers[refused.index]}: the switch refuses this flow: ${refused.error}`);
}

function versionFor(mods: readonly FlowMod[], lineNumbers: readonly number[], file: string): OfVersion {
  let usable = ANY_PROTOCOL;
  for (const [i, mod] of mods.entries()) {
    const own = usableProtocols(mod);
    if ((usable & own) === 0)
      throw new ConfigError(
        `${file}:${lineNumbers[i]}: this flow can be said with ${protocolsText(own)} only, those above with ${protocolsText(usable)}: no version can say all (usable with OpenFlow10 only: an action needs a header that the flow's match does not ask for)`,
      );
    usable &= own;
  }
  return chosenProtocol(usable)?.version ?? OF10;
}

function parseLine(line: string, number: number, file: string, ports: NameMap): FlowMod {
  try {
    return parseFlowLine(line, number, file, { names: { ports }, anyCommand: true });
  } catch (error) {
    if (error instanceof FileTextError)
      throw new ConfigError(`${file}:${number}:${error.column}: ${withoutPlace(error)}${belowTextError(error)}`);
    if (error instanceof TextError) throw new ConfigError(`${file}:${number}: ${error.message}`);
    throw error;
  }
}

/** The message without the `file:line: ` in front, which is said with the column here. */
const withoutPlace = (error: FileTextError): string => error.message.slice(`${error.file}:${error.line}: `.length);
