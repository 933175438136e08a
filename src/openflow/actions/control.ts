/** Actions that steer the lookup, and those that do nothing to the packet. */
import { MAX_CLAUSES } from '../../match/conjunction.js';
import type { ActionOf } from '../action-types.js';
import { OpenFlowError } from '../errors.js';
import { doc, final, nothing, nx, type PlainBody, type Rows, send } from './row.js';

type Resubmit = ActionOf<'resubmit'>;

/** Table of a resubmit that stays where it is. */
const CURRENT_TABLE = 0xff;

/** The plain form has no table; its byte may hold anything. */
const RESUBMIT = nx<PlainBody<Resubmit>>(1, 16, {
  read: (r) => ({ type: 'resubmit', port: r.u16(), table: CURRENT_TABLE, withCt: false }),
  write: (w, { port }) => w.u16(port),
});

const resubmitTable = (withCt: boolean): PlainBody<Resubmit> => ({
  read: (r) => {
    const port = r.u16();
    const table = r.u8();
    r.zeros(3, 'OFPBAC_BAD_ARGUMENT');
    return { type: 'resubmit', port, table, withCt };
  },
  write: (w, { port, table }) => {
    w.u16(port);
    w.u8(table);
  },
});

const RESUBMIT_TABLE = nx(14, 16, resubmitTable(false));
const RESUBMIT_TABLE_CT = nx(44, 16, resubmitTable(true));

const CONJUNCTION: PlainBody<ActionOf<'conjunction'>> = {
  read: (r) => {
    const clause = r.u8();
    const clauses = r.u8();
    const id = r.u32();
    if (clauses < 2 || clauses > MAX_CLAUSES || clause >= clauses) throw new OpenFlowError('NXBAC_BAD_CONJUNCTION');
    return { type: 'conjunction', id, clause, clauses };
  },
  write: (w, { id, clause, clauses }) => {
    w.u8(clause);
    w.u8(clauses);
    w.u32(id);
  },
};

const NOTE: PlainBody<ActionOf<'note'>> = {
  read: (r) => ({ type: 'note', data: r.rest() }),
  write: (w, { data }) => w.bytes(data),
};

export const CONTROL_ROWS: Rows<'resubmit' | 'exit' | 'note' | 'conjunction'> = {
  resubmit: {
    encodings: [RESUBMIT, RESUBMIT_TABLE, RESUBMIT_TABLE_CT],
    encode: (w, action, context) => {
      const inTable = action.table === CURRENT_TABLE ? RESUBMIT : RESUBMIT_TABLE;
      send(w, action.withCt ? RESUBMIT_TABLE_CT : inTable, action, context);
    },
    place: final(2),
    docs: [
      doc(
        'resubmit(PORT,TABLE,ct)',
        'resubmit(,1)',
        'looks the packet up again, as if from PORT, in TABLE; with ct by its original tuple',
      ),
    ],
  },
  exit: {
    encodings: [nx(17, 16, nothing<ActionOf<'exit'>>({ type: 'exit' }))],
    place: null,
    docs: [doc('exit', 'exit', 'ends the lookup: no action behind it is done')],
  },
  note: {
    encodings: [nx(8, -16, NOTE)],
    place: null,
    docs: [doc('note:HEX', 'note:01', 'does nothing; for whoever reads the flow')],
  },
  conjunction: {
    encodings: [nx(34, 16, CONJUNCTION)],
    place: null,
    docs: [doc('conjunction(ID,K/N)', 'conjunction(1,1/2)', 'dimension K of N of a conjunctive match')],
  },
};
