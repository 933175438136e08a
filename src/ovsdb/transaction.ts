/** What is to be written into the database at once: columns of rows that are there (RFC 7047, section 5.2). */
import { OvsdbError } from './error.js';
import type { Replica } from './replica.js';
import { columnsOf, DATABASE, type Row, type TableName, type Values } from './tables.js';

type Json = Record<string, unknown>;

export class Transaction {
  private readonly updates = new Map<string, { table: TableName; uuid: string; row: Json }>();

  /** `lock`: the whole fails if that lock is held by somebody else by then. */
  constructor(
    private readonly replica: Replica,
    private readonly lock: string,
  ) {}

  /** Writes those of the values that the row does not have already. */
  set<T extends TableName>(table: T, { _uuid: uuid }: Row<T>, values: Partial<Values<T>>): void {
    const now = this.replica.row(table, uuid) as Json | null;
    if (now === null) return;
    for (const [name, value] of Object.entries(values)) {
      const column = columnsOf(table)[name]!;
      if (!column.equals(now[name], value)) this.updateOf(table, uuid)[name] = column.encode(value);
    }
  }

  get isEmpty(): boolean {
    return this.updates.size === 0;
  }

  /** The parameters of `transact`. Columns that the server's schema lacks are left out. */
  params(has: (table: TableName, column: string) => boolean): unknown[] {
    const updates = [...this.updates.values()].map(({ table, uuid, row }) => ({
      op: 'update',
      table,
      where: [['_uuid', '==', ['uuid', uuid]]],
      row: Object.fromEntries(Object.entries(row).filter(([name]) => has(table, name))),
    }));
    return [DATABASE, { op: 'assert', lock: this.lock }, ...updates];
  }

  private updateOf(table: TableName, uuid: string): Json {
    let update = this.updates.get(uuid);
    if (update === undefined) this.updates.set(uuid, (update = { table, uuid, row: {} }));
    return update.row;
  }
}

/** Throws an OvsdbError if an operation, or the transaction as a whole, has failed. `results` is the answer to `transact`. */
export function checkResults(results: unknown): void {
  if (!Array.isArray(results)) throw new OvsdbError('protocol', 'the answer to a transaction is not an array');
  for (const result of results as ({ error?: unknown; details?: unknown } | null)[]) {
    if (typeof result?.error !== 'string') continue;
    const details = typeof result.details === 'string' ? `: ${result.details}` : '';
    throw new OvsdbError('refused', `${result.error}${details}`);
  }
}
