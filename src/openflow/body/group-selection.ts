/** Netronome's group property: by what method, with what parameter, over what fields a select group chooses its bucket. */
import { FIELDS, type FieldName } from '../../match/fields.js';
import { OpenFlowError } from '../errors.js';
import type { GroupType, Selection } from '../group-types.js';
import { encodingOfField, fits, readHeader, writeFieldHeader } from '../oxm.js';
import { loadBig, type Reader } from '../reader.js';
import { OF10 } from '../version.js';
import type { Writer } from '../writer.js';

export const SELECTION_PROPERTY = 0xffff;
const NTR_VENDOR = 0x154d;
const SELECTION_METHOD = 1;
const METHOD_SIZE = 16;
const METHODS = ['hash', 'dp_hash'];

/** `isSetting`: the group is to have it; else it has no business here. */
export function readSelection(p: Reader, type: GroupType, isSetting: boolean): Selection {
  if (p.u32() !== NTR_VENDOR) throw new OpenFlowError('OFPBPC_BAD_EXPERIMENTER');
  if (p.u32() !== SELECTION_METHOD) throw new OpenFlowError('OFPBPC_BAD_EXP_TYPE');
  p.skip(4);
  const method = p.text(METHOD_SIZE);
  const param = p.u64();
  if (!isSetting || type !== 'select' || !METHODS.includes(method)) throw new OpenFlowError('OFPBPC_BAD_VALUE');
  const fields: Selection['fields'] = [];
  while (p.remaining > 0) fields.push(readField(p, fields));
  if (method !== 'hash' && fields.length > 0) throw new OpenFlowError('OFPBPC_BAD_VALUE');
  return { method, param, fields };
}

/** A field's TLV whose value is the mask. */
function readField(p: Reader, before: Selection['fields']): Selection['fields'][number] {
  const header = readHeader(p);
  const { encoding, hasMask, payload } = header;
  if (encoding === null || hasMask || encoding.unmapped || !fits(header, encoding))
    throw new OpenFlowError('OFPBMC_BAD_FIELD');
  if (before.some(({ field }) => field === encoding.field)) throw new OpenFlowError('OFPBMC_DUP_FIELD');
  p.need(payload);
  const mask = loadBig(p.view, p.pos, encoding.size) & encoding.allowed;
  p.pos += payload;
  if (mask === 0n || (mask !== encoding.allowed && !FIELDS[encoding.field].maskable))
    throw new OpenFlowError('OFPBMC_BAD_MASK');
  return { field: encoding.field, mask };
}

export function writeSelection(w: Writer, selection: Selection | null, version: number): void {
  if (selection === null) return;
  const from = w.size;
  w.u16(SELECTION_PROPERTY);
  w.u16(0);
  w.u32(NTR_VENDOR);
  w.u32(SELECTION_METHOD);
  w.zeros(4);
  w.text(selection.method, METHOD_SIZE);
  w.u64(selection.param);
  for (const { field, mask } of selection.fields) writeMask(w, field, mask, version);
  w.patchSize(from + 2, from);
  w.pad8(from);
}

const NXM = 0;

function writeMask(w: Writer, field: FieldName, mask: bigint, version: number): void {
  writeFieldHeader(w, field, version === OF10 ? NXM : version);
  w.big(mask, encodingOfField(field).size);
}
