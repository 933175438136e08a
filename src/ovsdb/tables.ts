/**
 * The part of the database Open_vSwitch that a switch follows (ovs-vswitchd.conf.db(5)): its tables and their columns, each a row. A
 * column is read, as configuration, or written, as state: `STATE` names the latter.
 */
import { type Column, mapOf, one, optional, setOf, type ValueOf } from './column.js';

export const DATABASE = 'Open_vSwitch';

const words = mapOf('string', 'string');

export const TABLES = {
  Open_vSwitch: {
    bridges: setOf('uuid'),
    datapaths: mapOf('string', 'uuid'),
    next_cfg: one('integer'),
    cur_cfg: one('integer'),
    other_config: words,
    datapath_types: setOf('string'),
    iface_types: setOf('string'),
    dpdk_initialized: one('boolean'),
  },
  Bridge: {
    name: one('string'),
    datapath_type: one('string'),
    datapath_version: one('string'),
    datapath_id: optional('string'),
    ports: setOf('uuid'),
    controller: setOf('uuid'),
    fail_mode: optional('string'),
    other_config: words,
  },
  Port: {
    name: one('string'),
    interfaces: setOf('uuid'),
  },
  Interface: {
    name: one('string'),
    type: one('string'),
    options: words,
    mac: optional('string'),
    mtu_request: optional('integer'),
    ofport_request: optional('integer'),
    ofport: optional('integer'),
    error: optional('string'),
    mac_in_use: optional('string'),
    ifindex: optional('integer'),
    mtu: optional('integer'),
    admin_state: optional('string'),
    link_state: optional('string'),
    statistics: mapOf('string', 'integer'),
  },
  Controller: {
    target: one('string'),
    is_connected: one('boolean'),
  },
  Datapath: {
    datapath_version: one('string'),
    ct_zones: mapOf('integer', 'uuid'),
    ct_zone_default_limit: optional('integer'),
  },
  CT_Zone: {
    timeout_policy: optional('uuid'),
    limit: optional('integer'),
  },
  CT_Timeout_Policy: {
    timeouts: mapOf('string', 'integer'),
  },
} as const satisfies Record<string, Record<string, Column<unknown>>>;

export type Tables = typeof TABLES;
export type TableName = keyof Tables;
export type ColumnName<T extends TableName> = keyof Tables[T] & string;
export type Values<T extends TableName> = { readonly [C in ColumnName<T>]: ValueOf<Tables[T][C]> };
export type Row<T extends TableName> = Values<T> & { readonly _uuid: string };

/** What the switch writes. Changes of these, which are its own, are no new configuration. */
export const STATE: { readonly [T in TableName]: readonly ColumnName<T>[] } = {
  Open_vSwitch: ['cur_cfg', 'datapath_types', 'iface_types', 'dpdk_initialized'],
  Bridge: ['datapath_version', 'datapath_id'],
  Port: [],
  Interface: ['ofport', 'error', 'mac_in_use', 'ifindex', 'mtu', 'admin_state', 'link_state', 'statistics'],
  Controller: ['is_connected'],
  Datapath: ['datapath_version'],
  CT_Zone: [],
  CT_Timeout_Policy: [],
};

export const TABLE_NAMES = Object.keys(TABLES) as TableName[];

/** For who walks through columns whose types only the table knows. */
export function columnsOf(table: TableName): Readonly<Record<string, Column<unknown>>> {
  return TABLES[table];
}

/** Is a change of that column new configuration? */
export const isConfiguration = (table: TableName, column: string): boolean =>
  !(STATE[table] as readonly string[]).includes(column);
