/** MPLS labels. OpenFlow 1.0 knows none, so there the actions are Nicira's. */
import { ETH_TYPE_MPLS, ETH_TYPE_MPLS_MCAST } from '../../../datapath/wire/numbers.js';
import type { ActionOf } from '../action-types.js';
import { OpenFlowError } from '../errors.js';
import { OF10, OF11, OF15 } from '../version.js';
import { behind, doc, type Frame, first, nothing, nx, of, type PlainBody, REWRITE, type Rows } from './row.js';
import { orField } from './set-field-wire.js';
import { within } from './wire.js';

const PUSH: PlainBody<ActionOf<'push_mpls'>> = {
  read: (r) => {
    const ethertype = r.u16();
    if (ethertype !== ETH_TYPE_MPLS && ethertype !== ETH_TYPE_MPLS_MCAST)
      throw new OpenFlowError('OFPBAC_BAD_ARGUMENT', 'MPLS ethertype');
    return { type: 'push_mpls', ethertype };
  },
  write: (w, { ethertype }) => w.u16(ethertype),
};

const POP: PlainBody<ActionOf<'pop_mpls'>> = {
  read: (r) => ({ type: 'pop_mpls', ethertype: r.u16() }),
  write: (w, { ethertype }) => w.u16(ethertype),
};

const LABEL: PlainBody<ActionOf<'set_mpls_label'>> = {
  read: (r) => ({ type: 'set_mpls_label', label: within(r.u32(), 0xfffff, 'MPLS label') }),
  write: (w, { label }) => w.u32(label),
};

const TC: PlainBody<ActionOf<'set_mpls_tc'>> = {
  read: (r) => ({ type: 'set_mpls_tc', tc: within(r.u8(), 7, 'MPLS traffic class') }),
  write: (w, { tc }) => w.u8(tc),
};

const TTL: PlainBody<ActionOf<'set_mpls_ttl'>> = {
  read: (r) => ({ type: 'set_mpls_ttl', ttl: r.u8() }),
  write: (w, { ttl }) => w.u8(ttl),
};

/** By the number of the standard, and by Nicira's in 1.0. */
const both = <B>(code: number, subtype: number, body: B, body10 = body): (Frame & B)[] => [
  of(code, OF11, OF15, 8, body),
  nx(subtype, 16, body10, OF10, OF10),
];

const SET_LABEL = both(13, 30, LABEL, behind(2, LABEL));
const SET_TC = both(14, 31, TC);

export const MPLS_ROWS: Rows<
  'push_mpls' | 'pop_mpls' | 'set_mpls_label' | 'set_mpls_tc' | 'set_mpls_ttl' | 'dec_mpls_ttl'
> = {
  push_mpls: {
    encodings: both(19, 23, PUSH),
    place: first(2),
    docs: [
      doc(
        'push_mpls:ETHERTYPE',
        'push_mpls:0x8847',
        'puts a label before the others: a copy of the outermost, or one made from TOS and TTL; three at most',
      ),
    ],
  },
  pop_mpls: {
    encodings: both(20, 24, POP),
    place: first(1),
    docs: [
      doc('pop_mpls:ETHERTYPE', 'pop_mpls:0x0800', 'takes the outermost label off; the packet is of that type then'),
    ],
  },
  set_mpls_label: {
    encodings: SET_LABEL,
    encode: orField(SET_LABEL, 'mpls_label', ({ label }) => label),
    place: REWRITE,
    docs: [doc('set_mpls_label:LABEL', 'set_mpls_label:1', 'sets the outermost label; from 1.2 on sent as 25')],
  },
  set_mpls_tc: {
    encodings: SET_TC,
    encode: orField(SET_TC, 'mpls_tc', ({ tc }) => tc),
    place: REWRITE,
    docs: [doc('set_mpls_tc:TC', 'set_mpls_tc:1', 'sets its traffic class; from 1.2 on sent as 25')],
  },
  set_mpls_ttl: {
    encodings: both(15, 25, TTL),
    place: REWRITE,
    docs: [doc('set_mpls_ttl:TTL', 'set_mpls_ttl:64', 'sets its TTL')],
  },
  dec_mpls_ttl: {
    encodings: both(16, 26, nothing<ActionOf<'dec_mpls_ttl'>>({ type: 'dec_mpls_ttl' })),
    place: first(5),
    docs: [
      doc(
        'dec_mpls_ttl',
        'dec_mpls_ttl',
        'counts its TTL down; a packet at its end goes to the controllers, and no further',
      ),
    ],
  },
};
