/** VLAN tags: pushed, popped, and set by the actions of OpenFlow 1.0 and 1.1. */

import { ETH_TYPE_VLAN, ETH_TYPE_VLAN_8021AD } from '../../../datapath/wire/numbers.js';
import { VID_MASK } from '../../../datapath/wire/vlan.js';
import { VLAN_PRESENT } from '../../match/key.js';
import type { ActionOf } from '../action-types.js';
import { OpenFlowError } from '../errors.js';
import { OF10, OF11, OF15 } from '../version.js';
import type { Writer } from '../writer.js';
import { doc, first, nothing, of, type PlainBody, REWRITE, type Rows, send, sendFirst } from './row.js';
import { orField } from './set-field-wire.js';
import { type EncodeContext, within } from './wire.js';

type VlanVid = ActionOf<'set_vlan_vid'>;
type VlanPcp = ActionOf<'set_vlan_pcp'>;

/** OpenFlow 1.0's setters add a tag where none is. */
const vid = (pushIfMissing: boolean): PlainBody<VlanVid> => ({
  read: (r) => ({ type: 'set_vlan_vid', vid: within(r.u16(), VID_MASK, 'VLAN id'), pushIfMissing }),
  write: (w, action) => w.u16(action.vid),
});

const pcp = (pushIfMissing: boolean): PlainBody<VlanPcp> => ({
  read: (r) => ({ type: 'set_vlan_pcp', pcp: within(r.u8(), 7, 'VLAN priority'), pushIfMissing }),
  write: (w, action) => w.u8(action.pcp),
});

const PUSH: PlainBody<ActionOf<'push_vlan'>> = {
  read: (r) => {
    const ethertype = r.u16();
    if (ethertype !== ETH_TYPE_VLAN && ethertype !== ETH_TYPE_VLAN_8021AD)
      throw new OpenFlowError('OFPBAC_BAD_ARGUMENT', 'VLAN ethertype');
    return { type: 'push_vlan', ethertype };
  },
  write: (w, { ethertype }) => w.u16(ethertype),
};

const STRIP = nothing<ActionOf<'strip_vlan'>>({ type: 'strip_vlan' });

export const SET_VLAN_VID = [of(1, OF10, OF10, 8, vid(true)), of(1, OF11, OF15, 8, vid(false))];
export const SET_VLAN_PCP = [of(2, OF10, OF10, 8, pcp(true)), of(2, OF11, OF15, 8, pcp(false))];
export const STRIP_VLAN = [of(3, OF10, OF10, 8, STRIP), of(18, OF11, OF15, 8, STRIP)];
export const PUSH_VLAN = of(17, OF11, OF15, 8, PUSH);

/** Later versions must be told to add a tag where none is. */
function pushIfMissing(w: Writer, isWanted: boolean, context: EncodeContext): void {
  if (!isWanted) return;
  if (!context.hasVlan && context.version >= OF11)
    send(w, PUSH_VLAN, { type: 'push_vlan', ethertype: ETH_TYPE_VLAN }, context);
  context.hasVlan = true;
}

const putVid = orField(SET_VLAN_VID, 'vlan_vid', ({ vid }) => vid | VLAN_PRESENT);
const putPcp = orField(SET_VLAN_PCP, 'vlan_pcp', ({ pcp }) => pcp);

export const VLAN_ROWS: Rows<'set_vlan_vid' | 'set_vlan_pcp' | 'strip_vlan' | 'push_vlan'> = {
  set_vlan_vid: {
    encodings: SET_VLAN_VID,
    encode: (w, action, context) => {
      pushIfMissing(w, action.pushIfMissing, context);
      putVid(w, action, context);
    },
    place: REWRITE,
    docs: [
      doc('mod_vlan_vid:VID', 'mod_vlan_vid:1', 'sets the VLAN, with a new tag if there is none'),
      doc('set_vlan_vid:VID', 'set_vlan_vid:1', 'sets the VLAN of a tagged packet'),
    ],
  },
  set_vlan_pcp: {
    encodings: SET_VLAN_PCP,
    encode: (w, action, context) => {
      pushIfMissing(w, action.pushIfMissing, context);
      putPcp(w, action, context);
    },
    place: REWRITE,
    docs: [
      doc('mod_vlan_pcp:PCP', 'mod_vlan_pcp:1', 'sets the priority, with a new tag if there is none'),
      doc('set_vlan_pcp:PCP', 'set_vlan_pcp:1', 'sets the priority of a tagged packet'),
    ],
  },
  strip_vlan: {
    encodings: STRIP_VLAN,
    encode: (w, action, context) => {
      context.hasVlan = false;
      sendFirst(w, STRIP_VLAN, action, context);
    },
    place: first(0),
    docs: [doc('strip_vlan', 'strip_vlan', 'takes the outer tag off'), doc('pop_vlan', 'pop_vlan', 'the same')],
  },
  push_vlan: {
    encodings: [PUSH_VLAN],
    encode: (w, action, context) => {
      context.hasVlan = true;
      if (context.version !== OF10) send(w, PUSH_VLAN, action, context);
    },
    place: first(3),
    docs: [doc('push_vlan:ETHERTYPE', 'push_vlan:0x8100', 'puts a tag before the others')],
  },
};
