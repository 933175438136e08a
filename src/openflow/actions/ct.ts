/** NXAST_CT: hands the packet to the connection tracker. Behind its fixed part lies a list of actions, the exec(...). */
import { NXM_VERSION } from '../../match/field-ids.js';
import type { Action, ActionOf, Subfield } from '../action-types.js';
import { OpenFlowError } from '../errors.js';
import { readFieldNumber, writeFieldHeader } from '../oxm.js';
import type { Reader } from '../reader.js';
import type { Writer } from '../writer.js';
import { isPlainNat } from './nat.js';
import { type Body, type DecodeList, doc, type EncodeList, final, nothing, nx, type Rows } from './row.js';
import { checkSource, type DecodeContext, type EncodeContext, packRange, unpackRange } from './wire.js';

const COMMIT = 1;
const FORCE = 2;
const NO_TABLE = 0xff;
const ZONE_BITS = 16;
function readCt(r: Reader, context: DecodeContext, list: DecodeList): ActionOf<'ct'> {
  const flags = r.u16();
  const commit = (flags & COMMIT) !== 0;
  const force = (flags & FORCE) !== 0;
  if (force && !commit) throw new OpenFlowError('OFPBAC_BAD_ARGUMENT', 'ct force needs commit');
  const zone = readZone(r);
  const table = r.u8();
  r.skip(3);
  const alg = r.u16();
  const exec = list(r, { version: context.version, outer: 'ct' });
  if (!commit) checkLookup(exec);
  return { type: 'ct', commit, force, zone, ...(table === NO_TABLE ? {} : { table }), alg, exec };
}

function readZone(r: Reader): number | Subfield {
  if (r.view.getUint32(r.pos) === 0) {
    r.skip(4);
    return r.u16();
  }
  const field = readFieldNumber(r);
  const zone = checkSource(unpackRange(field, r.u16()));
  if (zone.bits !== ZONE_BITS) throw new OpenFlowError('OFPBAC_BAD_SET_LEN', 'ct zone must have 16 bits');
  return zone;
}

/** Without commit there is nothing to write on, only a translation to look up. */
function checkLookup(exec: readonly Action[]): void {
  const isLookup = exec.every((action) => action.type === 'nat' && isPlainNat(action));
  if (!isLookup) throw new OpenFlowError('OFPBAC_BAD_ARGUMENT', 'ct actions need commit');
}

function writeCt(w: Writer, ct: ActionOf<'ct'>, context: EncodeContext, list: EncodeList): void {
  w.u16((ct.commit ? COMMIT : 0) | (ct.force ? FORCE : 0));
  putZone(w, ct.zone);
  w.u8(ct.table ?? NO_TABLE);
  w.zeros(3);
  w.u16(ct.alg);
  list(w, ct.exec, context);
}

function putZone(w: Writer, zone: number | Subfield): void {
  if (typeof zone === 'number') {
    w.u32(0);
    w.u16(zone);
    return;
  }
  writeFieldHeader(w, zone.field, NXM_VERSION);
  w.u16(packRange(zone));
}

const CT: Body<ActionOf<'ct'>> = { read: readCt, write: writeCt };

export const CT_ROWS: Rows<'ct' | 'ct_clear'> = {
  ct: {
    encodings: [nx(35, -24, CT)],
    place: final(4),
    docs: [
      doc(
        'ct(commit,force,table=N,zone=Z,exec(...),nat(...),alg=NAME)',
        'ct(commit)',
        'hands the packet to the tracker, and looks it up again in table N',
      ),
    ],
  },
  ct_clear: {
    encodings: [nx(43, 16, nothing<ActionOf<'ct_clear'>>({ type: 'ct_clear' }))],
    place: final(3),
    docs: [doc('ct_clear', 'ct_clear', 'makes the packet untracked again')],
  },
};
