/**
 * A copy of the rows that are followed, brought up to date by what the server tells: `update` (RFC 7047, section 4.1.6) or `update2` and
 * `update3` (ovsdb-server(7)), which differ in how a change is written. Rows are replaced, never changed: who has one keeps what it said.
 */
import { OvsdbError } from './error.js';
import { columnsOf, isConfiguration, type Row, TABLE_NAMES, TABLES, type TableName } from './tables.js';

type AnyRow = Readonly<Record<string, unknown>> & { readonly _uuid: string };
type Json = Record<string, unknown>;

/** Rows of one table: more than any switch has, and a bound on what a server can make us keep. */
const MAX_ROWS = 1_000_000;

export class Replica {
  private readonly tables = new Map<TableName, Map<string, AnyRow>>();

  constructor() {
    this.clear();
  }

  clear(): void {
    for (const name of TABLE_NAMES) this.tables.set(name, new Map());
  }

  /** By UUID, in the order in which they came. */
  rows<T extends TableName>(table: T): ReadonlyMap<string, Row<T>> {
    return this.tables.get(table) as unknown as ReadonlyMap<string, Row<T>>;
  }

  row<T extends TableName>(table: T, uuid: string): Row<T> | null {
    return this.rows(table).get(uuid) ?? null;
  }

  /** Takes `<table-updates>`, or `<table-updates2>`; true if configuration has changed. Throws an OvsdbError for what is neither. */
  apply(updates: unknown, form: 1 | 2): boolean {
    let isNews = false;
    for (const [table, rows] of entriesOf(updates)) {
      if (!Object.hasOwn(TABLES, table))
        throw new OvsdbError('protocol', `an update of table ${table} was not asked for`);
      for (const [uuid, change] of entriesOf(rows)) {
        if (this.applyRow(table as TableName, uuid, objectOf(change), form)) isNews = true;
      }
    }
    return isNews;
  }

  private applyRow(table: TableName, uuid: string, change: Json, form: 1 | 2): boolean {
    const rows = this.tables.get(table)!;
    const before = rows.get(uuid);
    const after = form === 1 ? replaced(table, uuid, change, before) : modified(table, uuid, change, before);
    if (after === null) return rows.delete(uuid);
    if (before === undefined && rows.size >= MAX_ROWS)
      throw new OvsdbError('protocol', `table ${table} has more than ${MAX_ROWS} rows`);
    rows.set(uuid, after);
    return before === undefined || isReconfigured(table, before, after);
  }
}

/** `{old, new}`: the new row has the columns that are followed, all of them or those that changed. */
function replaced(table: TableName, uuid: string, change: Json, before: AnyRow | undefined): AnyRow | null {
  if (change.new === undefined || change.new === null) return null;
  return decodeRow(table, uuid, objectOf(change.new), before);
}

/** One of `{initial}`, `{insert}`, `{delete}`, `{modify}`. The first two leave out what has its default value. */
function modified(table: TableName, uuid: string, change: Json, before: AnyRow | undefined): AnyRow | null {
  if ('delete' in change) return null;
  const whole = change.initial ?? change.insert;
  if (whole !== undefined) return decodeRow(table, uuid, objectOf(whole), undefined);
  if (before === undefined) throw new OvsdbError('protocol', `row ${uuid} of table ${table} changes, but is not known`);
  const columns = columnsOf(table);
  const after: Json & { _uuid: string } = { ...before };
  for (const [name, json] of entriesOf(change.modify))
    if (Object.hasOwn(columns, name)) after[name] = columns[name]!.changed(before[name], json);
  return after;
}

function decodeRow(table: TableName, uuid: string, json: Json, before: AnyRow | undefined): AnyRow {
  const row: Json & { _uuid: string } = { _uuid: uuid };
  for (const [name, column] of Object.entries(columnsOf(table)))
    row[name] = Object.hasOwn(json, name) ? column.decode(json[name]) : (before?.[name] ?? column.empty);
  return row;
}

function isReconfigured(table: TableName, before: AnyRow, after: AnyRow): boolean {
  return Object.entries(columnsOf(table)).some(
    ([name, column]) => isConfiguration(table, name) && !column.equals(before[name], after[name]),
  );
}

const entriesOf = (json: unknown): [string, unknown][] => Object.entries(objectOf(json));

function objectOf(json: unknown): Json {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new OvsdbError('protocol', 'an update is not an object');
  return json as Json;
}
