/**
 * The connection table for `ctswitch ct`: lists, counts, flushes and figures. JSON in, JSON out.
 *
 * Lists come in pages, so that nobody has to keep a whole one: a request looks at a bounded number of records and says where the next one has
 * to go on. Packets flow between pages and within them. A connection that is there all the while is met exactly once.
 */

import type { Conntrack } from '../../datapath/conntrack/conntrack.js';
import { type ConnEntry, entry, isShown } from '../../datapath/conntrack/query/dump.js';
import { ConnStats } from '../../datapath/conntrack/query/stats.js';
import { CONN_WORDS } from '../../datapath/conntrack/record/conn.js';
import { CAUSES, COMMITS, REASONS, type ReasonRow } from '../../datapath/conntrack/record/reasons.js';
import { UNLIMITED } from '../../datapath/conntrack/record/zones.js';
import { type ExpectationText, formatConnection, formatExpectation, protocolName } from '../text/conntrack.js';
import { formatConnectionProc, formatConnectionTool } from '../text/conntrack-linux.js';
import { type Command, type Pieces, UnixctlError } from '../unixctl/registry.js';
import { command } from './args.js';
import { parseFilter } from './ct-filter.js';
import { type CtRequest, connJson, expectationText, numberIn, parseRequest, textIn, tupleJson } from './ct-json.js';
import { overConnections, wholeMs } from './ct-walk.js';
import type { SwitchView } from './view.js';

const ROWS_PER_PAGE = 2000;
const RECORDS_PER_PAGE = 50_000;
/** Records looked at between packets: a millisecond's work when each becomes a row. */
const RECORDS_PER_STEP = 256;

/** Lists of the table; `unconfirmed` ones are being processed, so between two packets there are none. */
export const LISTS = ['confirmed', 'unconfirmed', 'expected', 'dying'] as const;
type ListName = (typeof LISTS)[number];

const FORMATS = {
  json: connJson,
  ovs: (c) => formatConnection(c, { verbose: false, statistics: false }),
  proc: formatConnectionProc,
  conntrack: formatConnectionTool,
} as const satisfies Record<string, (c: ConnEntry) => unknown>;
type Format = keyof typeof FORMATS;

/** What is made step by step, with packets in between. */
type Steps<T> = Generator<string, T>;

export function ctTableCommands(view: SwitchView): Command[] {
  const onTracker = (run: (tracker: Conntrack, request: CtRequest, view: SwitchView) => Steps<unknown>) =>
    function* (args: string[]): Pieces {
      const { request, backer } = parseRequest(view, args[0] ?? '{}');
      yield `${JSON.stringify(yield* run(backer.dpif.conntrack, request, view))}\n`;
    };
  return [
    command('ctswitch/ct-list', '[request]', 0, 1, onTracker(list)),
    command('ctswitch/ct-count', '[request]', 0, 1, onTracker(count)),
    command('ctswitch/ct-flush', '[request]', 0, 1, onTracker(flush)),
    command('ctswitch/ct-stats', '[request]', 0, 1, onTracker(stats)),
  ];
}

/** Shows the records of a page to `visit`, which says whether it has made a row of one; returns where the next page begins, or null. */
function* page(
  tracker: Conntrack,
  request: CtRequest,
  view: SwitchView,
  visit: (handle: number, now: number) => boolean,
): Steps<number | null> {
  const { table } = tracker;
  let handle = numberIn(request, 'from', 0);
  const end = handle + RECORDS_PER_PAGE;
  for (let rows = 0; handle < end && rows < ROWS_PER_PAGE; ) {
    const now = wholeMs(view);
    for (const pause = handle + RECORDS_PER_STEP; handle < pause && rows < ROWS_PER_PAGE; handle++) {
      if (table.isLive(handle) && visit(handle, now)) rows++;
    }
    if (handle >= table.records.top) return null;
    yield '';
  }
  return handle;
}

/** Whether a connection is on the list asked for. */
function isWanted({ table }: Conntrack, request: CtRequest): (handle: number, now: number) => boolean {
  const isDying = listName(request) === 'dying';
  const fits = parseFilter(request.filter);
  return (handle, now) =>
    isShown(table, handle, now) !== isDying && (request.filter === undefined || fits(entry(table, handle, now)));
}

function listName(request: CtRequest): ListName {
  const name = textIn(request, 'list', 'confirmed');
  const found = LISTS.find((known) => known === name);
  if (found === undefined) throw new UnixctlError(`there is no list "${name}"; there are ${LISTS.join(', ')}`);
  return found;
}

function* list(tracker: Conntrack, request: CtRequest, view: SwitchView): Steps<unknown> {
  const format = textIn(request, 'format', 'json');
  if (!Object.hasOwn(FORMATS, format))
    throw new UnixctlError(`there is no format "${format}"; there are ${Object.keys(FORMATS).join(', ')}`);
  const name = listName(request);
  if (name === 'unconfirmed') return { rows: [], next: null };
  if (name === 'expected') return { rows: yield* expectations(tracker, format as Format), next: null };
  const wanted = isWanted(tracker, request);
  const rows: unknown[] = [];
  const next = yield* page(tracker, request, view, (handle, now) => {
    if (!wanted(handle, now)) return false;
    rows.push(FORMATS[format as Format](entry(tracker.table, handle, now)));
    return true;
  });
  return { rows, next };
}

