/** NXAST_CT: hands the packet to the connection tracker. Behind its fixed part lies a list of actions, the exec(...). */
import type { Action, ActionOf, Subfield } from '../action-types.js';
import {
  checkSource,
  close,
  type DecodeContext,
  type EncodeContext,
  openNx,
  packRange,
  unpackRange,
} from '../action-wire.js';
import { OpenFlowError } from '../errors.js';
import { readFieldNumber, writeFieldHeader } from '../oxm.js';
import type { Reader } from '../reader.js';
import type { Writer } from '../writer.js';
import { isPlainNat } from './nat.js';

const SUBTYPE = 35;
const COMMIT = 1;
const FORCE = 2;
const NO_TABLE = 0xff;
const ZONE_BITS = 16;
const NXM = 0;

export type DecodeList = (r: Reader, context: DecodeContext) => Action[];
export type EncodeList = (w: Writer, actions: readonly Action[], context: EncodeContext) => void;

/** Codec of ct, given those of action lists. */
export function decodeCt(r: Reader, context: DecodeContext, decodeList: DecodeList): Action {
  const flags = r.u16();
  const commit = (flags & COMMIT) !== 0;
  const force = (flags & FORCE) !== 0;
  if (force && !commit) throw new OpenFlowError('OFPBAC_BAD_ARGUMENT', 'ct force needs commit');
  const zone = readZone(r);
  const table = r.u8();
  r.skip(3);
  const alg = r.u16();
  const exec = decodeList(r, { version: context.version, outer: 'ct' });
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

export function encodeCt(w: Writer, ct: ActionOf<'ct'>, context: EncodeContext, encodeList: EncodeList): void {
  const from = openNx(w, SUBTYPE);
  w.u16((ct.commit ? COMMIT : 0) | (ct.force ? FORCE : 0));
  putZone(w, ct.zone);
  w.u8(ct.table ?? NO_TABLE);
  w.zeros(3);
  w.u16(ct.alg);
  encodeList(w, ct.exec, context);
  close(w, from);
}

function putZone(w: Writer, zone: number | Subfield): void {
  if (typeof zone === 'number') {
    w.u32(0);
    w.u16(zone);
    return;
  }
  writeFieldHeader(w, zone.field, NXM);
  w.u16(packRange(zone));
}
