/** `in_port=1 packet=005054... actions=2`: what `ovs-ofctl packet-out` is given. */

import { Match } from '../match/match.js';
import { OFPP } from '../openflow/action-types.js';
import type { PacketOut } from '../openflow/message-types.js';
import { NO_BUFFER } from '../openflow/new-flow-mod.js';
import { parseActions } from './action-parse.js';
import { parseHexBytes } from './action-table.js';
import { TextError, within } from './error.js';
import { parseMatchPair } from './match.js';
import { type Names, parsePort } from './names.js';
import { PairScanner } from './scanner.js';

const SHORTEST_FRAME = 14;

export function parsePacketOut(text: string, names?: Names): PacketOut {
  const found = /(?:^|[\s,])actions?\s*=\s*/.exec(text);
  const out: PacketOut = { inPort: OFPP.NONE, bufferId: NO_BUFFER, packet: new Uint8Array(0), actions: [] };
  const metadata = new Match();
  const head = found?.index ?? text.length;
  const scanner = new PairScanner(text, 0, head);
  for (let pair = scanner.next(); pair !== null; pair = scanner.next()) {
    const { key, value, at, valueAt } = pair;
    if (value === null) throw new TextError(`field ${key} missing value`, text, at);
    if (key === 'in_port') out.inPort = within(text, valueAt, () => inPort(value, names));
    else if (key === 'packet') out.packet = within(text, valueAt, () => parsePacket(value));
    else if (!parseMatchPair(metadata, pair, text, names)) throw new TextError(`unknown keyword ${key}`, text, at);
  }
  if (found === null) throw new TextError('must specify an action', text, text.length);
  if (out.inPort === OFPP.NONE && !/in_port/.test(text.slice(0, head)))
    throw new TextError('in_port must be specified', text);
  if (out.packet.length === 0) throw new TextError('packet: packet must be specified', text);
  if (!metadata.isCatchAll) out.metadata = metadata;
  const at = found.index + found[0].length;
  out.actions = within(text, at, () => parseActions(text.slice(at), names));
  return out;
}

function inPort(text: string, names?: Names): number {
  const port = parsePort(text, names);
  if (port === null) throw new TextError(`${text}: invalid or unknown port for in_port`, text);
  return port;
}

/** A frame in hexadecimal. */
export function parsePacket(text: string): Uint8Array {
  const bytes = parseHexBytes(text.replaceAll(/\s/g, ''));
  if (bytes === null) throw new TextError('packet: Trailing garbage in packet data', text);
  if (bytes.length < SHORTEST_FRAME) throw new TextError('packet: Packet data too short for Ethernet', text);
  return bytes;
}
