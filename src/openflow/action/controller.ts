/** Packet to the controller beyond OFPP_CONTROLLER: NXAST_CONTROLLER, and NXAST_CONTROLLER2, made of properties. */
import type { Action, ActionOf } from '../action-types.js';
import { close, openNx } from '../action-wire.js';
import { readProperties, writeProperty } from '../properties.js';
import type { Reader } from '../reader.js';
import type { Writer } from '../writer.js';

const CONTROLLER = 20;
const CONTROLLER2 = 37;

const PROPERTY = { maxLen: 0, controllerId: 1, reason: 2, userdata: 3, pause: 4, meter: 5 } as const;

const WHOLE_PACKET = 0xffff;
const REASON_ACTION = 1;

type Controller = ActionOf<'controller'>;

export function decodeController(r: Reader): Action {
  const action: Controller = { type: 'controller', maxLen: r.u16(), controllerId: r.u16(), reason: r.u8() };
  r.skip(1);
  return action;
}

export function decodeController2(r: Reader): Action {
  r.zeros(6, 'NXBRC_MUST_BE_ZERO');
  const action: Controller = { type: 'controller', maxLen: WHOLE_PACKET, controllerId: 0, reason: REASON_ACTION };
  readProperties(r, 'OFPBPC_BAD_TYPE', {
    [PROPERTY.maxLen]: (p) => (action.maxLen = p.u16()),
    [PROPERTY.controllerId]: (p) => (action.controllerId = p.u16()),
    [PROPERTY.reason]: (p) => (action.reason = p.u8()),
    [PROPERTY.userdata]: (p) => (action.userdata = p.rest()),
    [PROPERTY.pause]: () => (action.pause = true),
    [PROPERTY.meter]: (p) => (action.meterId = p.u32()),
  });
  return action;
}

export function encodeController(w: Writer, action: Controller): void {
  if (action.userdata?.length || action.pause || action.meterId !== undefined) return encodeController2(w, action);
  const from = openNx(w, CONTROLLER);
  w.u16(action.maxLen);
  w.u16(action.controllerId);
  w.u8(action.reason);
  close(w, from);
}

/** The length of 16-bit properties counts two bytes of padding. */
function putU16(w: Writer, value: number): void {
  w.u16(value);
  w.zeros(2);
}

function encodeController2(w: Writer, action: Controller): void {
  const { maxLen, controllerId, reason, userdata, pause, meterId } = action;
  const from = openNx(w, CONTROLLER2);
  w.zeros(6);
  if (maxLen !== WHOLE_PACKET) writeProperty(w, PROPERTY.maxLen, () => putU16(w, maxLen));
  if (controllerId !== 0) writeProperty(w, PROPERTY.controllerId, () => putU16(w, controllerId));
  if (reason !== REASON_ACTION) writeProperty(w, PROPERTY.reason, () => w.u8(reason));
  if (userdata?.length) writeProperty(w, PROPERTY.userdata, () => w.bytes(userdata));
  if (pause) writeProperty(w, PROPERTY.pause, () => {});
  if (meterId !== undefined) writeProperty(w, PROPERTY.meter, () => w.u32(meterId));
  close(w, from);
}
