/**
 * The connection table for `ctswitch ct`: lists, counts, flushes and figures. JSON in, JSON out.
 *
 * Work on the table is cut into pages: a request looks at a bounded number of records, says where the next one has to go on, and
 * packets flow in between. A connection that is there all the while is met exactly once.
 */
import { CONN_META, CONN_WORDS } from '../../datapath/conntrack/conn.js';
import type { Conntrack } from '../../datapath/conntrack/conntrack.js';
import { type ConnEntry, entry, isShown } from '../../datapath/conntrack/dump.js';
import { CAUSES, COMMITS, REASONS, type ReasonRow } from '../../datapath/conntrack/reasons.js';
import { UNLIMITED } from '../../datapath/conntrack/zones.js';
import { formatConnection, formatExpectation, protocolName } from '../text/conntrack.js';
import { formatConnectionProc, formatConnectionTool } from '../text/conntrack-linux.js';
import { type Command, UnixctlError } from '../unixctl/registry.js';
import { command } from './args.js';
import { parseFilter } from './ct-filter.js';
import { type CtRequest, connJson, expectationText, numberIn, parseRequest, tupleJson } from './ct-json.js';
import type { SwitchView } from './view.js';

const ROWS_PER_PAGE = 2000;
const RECORDS_PER_PAGE = 50_000;

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

export function ctTableCommands(view: SwitchView): Command[] {
  const onTracker = (run: (tracker: Conntrack, request: CtRequest, now: number) => unknown) => (args: string[]) => {
    const { request, backer } = parseRequest(view, args[0] ?? '{}');
    return `${JSON.stringify(run(backer.datapath.conntrack, request, Math.floor(view.now()) | 0))}\n`;
  };
  return [
    command('ctswitch/ct-list', '[request]', 0, 1, onTracker(list)),
    command('ctswitch/ct-count', '[request]', 0, 1, onTracker(count)),
    command('ctswitch/ct-flush', '[request]', 0, 1, onTracker(flush)),
    command('ctswitch/ct-stats', '[request]', 0, 1, onTracker(stats)),
  ];
}

interface Page {
  handles: number[];
  /** Where the next page begins; null after the last one. */
  next: number | null;
}

function page(tracker: Conntrack, request: CtRequest, now: number, rows = ROWS_PER_PAGE): Page {
  const { table } = tracker;
  const isDying = listName(request) === 'dying';
  const fits = parseFilter(request.filter);
  const from = numberIn(request, 'from', 0);
  const end = Math.min(table.records.top, from + RECORDS_PER_PAGE);
  const handles: number[] = [];
  let handle = from;
  for (; handle < end && handles.length < rows; handle++) {
    if (!table.isLive(handle) || isShown(table, handle, now) === isDying) continue;
    if (request.filter === undefined || fits(entry(table, handle, now))) handles.push(handle);
  }
  return { handles, next: handle < table.records.top ? handle : null };
}

function listName(request: CtRequest): ListName {
  const name = request.list ?? 'confirmed';
  const found = LISTS.find((known) => known === name);
  if (found === undefined) throw new UnixctlError(`there is no list "${name}"; there are ${LISTS.join(', ')}`);
  return found;
}

function list(tracker: Conntrack, request: CtRequest, now: number): unknown {
  const format = request.format ?? 'json';
  if (typeof format !== 'string' || !Object.hasOwn(FORMATS, format))
    throw new UnixctlError(`there is no format "${format}"; there are ${Object.keys(FORMATS).join(', ')}`);
  const name = listName(request);
  if (name === 'unconfirmed') return { rows: [], next: null };
  if (name === 'expected') return { rows: expectations(tracker, format as Format), next: null };
  const { handles, next } = page(tracker, request, now);
  return { rows: handles.map((handle) => FORMATS[format as Format](entry(tracker.table, handle, now))), next };
}

function expectations(tracker: Conntrack, format: Format): unknown[] {
  const rows = [...tracker.expected()].map((expectation) => expectationText(expectation));
  if (format !== 'json') return rows.map((row) => formatExpectation(row));
  return rows.map(({ expected, parent, zone, mark, labels }) => ({
    proto: protocolName(expected.proto),
    zone,
    orig: tupleJson(expected),
    parent: tupleJson(parent),
    mark,
    labels: `0x${labels.toString(16)}`,
  }));
}

/** Connections by list; with a filter the confirmed ones that fit it. */
function count(tracker: Conntrack, request: CtRequest, now: number): unknown {
  const { handles, next } = page(tracker, { ...request, list: 'confirmed' }, now, RECORDS_PER_PAGE);
  const dying = page(tracker, { from: numberIn(request, 'from', 0), list: 'dying' }, now, RECORDS_PER_PAGE);
  const counts = { confirmed: handles.length, unconfirmed: 0, expected: tracker.expectedCount };
  return { ...counts, dying: dying.handles.length, next };
}

function flush(tracker: Conntrack, request: CtRequest, now: number): unknown {
  const { handles, next } = page(tracker, { ...request, list: 'confirmed' }, now, RECORDS_PER_PAGE);
  for (const handle of handles) tracker.flushOne(handle);
  return { flushed: handles.length, next };
}

function stats(tracker: Conntrack, _: CtRequest, now: number): unknown {
  const { table, zones, verdicts } = tracker;
  const { total, byProtocol, byTcpState } = tracker.stats(undefined, now);
  const { chains, longest } = table.chainStats();
  const records = tracker.count;
  return {
    confirmed: total,
    dying: records - total,
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
    protocols: Object.fromEntries([...byProtocol].map(([proto, n]) => [protocolName(proto), n])),
    tcpStates: Object.fromEntries(byTcpState),
    zones: zonesInUse(tracker, now),
    defaultLimit: zones.defaultLimit === 0 ? null : zones.defaultLimit,
    invalid: named(REASONS, verdicts.reasons),
    commits: named(COMMITS, verdicts.commits),
    ended: named(CAUSES, verdicts.causes),
  };
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
function zonesInUse({ zones, verdicts, table }: Conntrack, now: number): ZoneFigures[] {
  const shown = new Map<number, number>();
  for (let handle = 0; handle < table.records.top; handle++) {
    if (!isShown(table, handle, now)) continue;
    const zone = table.words(handle)[table.at(handle) + CONN_META] >>> 16;
    shown.set(zone, (shown.get(zone) ?? 0) + 1);
  }
  const rows: ZoneFigures[] = [];
  for (let zone = 0; zone < zones.counts.length; zone++) {
    const invalid = verdicts.invalidIn(zone);
    const refused = verdicts.refusedIn(zone);
    if (!shown.has(zone) && !zones.hasOwnLimit(zone) && invalid === null && refused === null) continue;
    const limit = zones.limitOf(zone);
    rows.push({
      zone,
      connections: shown.get(zone) ?? 0,
      limit: limit === UNLIMITED ? null : limit,
      refused: refused === null ? {} : named(COMMITS, refused),
      invalid: invalid === null ? {} : named(REASONS, invalid),
    });
  }
  return rows;
}
