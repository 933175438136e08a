/**
 * What a table can do, as the properties of table features (OpenFlow 1.3, section 7.3.5.5). All tables can do the same, but
 * go to later tables only. OpenFlow 1.3 and 1.4 demand these properties, and clients refuse replies without them.
 */
import { FIELD_NAMES, FIELDS, type FieldName } from '../../match/fields.js';
import { hasNumber, writeFieldHeader } from '../oxm.js';
import { writeProperty } from '../properties.js';
import { OF15 } from '../version.js';
import { Writer } from '../writer.js';

const INSTRUCTIONS = 0;
const NEXT_TABLES = 2;
const WRITE_ACTIONS = 4;
const APPLY_ACTIONS = 6;
const MATCH = 8;
const WILDCARDS = 10;
const WRITE_SET_FIELD = 12;
const APPLY_SET_FIELD = 14;

/** Tables that packets can be sent on to. */
const LAST_TABLE = 253;

const GOTO_TABLE = 1;
/** write_metadata, write_actions, apply_actions, clear_actions. */
const EVERYWHERE = [2, 3, 4, 5];
/** output, push_vlan, pop_vlan, set_queue, set_nw_ttl, dec_nw_ttl, set_field; copy_field in 1.5. */
const ACTIONS = [0, 17, 18, 21, 23, 24, 25];
const COPY_FIELD = 28;
const ITEM_SIZE = 4;

const MATCHABLE = FIELD_NAMES.filter((field) => FIELDS[field].slot !== null && hasNumber(field));
const SETTABLE = MATCHABLE.filter((field) => FIELDS[field].writable);

/** Everything but instructions and next tables, by version: the same for all tables, so written once. */
const common = new Map<number, Uint8Array>();

export function writeTableProperties(w: Writer, table: number, version: number): void {
  const isLast = table >= LAST_TABLE;
  writeProperty(w, INSTRUCTIONS, () => writeItems(w, isLast ? EVERYWHERE : [GOTO_TABLE, ...EVERYWHERE]));
  writeProperty(w, NEXT_TABLES, () => {
    for (let next = table + 1; next <= LAST_TABLE; next++) w.u8(next);
  });
  let bytes = common.get(version);
  if (bytes === undefined) common.set(version, (bytes = commonProperties(version)));
  w.bytes(bytes);
}

function commonProperties(version: number): Uint8Array {
  const w = new Writer();
  const actions = version >= OF15 ? [...ACTIONS, COPY_FIELD] : ACTIONS;
  for (const type of [WRITE_ACTIONS, APPLY_ACTIONS]) writeProperty(w, type, () => writeItems(w, actions));
  writeProperty(w, MATCH, () => writeFields(w, MATCHABLE, true, version));
  writeProperty(w, WILDCARDS, () => writeFields(w, MATCHABLE, false, version));
  for (const type of [WRITE_SET_FIELD, APPLY_SET_FIELD])
    writeProperty(w, type, () => writeFields(w, SETTABLE, false, version));
  return w.done();
}

/** Instructions or actions: type and length of each. */
function writeItems(w: Writer, types: readonly number[]): void {
  for (const type of types) {
    w.u16(type);
    w.u16(ITEM_SIZE);
  }
}

/** In a match, a header with the mask bit says that the field may be masked. */
function writeFields(w: Writer, fields: readonly FieldName[], inMatch: boolean, version: number): void {
  for (const field of fields) writeFieldHeader(w, field, version, inMatch && FIELDS[field].maskable);
}