function* expectations(tracker: Conntrack, format: Format): Steps<unknown[]> {
  const rows: unknown[] = [];
  for (const expectation of [...tracker.expected()]) {
    const row = expectationText(expectation);
    rows.push(format === 'json' ? expectationJson(row) : formatExpectation(row));
    if (rows.length % RECORDS_PER_STEP === 0) yield '';
  }
  return rows;
}

const expectationJson = ({ expected, parent, zone, mark, labels }: ExpectationText): unknown => ({
  proto: protocolName(expected.proto),
  zone,
  orig: tupleJson(expected),
  parent: tupleJson(parent),
  mark,
  labels: `0x${labels.toString(16)}`,
});

/** Connections by list; with a filter the confirmed ones that fit it. */
function* count(tracker: Conntrack, request: CtRequest, view: SwitchView): Steps<unknown> {
  const wanted = isWanted(tracker, { ...request, list: 'confirmed' });
  let confirmed = 0;
  let dying = 0;
  const next = yield* page(tracker, request, view, (handle, now) => {
    if (wanted(handle, now)) confirmed++;
    else if (!isShown(tracker.table, handle, now)) dying++;
    return false;
  });
  return { confirmed, unconfirmed: 0, expected: tracker.expectedCount, dying, next };
}

function* flush(tracker: Conntrack, request: CtRequest, view: SwitchView): Steps<unknown> {
  const wanted = isWanted(tracker, { ...request, list: 'confirmed' });
  let flushed = 0;
  const next = yield* page(tracker, request, view, (handle, now) => {
    if (!wanted(handle, now)) return false;
    tracker.flushOne(handle, now);
    flushed++;
    return false;
  });
  return { flushed, next };
}

function* stats(tracker: Conntrack, _: CtRequest, view: SwitchView): Steps<unknown> {
  const { table, zones, verdicts } = tracker;
  const gathered = new ConnStats();
  const dying = yield* overConnections(view, tracker, {}, (handle) => gathered.add(table, handle));
  const { total, byProtocol, byTcpState, byZone } = gathered;
  const longest = yield* longestChain(tracker);
  const records = tracker.count;
  const chains = table.chainCount;
  return {
    confirmed: total,
    dying,
    expected: tracker.expectedCount,
    created: tracker.createdCount,
    capacity: tracker.maxConnections,
    bytes: tracker.capacityBytes,
    recordBytes: CONN_WORDS * 4,
    bytesPerConnection: records === 0 ? null : Math.round(tracker.capacityBytes / records),
    chains,
    loadFactor: records / chains,
    longestChain: longest,
    sweepIntervalMs: tracker.sweepIntervalMs,
    protocols: Object.fromEntries(
      [...byProtocol.entries()].filter(([, n]) => n > 0).map(([proto, n]) => [protocolName(proto), n]),
    ),
    tcpStates: Object.fromEntries([...byTcpState].filter(([, n]) => n > 0)),
    zones: zonesInUse(tracker, byZone),
    defaultLimit: zones.defaultLimit === 0 ? null : zones.defaultLimit,
    invalid: named(REASONS, verdicts.reasons),
    commits: named(COMMITS, verdicts.commits),
    ended: named(CAUSES, verdicts.causes),
  };
}

/** Each chain is another place in memory: a thousand take some tenths of a millisecond. */
const CHAINS_PER_STEP = 1024;

function* longestChain({ table }: Conntrack): Steps<number> {
  let longest = 0;
  for (let chain = 0; chain < table.chainCount; chain++) {
    longest = Math.max(longest, table.chainLength(chain));
    if (chain % CHAINS_PER_STEP === 0) yield '';
  }
  return longest;
}

/** Only what has happened. */
function named(rows: readonly ReasonRow[], counts: Float64Array): Record<string, number> {
  return Object.fromEntries(rows.filter(({ id }) => counts[id] > 0).map(({ id, name }) => [name, counts[id]]));
}

interface ZoneFigures {
  zone: number;
  connections: number;
  limit: number | null;
  refused: Record<string, number>;
  invalid: Record<string, number>;
}

/** Zones with connections, a limit of their own, refused commits or invalid packets. */
function zonesInUse({ zones, verdicts }: Conntrack, byZone: Uint32Array): ZoneFigures[] {
  const rows: ZoneFigures[] = [];
  for (let zone = 0; zone < zones.counts.length; zone++) {
    const invalid = verdicts.invalidIn(zone);
    const refused = verdicts.refusedIn(zone);
    if (byZone[zone] === 0 && !zones.hasOwnLimit(zone) && invalid === null && refused === null) continue;
    const limit = zones.limitOf(zone);
    rows.push({
      zone,
      connections: byZone[zone],
      limit: limit === UNLIMITED ? null : limit,
      refused: refused === null ? {} : named(COMMITS, refused),
      invalid: invalid === null ? {} : named(REASONS, invalid),
    });
  }
  return rows;
}
