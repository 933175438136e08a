/** What is asked of an OVSDB server when a connection begins: the schema, the lock, the rows. */
import { type JsonRpc, RpcError } from '../net/jsonrpc.js';
import { OvsdbError } from './error.js';
import { columnsOf, DATABASE, TABLE_NAMES, type TableName } from './tables.js';

/** The columns that are followed and that the server's schema has, by table. */
export type Known = ReadonlyMap<TableName, readonly string[]>;

/** Identifies the monitor in what the server tells of it. */
const MONITOR_ID = 'ctswitch';
/** Stands for "no transaction": everything is told. */
const NO_TRANSACTION = '00000000-0000-0000-0000-000000000000';

/** Rows as they were when the server answered; what it tells from then on are changes of them. */
export interface Snapshot {
  readonly updates: unknown;
  readonly form: 1 | 2;
  /** The transaction that the rows are as of; null if the server does not number them. */
  readonly transaction: string | null;
  /** The updates are changes since the transaction that was asked for, not all rows. */
  readonly isChanges: boolean;
}

/** Which of the columns are there. Throws an OvsdbError if it is not the database of a switch. */
export async function readSchema(rpc: JsonRpc): Promise<Known> {
  const schema = (await rpc.call('get_schema', [DATABASE])) as { tables?: Record<string, { columns?: object }> } | null;
  if (typeof schema?.tables?.[DATABASE] !== 'object')
    throw new OvsdbError('schema', `the database ${DATABASE} has no table of that name`);
  const { tables } = schema;
  const known = new Map<TableName, readonly string[]>();
  for (const table of TABLE_NAMES) {
    const columns = tables[table]?.columns;
    if (columns !== undefined)
      known.set(
        table,
        Object.keys(columnsOf(table)).filter((name) => Object.hasOwn(columns, name)),
      );
  }
  return known;
}

/** True if the lock is ours now; if not, a notification says when it is. */
export async function askForLock(rpc: JsonRpc, lock: string): Promise<boolean> {
  const answer = (await rpc.call('lock', [lock])) as { locked?: unknown } | null;
  return answer?.locked === true;
}

/** Ways to follow rows, the best first: the answer to one that the server does not know is an error. */
const MONITORS = [
  {
    method: 'monitor_cond_since',
    params: (since: string | null) => [since ?? NO_TRANSACTION],
    read: (answer: unknown): Snapshot => {
      if (!Array.isArray(answer) || answer.length !== 3 || typeof answer[1] !== 'string')
        throw new OvsdbError('protocol', 'the answer to monitor_cond_since has another form');
      return { updates: answer[2], form: 2, transaction: answer[1], isChanges: answer[0] === true };
    },
  },
  {
    method: 'monitor_cond',
    params: () => [],
    read: (updates: unknown): Snapshot => ({ updates, form: 2, transaction: null, isChanges: false }),
  },
  {
    method: 'monitor',
    params: () => [],
    read: (updates: unknown): Snapshot => ({ updates, form: 1, transaction: null, isChanges: false }),
  },
] as const;

/** Begins to follow; `since` is the transaction up to which the rows are known already, from a connection before. */
export async function follow(rpc: JsonRpc, known: Known, since: string | null): Promise<Snapshot> {
  const requests = Object.fromEntries([...known].map(([table, columns]) => [table, [{ columns }]]));
  for (const { method, params, read } of MONITORS) {
    try {
      return read(await rpc.call(method, [DATABASE, MONITOR_ID, requests, ...params(since)]));
    } catch (error) {
      if (!isUnknownMethod(error)) throw error;
    }
  }
  throw new OvsdbError('protocol', 'the server cannot be followed: it knows none of the monitor methods');
}

function isUnknownMethod(error: unknown): boolean {
  if (!(error instanceof RpcError) || error.detail.code !== 'refused') return false;
  const { error: json } = error.detail;
  return json === 'unknown method' || (json as { error?: unknown } | null)?.error === 'unknown method';
}

/** Notifications that change rows, and where in their parameters the changes are. */
export const UPDATES: Readonly<Record<string, { form: 1 | 2; at: number; transactionAt?: number }>> = {
  update: { form: 1, at: 1 },
  update2: { form: 2, at: 1 },
  update3: { form: 2, at: 2, transactionAt: 1 },
};
