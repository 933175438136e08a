/**
 * THE table of actions: how each is read and written, where it stands in an action set, what the reference says of it. An action is
 * added by a row in the file of its family; docs/howto/add-an-action.md is the way through the other tables.
 *
 * Open vSwitch understands OpenFlow 1.1's actions that set single fields in all later versions too; what it sends is
 * OFPAT_SET_FIELD. Its extensions that a version has in the standard exist in older versions only.
 */
import { lazy } from '../../../datapath/base/lazy.js';
import type { Action, ActionType } from '../action-types.js';
import type { Writer } from '../writer.js';
import { CONTROL_ROWS } from './control.js';
import { CONTROLLER_ROWS } from './controller.js';
import { CT_ROWS } from './ct.js';
import { HEADER_ROWS } from './header.js';
import { MOVE_ROWS } from './move.js';
import { MPLS_ROWS } from './mpls.js';
import { NAT_ROWS } from './nat.js';
import { OUTPUT_ROWS } from './output.js';
import { QUEUE_GROUP_ROWS } from './queues-groups.js';
import { type ActionRow, type EncodeList, type Encoding, type Rows, sendFirst } from './row.js';
import { SET_FIELD_ROWS } from './set-field.js';
import { VLAN_ROWS } from './vlan.js';
import type { EncodeContext } from './wire.js';

/** In the order of the reference. */
export const ACTION_ROWS: Rows<ActionType> = {
  ...OUTPUT_ROWS,
  ...CONTROLLER_ROWS,
  ...QUEUE_GROUP_ROWS,
  ...CONTROL_ROWS,
  ...SET_FIELD_ROWS,
  ...MOVE_ROWS,
  ...VLAN_ROWS,
  ...MPLS_ROWS,
  ...HEADER_ROWS,
  ...CT_ROWS,
  ...NAT_ROWS,
};

export const ACTION_TYPES = Object.keys(ACTION_ROWS) as ActionType[];

const key = (version: number, vendor: number, code: number): number => (vendor * 8 + version) * 0x10000 + code;

const encodings = lazy(() => {
  const found = new Map<number, Encoding<Action>>();
  for (const row of Object.values(ACTION_ROWS) as readonly ActionRow<ActionType>[])
    for (const encoding of row.encodings)
      for (let version = encoding.from; version <= encoding.to; version++)
        found.set(key(version, encoding.vendor, encoding.code), encoding);
  return found;
});

/** How the action of that number is read; null if the version has none. */
export const encodingOf = (version: number, vendor: number, code: number): Encoding<Action> | null =>
  encodings().get(key(version, vendor, code)) ?? null;

/** Writes the action in the version's way. `list` writes the actions inside one (ct). */
export function encodeAction(w: Writer, action: Action, context: EncodeContext, list: EncodeList): void {
  // The union's arms and the table's rows correspond; TypeScript cannot see that through an index.
  const row = ACTION_ROWS[action.type] as ActionRow<ActionType>;
  if (row.encode) row.encode(w, action, context);
  else sendFirst(w, row.encodings, action, context, list);
}
