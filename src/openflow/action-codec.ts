/** Lists of actions: headers, lengths, which action may stand where; what is in them is the table's business (actions/table.ts). */
import type { Match } from '../match/match.js';
import type { Action } from './action-types.js';
import type { Encoding } from './actions/row.js';
import { encodeAction, encodingOf } from './actions/table.js';
import {
  checkPlace,
  type DecodeContext,
  type EncodeContext,
  encodeContext,
  NX_VENDOR,
  ONF_VENDOR,
} from './actions/wire.js';
import { OpenFlowError } from './errors.js';
import type { OfVersion } from './message-types.js';
import { Reader } from './reader.js';
import { Writer } from './writer.js';

const EXPERIMENTER = 0xffff;
const SMALLEST = 8;

export function readActions(r: Reader, context: DecodeContext): Action[] {
  const actions: Action[] = [];
  while (r.remaining > 0) {
    actions.push(readAction(r, context));
  }
  for (const action of actions) checkPlace(action, context.outer);
  return actions;
}

/** Where it stands is not looked at: that comes when all of a list has been read. */
export function readAction(r: Reader, context: DecodeContext): Action {
  const start = r.pos;
  const encoding = readEncoding(r, context.version);
  const size = r.view.getUint16(start + 2);
  const isRight = encoding.isOpen ? size >= encoding.size && size % 8 === 0 : size === encoding.size;
  if (!isRight) throw new OpenFlowError('OFPBAC_BAD_LEN');
  const body = r.sub(size - (r.pos - start), 'OFPBAC_BAD_LEN');
  return encoding.read(body, context, readActions);
}

/** Takes the header off. What the action is comes before whether its length is right. */
function readEncoding(r: Reader, version: OfVersion): Encoding<Action> {
  if (r.remaining < SMALLEST) throw new OpenFlowError('OFPBAC_BAD_LEN');
  const type = r.u16();
  r.skip(2);
  if (type !== EXPERIMENTER) {
    const encoding = encodingOf(version, 0, type);
    if (!encoding) throw new OpenFlowError('OFPBAC_BAD_TYPE', `action ${type}`);
    return encoding;
  }
  const vendor = r.u32();
  if (vendor !== NX_VENDOR && vendor !== ONF_VENDOR) throw new OpenFlowError('OFPBAC_BAD_VENDOR');
  if (r.remaining < 2) throw new OpenFlowError('OFPBAC_BAD_LEN');
  const encoding = encodingOf(version, vendor, r.u16());
  if (!encoding) throw new OpenFlowError('OFPBAC_BAD_VENDOR_TYPE');
  return encoding;
}

export function writeActions(w: Writer, actions: readonly Action[], context: EncodeContext): void {
  for (const action of actions) encodeAction(w, action, context, writeActions);
}

/** A list of actions in the encoding of `version` as objects. Throws an OpenFlowError (OFPBAC_...) for bytes that are none. */
export function decodeActions(bytes: Uint8Array, version: OfVersion): Action[] {
  return readActions(new Reader(bytes, 'OFPBAC_BAD_LEN'), { version, outer: null });
}

/** `match` is that of the flow, where there is one: some actions are written by what it says about the packet. */
export function encodeActions(actions: readonly Action[], version: OfVersion, match?: Match): Uint8Array {
  const w = new Writer();
  writeActions(w, actions, encodeContext(version, match));
  return w.done();
}
