/**
 * The numbers and names that fields go by in NXM and OXM, made from the field table: which to send in a version of
 * OpenFlow, and which field is meant by one that was received. A subset of what a field has for ids is valid in any
 * version: Open vSwitch understands all of them everywhere.
 */
import { lazy } from '../../datapath/base/lazy.js';
import { FIELD_NAMES, FIELDS, type FieldName, fieldSize } from './fields.js';

export interface FieldId {
  readonly field: FieldName;
  /** As in the specifications, e.g. NXM_OF_IN_PORT. */
  readonly name: string;
  readonly oxmClass: number;
  readonly id: number;
  /** Follows the header when the class is 0xffff; else 0. */
  readonly experimenter: number;
  /** First OpenFlow version (wire number) to prefer it; 0 for NXM. */
  readonly since: number;
  /** Bytes of the value. */
  readonly size: number;
}

/** The number that makes `idToSend` choose as in NXM, which OpenFlow 1.0 and 1.1 carry. */
export const NXM_VERSION = 0;
const VERSIONS = 7;

const byName = lazy(() => new Map(FIELD_NAMES.flatMap((field) => idsOf(field).map((id) => [id.name, id]))));
/** By field and version; filled as fields are asked for. */
const TO_SEND = new Map<FieldName, readonly (FieldId | null)[]>();

function idsOf(field: FieldName): FieldId[] {
  const row = FIELDS[field];
  const size = fieldSize(field);
  const ids: FieldId[] = [];
  if (row.nxm) {
    const [name, oxmClass, id, experimenter = 0] = row.nxm;
    ids.push({ field, name, oxmClass, id, experimenter, since: NXM_VERSION, size });
  }
  for (const oxm of [row.oxm, row.also]) {
    if (!oxm) continue;
    const [name, oxmClass, id, since, experimenter = 0] = oxm;
    ids.push({ field, name, oxmClass, id, experimenter, since, size });
  }
  return ids;
}

/** The newest id the version has; a field with none that old goes by its first. */
function best(ids: readonly FieldId[], version: number): FieldId | null {
  let found = ids[0];
  if (found === undefined) return null;
  for (const id of ids) if (id.since <= version && id.since >= found.since) found = id;
  return found;
}

/** What to call the field in that OpenFlow version; null if it has no id at all. */
export function idToSend(field: FieldName, version: number): FieldId | null {
  let row = TO_SEND.get(field);
  if (row === undefined) {
    const ids = idsOf(field);
    row = Array.from({ length: VERSIONS }, (_, each) => best(ids, each));
    TO_SEND.set(field, row);
  }
  return row[version] ?? null;
}

export function idByName(name: string): FieldId | null {
  return byName().get(name) ?? null;
}
