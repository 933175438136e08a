/**
 * How fields are set on the wire: OFPAT_SET_FIELD (1.2+, with a mask from 1.5), NXAST_REG_LOAD and REG_LOAD2 (to 1.4). Which of
 * them an action becomes in which version: set-field.ts. Families whose actions later versions lack write themselves so, too.
 */
import { NXM_VERSION } from '../../match/field-ids.js';
import { FIELDS, type FieldName } from '../../match/fields.js';
import { VLAN_PRESENT_VALUE } from '../../match/key.js';
import type { Action, ActionOf, Subfield } from '../action-types.js';
import { OpenFlowError } from '../errors.js';
import {
  type Entry,
  encodingOfField,
  fits,
  headerSize,
  isValidValue,
  readFieldNumber,
  readHeader,
  readPayload,
  writeFieldHeader,
  writeMasked,
} from '../oxm.js';
import type { Reader } from '../reader.js';
import { OF10, OF12, OF14, OF15 } from '../version.js';
import type { Writer } from '../writer.js';
import { type Encoding, nx, of, type PlainBody, send, sendFirst } from './row.js';
import { checkDestination, type EncodeContext, packRange, unpackRange } from './wire.js';

type SetField = ActionOf<'set_field'>;
type Load = ActionOf<'load'>;

/** A TLV behind the action's header, with only zeros after it. */
function readTlv(r: Reader): Entry & { hasMask: boolean } {
  const header = readHeader(r);
  if (header.encoding === null) throw new OpenFlowError('OFPBAC_BAD_SET_TYPE');
  if (!fits(header, header.encoding)) throw new OpenFlowError('OFPBAC_BAD_SET_LEN');
  const { encoding, value, mask } = readPayload(r, header);
  r.zeros(r.remaining, 'OFPBAC_BAD_SET_ARGUMENT');
  return { encoding, value, mask, hasMask: header.hasMask };
}

function checkSet({ encoding, value, mask }: Entry): void {
  const { field } = encoding;
  const lacksVlan = field === 'vlan_vid' && (value & mask & VLAN_PRESENT_VALUE) === 0n;
  if (field === 'in_port_oxm' || !FIELDS[field].writable || !isValidValue(encoding, value) || lacksVlan) {
    throw new OpenFlowError('OFPBAC_BAD_SET_ARGUMENT', field);
  }
}

const setField = (isMaskable: boolean): PlainBody<SetField> => ({
  read: (r) => {
    const entry = readTlv(r);
    if (entry.hasMask && !isMaskable) throw new OpenFlowError('OFPBAC_BAD_SET_MASK');
    checkSet(entry);
    const { encoding, value, mask } = entry;
    return { type: 'set_field', field: encoding.field, value, mask };
  },
  write: (w, { field, value, mask }, { version }) => writeMasked(w, field, value, mask, version),
});

const LOAD: PlainBody<Load> = {
  read: (r) => {
    const range = r.u16();
    const dst = checkDestination(unpackRange(readFieldNumber(r), range));
    const value = r.u64();
    if (value >> BigInt(dst.bits) !== 0n)
      throw new OpenFlowError('OFPBAC_BAD_ARGUMENT', 'value is wider than its field');
    return { type: 'load', dst, value };
  },
  write: (w, { dst, value }) => {
    w.u16(packRange(dst));
    writeFieldHeader(w, dst.field, NXM_VERSION);
    w.u64(value);
  },
};

/** Any bits of a field that can be written; whether it can be matched under a mask does not matter. */
const LOAD2: PlainBody<SetField> = {
  read: (r) => {
    const { encoding, value, mask } = readTlv(r);
    if (!FIELDS[encoding.field].writable) throw new OpenFlowError('OFPBAC_BAD_SET_ARGUMENT', encoding.field);
    return { type: 'set_field', field: encoding.field, value, mask, load2: true };
  },
  write: (w, { field, value, mask }) => writeMasked(w, field, value, mask, NXM_VERSION),
};

export const SET_FIELD = [of(25, OF12, OF14, -8, setField(false)), of(25, OF15, OF15, -8, setField(true))];
export const REG_LOAD = nx(7, 24, LOAD, OF10, OF14);
export const REG_LOAD2 = nx(33, -16, LOAD2, OF10, OF14);

export function putSetField(w: Writer, field: FieldName, value: bigint, mask: bigint, context: EncodeContext): void {
  sendFirst(w, SET_FIELD, { type: 'set_field', field, value, mask }, context);
}

/** Sets a whole field, as the versions from 1.2 do what 1.0 has an action for. */
export function putWhole(w: Writer, field: FieldName, value: number | bigint, context: EncodeContext): void {
  putSetField(w, field, BigInt(value), encodingOfField(field).ones, context);
}

/** How an action is written that has a code of its own below 1.2, and sets a whole field from there on. */
export const orField =
  <A extends Action>(encodings: readonly Encoding<A>[], field: FieldName, value: (action: A) => number | bigint) =>
  (w: Writer, action: A, context: EncodeContext): void => {
    if (context.version < OF12) sendFirst(w, encodings, action, context);
    else putWhole(w, field, value(action), context);
  };

/** Sets a part of a field; fields whose header has more than 32 bits need the newer form. */
export function putLoad(w: Writer, dst: Subfield, value: bigint, context: EncodeContext): void {
  if (headerSize(dst.field, NXM_VERSION) === 4) return send(w, REG_LOAD, { type: 'load', dst, value }, context);
  const shift = BigInt(dst.start);
  putLoad2(w, dst.field, value << shift, ((1n << BigInt(dst.bits)) - 1n) << shift, context);
}

export function putLoad2(w: Writer, field: FieldName, value: bigint, mask: bigint, context: EncodeContext): void {
  send(w, REG_LOAD2, { type: 'set_field', field, value, mask }, context);
}
