/** Packet to the controller beyond OFPP_CONTROLLER: NXAST_CONTROLLER, and NXAST_CONTROLLER2, made of properties. */
import { type ActionOf, WHOLE_PACKET } from '../action-types.js';
import { PACKET_IN } from '../packet-in-reasons.js';
import { readProperties, writeProperty } from '../properties.js';
import type { Writer } from '../writer.js';
import { doc, nx, type PlainBody, type Rows, send } from './row.js';

const PROPERTY = { maxLen: 0, controllerId: 1, reason: 2, userdata: 3, pause: 4, meter: 5 } as const;

type Controller = ActionOf<'controller'>;

const FIXED: PlainBody<Controller> = {
  read: (r) => {
    const action: Controller = { type: 'controller', maxLen: r.u16(), controllerId: r.u16(), reason: r.u8() };
    r.skip(1);
    return action;
  },
  write: (w, action) => {
    w.u16(action.maxLen);
    w.u16(action.controllerId);
    w.u8(action.reason);
  },
};

const PROPERTIES: PlainBody<Controller> = {
  read: (r) => {
    r.zeros(6, 'NXBRC_MUST_BE_ZERO');
    const action: Controller = { type: 'controller', maxLen: WHOLE_PACKET, controllerId: 0, reason: PACKET_IN.action };
    readProperties(r, 'OFPBPC_BAD_TYPE', {
      [PROPERTY.maxLen]: (p) => (action.maxLen = p.u16()),
      [PROPERTY.controllerId]: (p) => (action.controllerId = p.u16()),
      [PROPERTY.reason]: (p) => (action.reason = p.u8()),
      [PROPERTY.userdata]: (p) => (action.userdata = p.rest()),
      [PROPERTY.pause]: () => (action.pause = true),
      [PROPERTY.meter]: (p) => (action.meterId = p.u32()),
    });
    return action;
  },
  write: writeAll,
};

/** The length of 16-bit properties counts two bytes of padding. */
function putU16(w: Writer, value: number): void {
  w.u16(value);
  w.zeros(2);
}

function writeAll(w: Writer, action: Controller): void {
  const { maxLen, controllerId, reason, userdata, pause, meterId } = action;
  w.zeros(6);
  if (maxLen !== WHOLE_PACKET) writeProperty(w, PROPERTY.maxLen, () => putU16(w, maxLen));
  if (controllerId !== 0) writeProperty(w, PROPERTY.controllerId, () => putU16(w, controllerId));
  if (reason !== PACKET_IN.action) writeProperty(w, PROPERTY.reason, () => w.u8(reason));
  if (userdata?.length) writeProperty(w, PROPERTY.userdata, () => w.bytes(userdata));
  if (pause) writeProperty(w, PROPERTY.pause, () => {});
  if (meterId !== undefined) writeProperty(w, PROPERTY.meter, () => w.u32(meterId));
}

const CONTROLLER = nx(20, 16, FIXED);
const CONTROLLER2 = nx(37, -16, PROPERTIES);

const needsProperties = ({ userdata, pause, meterId }: Controller): boolean =>
  Boolean(userdata?.length || pause || meterId !== undefined);

export const CONTROLLER_ROWS: Rows<'controller'> = {
  controller: {
    encodings: [CONTROLLER, CONTROLLER2],
    encode: (w, action, context) => send(w, needsProperties(action) ? CONTROLLER2 : CONTROLLER, action, context),
    place: null,
    docs: [
      doc(
        'controller(max_len=N,reason=R,id=ID,userdata=HEX,pause,meter_id=N)',
        'controller(id=5)',
        'sends the packet to the controllers; a plain `controller` is an output',
      ),
    ],
  },
};
