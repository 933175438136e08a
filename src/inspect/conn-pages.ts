/**
 * The connection table page by page: lists, counts and flushes. A request and its answer are JSON values.
 *
 * Lists come in pages, so that nobody has to keep a whole one: a request looks at a bounded number of records and says where the next one
 * has to go on. Packets flow between pages and within them. A connection that is there all the while is met exactly once.
 */

import type { ConnEntry } from '../../datapath/conntrack/query/dump.js';
import type { CtColumns, CtDumpStep, DpifConntrack } from '../dpif/conntrack.js';
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

/**
 * A page of records that one request looks at, in steps; `rowsOf` says how many rows of the answer a step has made. Returns where the next
 * begins.
 */
function* page(
  tracker: DpifConntrack,
  request: InspectRequest,
  columns: CtColumns,
  clock: ConnClock,
  rowsOf: (step: CtDumpStep, now: number) => number,
): Steps<Next> {
  let handle = numberIn(request, 'from', 0);
  const end = handle + RECORDS_PER_PAGE;
  const filter = listName(request) === 'dying' ? ({ list: 'dying' } as const) : {};
  for (let rows = 0; handle < end && rows < ROWS_PER_PAGE; ) {
    const now = clock();
    // Who asks page by page says only where the next one begins, so it cannot be known what was born since.
    const from = { next: handle, end: Number.MAX_SAFE_INTEGER, lastId: null };
    const step = tracker.dump(from, filter, columns, now, Math.min(RECORDS_PER_STEP, ROWS_PER_PAGE - rows));
    rows += rowsOf(step, now);
    if (step.next === null) return null;
    handle = step.next.next;
    yield '';
  }
  return handle;
}

/** Of each connection of a step whether it fits the filter of the request; the entries have come with it if there is one. */
function fitting(request: InspectRequest): (step: CtDumpStep) => boolean[] {
  const fits = request.filter === undefined ? null : parseFilter(request.filter);
  return ({ records, entries }) => Array.from(records, (_, i) => fits === null || fits(entries[i]));
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
export function* listPage(tracker: DpifConntrack, request: InspectRequest, clock: ConnClock): Steps<ListPage> {
  const format = textIn(request, 'format', 'json');
  if (!Object.hasOwn(FORMATS, format))
    throw new RequestError(`there is no format "${format}"; there are ${Object.keys(FORMATS).join(', ')}`);
  const name = listName(request);
  const colors = colorsOf(request);
  if (name === 'unconfirmed') return { rows: [], next: null };
  if (name === 'expected') return { rows: yield* expectations(tracker, format as Format, colors), next: null };
  const fits = fitting(request);
  const rows: unknown[] = [];
  const next = yield* page(tracker, request, { entries: true }, clock, (step) => {
    const before = rows.length;
    const wanted = fits(step);
    for (let i = 0; i < step.count; i++) if (wanted[i]) rows.push(FORMATS[format as Format](step.entries[i], colors));
    return rows.length - before;
  });
  return { rows, next };
}

function* expectations(tracker: DpifConntrack, format: Format, colors: Colors): Steps<unknown[]> {
  const rows: unknown[] = [];
  for (const expectation of tracker.expectations()) {
    const row = expectationText(expectation);
    rows.push(format === 'json' ? expectationJson(row) : formatExpectation(row, colors));
    if (rows.length % RECORDS_PER_STEP === 0) yield '';
  }
  return rows;
}

/** Connections by list; with a filter the confirmed ones that fit it. */
export function* countPage(tracker: DpifConntrack, request: InspectRequest, clock: ConnClock): Steps<CountPage> {
  const asked = { ...request, list: 'confirmed' };
  const fits = fitting(asked);
  let confirmed = 0;
  let dying = 0;
  const next = yield* page(tracker, asked, { entries: request.filter !== undefined }, clock, (step) => {
    confirmed += fits(step).filter(Boolean).length;
    dying += step.dying;
    return 0;
  });
  return { confirmed, unconfirmed: 0, expected: tracker.figures().expectedCount, dying, next };
}

/** Removes the connections of a page that fit. */
export function* flushPage(tracker: DpifConntrack, request: InspectRequest, clock: ConnClock): Steps<FlushPage> {
  const asked = { ...request, list: 'confirmed' };
  const fits = fitting(asked);
  let flushed = 0;
  const next = yield* page(tracker, asked, { entries: true }, clock, (step, now) => {
    const wanted = fits(step);
    for (let i = 0; i < step.count; i++)
      if (wanted[i] && tracker.flushOne(step.records[i], step.entries[i].id, now)) flushed++;
    return 0;
  });
  return { flushed, next };
}
