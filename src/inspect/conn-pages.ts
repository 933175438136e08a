/**
 * The connection table page by page: lists, counts and flushes. A request and its answer are JSON values.
 *
 * Lists come in pages, so that nobody has to keep a whole one: a request looks at a bounded number of records and says where the next one
 * has to go on. Packets flow between pages and within them. A connection that is there all the while is met exactly once.
 */

import type { Conntrack } from '../../datapath/conntrack/conntrack.js';
import { type ConnEntry, entry, isShown } from '../../datapath/conntrack/query/dump.js';
import { type Colors, colorsFrom, PLAIN } from '../text/colors.js';
import { formatConnection, formatExpectation } from '../text/conntrack.js';
import { formatConnectionProc, formatConnectionTool } from '../text/conntrack-linux.js';
import { parseFilter } from './conn-filter.js';
import { connJson, expectationJson, expectationText } from './conn-json.js';
import type { ConnClock, Steps } from './conn-walk.js';
import { type InspectRequest, numberIn, RequestError, textIn } from './request.js';

const ROWS_PER_PAGE = 2000;
const RECORDS_PER_PAGE = 50_000;
/** Records looked at between packets: a millisecond's work when each becomes a row. */
const RECORDS_PER_STEP = 256;

/** Lists of the table; `unconfirmed` ones are being processed, so between two packets there are none. */
export const LISTS = ['confirmed', 'unconfirmed', 'expected', 'dying'] as const;
type ListName = (typeof LISTS)[number];

const FORMATS = {
  json: connJson,
  ovs: (c, colors) => formatConnection(c, { colors }),
  proc: formatConnectionProc,
  conntrack: formatConnectionTool,
} as const satisfies Record<string, (c: ConnEntry, colors: Colors) => unknown>;
type Format = keyof typeof FORMATS;

/** Where the next page begins; null after the last one. */
type Next = number | null;

export interface ListPage {
  /** JSON values or lines, as the format has it. */
  rows: unknown[];
  next: Next;
}

export interface CountPage {
  confirmed: number;
  unconfirmed: number;
  expected: number;
  dying: number;
  next: Next;
}

export interface FlushPage {
  flushed: number;
  next: Next;
}

/** Shows the records of a page to `visit`, which says whether it has made a row of one; returns where the next page begins, or null. */
function* page(
  tracker: Conntrack,
  request: InspectRequest,
  clock: ConnClock,
  visit: (handle: number, now: number) => boolean,
): Steps<Next> {
  const { table } = tracker;
  let handle = numberIn(request, 'from', 0);
  const end = handle + RECORDS_PER_PAGE;
  for (let rows = 0; handle < end && rows < ROWS_PER_PAGE; ) {
    const now = clock();
    for (const pause = handle + RECORDS_PER_STEP; handle < pause && rows < ROWS_PER_PAGE; handle++) {
      if (table.isLive(handle) && visit(handle, now)) rows++;
    }
    if (handle >= table.records.top) return null;
    yield '';
  }
  return handle;
}

/** Whether a connection is on the list asked for. */
function isWanted({ table }: Conntrack, request: InspectRequest): (handle: number, now: number) => boolean {
  const isDying = listName(request) === 'dying';
  const fits = parseFilter(request.filter);
  return (handle, now) =>
    isShown(table, handle, now) !== isDying && (request.filter === undefined || fits(entry(table, handle, now)));
}

function listName(request: InspectRequest): ListName {
  const name = textIn(request, 'list', 'confirmed');
  const found = LISTS.find((known) => known === name);
  if (found === undefined) throw new RequestError(`there is no list "${name}"; there are ${LISTS.join(', ')}`);
  return found;
}

/** Lines are plain unless the request says in what colours they are wanted, as OVS_COLORS would. */
const colorsOf = (request: InspectRequest): Colors =>
  request.colors === undefined ? PLAIN : colorsFrom(textIn(request, 'colors', ''));

/** A page of one of the lists: `list`, `format`, `colors`, `filter` and `from` of the request. */
export function* listPage(tracker: Conntrack, request: InspectRequest, clock: ConnClock): Steps<ListPage> {
  const format = textIn(request, 'format', 'json');
  if (!Object.hasOwn(FORMATS, format))
    throw new RequestError(`there is no format "${format}"; there are ${Object.keys(FORMATS).join(', ')}`);
  const name = listName(request);
  const colors = colorsOf(request);
  if (name === 'unconfirmed') return { rows: [], next: null };
  if (name === 'expected') return { rows: yield* expectations(tracker, format as Format, colors), next: null };
  const wanted = isWanted(tracker, request);
  const rows: unknown[] = [];
  const next = yield* page(tracker, request, clock, (handle, now) => {
    if (!wanted(handle, now)) return false;
    rows.push(FORMATS[format as Format](entry(tracker.table, handle, now), colors));
    return true;
  });
  return { rows, next };
}

function* expectations(tracker: Conntrack, format: Format, colors: Colors): Steps<unknown[]> {
  const rows: unknown[] = [];
  for (const expectation of [...tracker.expected()]) {
    const row = expectationText(expectation);
    rows.push(format === 'json' ? expectationJson(row) : formatExpectation(row, colors));
    if (rows.length % RECORDS_PER_STEP === 0) yield '';
  }
  return rows;
}

/** Connections by list; with a filter the confirmed ones that fit it. */
export function* countPage(tracker: Conntrack, request: InspectRequest, clock: ConnClock): Steps<CountPage> {
  const wanted = isWanted(tracker, { ...request, list: 'confirmed' });
  let confirmed = 0;
  let dying = 0;
  const next = yield* page(tracker, request, clock, (handle, now) => {
    if (wanted(handle, now)) confirmed++;
    else if (!isShown(tracker.table, handle, now)) dying++;
    return false;
  });
  return { confirmed, unconfirmed: 0, expected: tracker.expectedCount, dying, next };
}

/** Removes the connections of a page that fit. */
export function* flushPage(tracker: Conntrack, request: InspectRequest, clock: ConnClock): Steps<FlushPage> {
  const wanted = isWanted(tracker, { ...request, list: 'confirmed' });
  let flushed = 0;
  const next = yield* page(tracker, request, clock, (handle, now) => {
    if (!wanted(handle, now)) return false;
    tracker.flushOne(handle, now);
    flushed++;
    return false;
  });
  return { flushed, next };
}
