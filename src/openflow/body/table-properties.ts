/**
 * What a table can do, as the properties of table features (OpenFlow 1.3, section 7.3.5.5). All tables can do the same, but
 * go to later tables only. OpenFlow 1.3 and 1.4 demand these properties, and clients refuse replies without them.
 */
import { lazy } from '../../../datapath/base/lazy.js';
import { FIELD_NAMES, FIELDS, type FieldName } from '../../match/fields.js';
import { COPY_FIELD } from '../actions/move.js';
import { hasNumber, writeFieldHeader } from '../oxm.js';
import { writeProperty } from '../properties.js';
import { standardActions } from '../standard-actions.js';
import { OF15 } from '../version.js';
import { Writer } from '../writer.js';

/** Each also as "for the table-miss entry", whose number is one higher: it can do the same. */
const INSTRUCTIONS = 0;
const NEXT_TABLES = 2;
const WRITE_ACTIONS = 4;
const APPLY_ACTIONS = 6;
const WRITE_SET_FIELD = 12;
const APPLY_SET_FIELD = 14;
const FOR_MISS = 1;

const MATCH = 8;
const WILDCARDS = 10;

/** Tables that packets can be sent on to. */
const LAST_TABLE = 253;

const GOTO_TABLE = 1;
/** write_metadata, write_actions, apply_actions, clear_actions. */
const EVERYWHERE = [2, 3, 4, 5];
const ITEM_SIZE = 4;

const matchable = lazy(() => FIELD_NAMES.filter((field) => FIELDS[field].slot !== null && hasNumber(field)));
const settable = lazy(() => matchable().filter((field) => FIELDS[field].writable));

/** Types of the instructions that flows of a table may have. */
export const instructionsOf = (table: number): readonly number[] =>
  table >= LAST_TABLE ? EVERYWHERE : [GOTO_TABLE, ...EVERYWHERE];

/** What does not depend on the table, by version: written once. */
const cache = new Map<string, Uint8Array>();

function cached(name: string, version: number, write: (w: Writer, version: number) => void): Uint8Array {
  const key = `${name} ${version}`;
  let bytes = cache.get(key);
  if (bytes === undefined) {
    const w = new Writer();
    write(w, version);
    cache.set(key, (bytes = w.done()));
  }
  return bytes;
}

export function writeTableProperties(w: Writer, table: number, version: number): void {
  for (const miss of [0, FOR_MISS]) {
    writeProperty(w, INSTRUCTIONS + miss, () => writeItems(w, instructionsOf(table)));
    writeProperty(w, NEXT_TABLES + miss, () => {
      for (let next = table + 1; next <= LAST_TABLE; next++) w.u8(next);
    });
    w.bytes(cached(`actions ${miss}`, version, (to) => writeActions(to, version, miss)));
  }
  w.bytes(cached('fields', version, writeMatchable));
}

function writeActions(w: Writer, version: number, miss: number): void {
  const actions = actionsOf(version);
  for (const [action, field] of [
    [WRITE_ACTIONS, WRITE_SET_FIELD],
    [APPLY_ACTIONS, APPLY_SET_FIELD],
  ] as const) {
    writeProperty(w, action + miss, () => writeItems(w, actions));
    writeProperty(w, field + miss, () => writeFields(w, settable(), false, version));
  }
}

function actionsOf(version: number): number[] {
  const bits = standardActions(version);
  const types = Array.from({ length: 32 }, (_, type) => type).filter((type) => ((bits >>> type) & 1) === 1);
  // Open vSwitch takes it without telling of it.
  return version >= OF15 ? [...types, COPY_FIELD.code] : types;
}

function writeMatchable(w: Writer, version: number): void {
  writeProperty(w, MATCH, () => writeFields(w, matchable(), true, version));
  writeProperty(w, WILDCARDS, () => writeFields(w, matchable(), false, version));
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
