/**
 * Who fills the connection table: connections summed up by one of their parts, for `ctswitch ct top`.
 *
 * A request looks at a bounded number of records, with packets in between, and gives the sums of those; who asks adds the pages
 * up. So nothing is kept between requests, whatever is in the table.
 */

import { hasReply } from '../../datapath/conntrack/query/dump.js';
import { isIcmp, metaFamily, metaProto, metaZone } from '../../datapath/conntrack/record/conn.js';
import { KEY_DST_ADDR, KEY_L4, KEY_META, KEY_SRC_ADDR, KEY_WORDS } from '../../datapath/conntrack/record/packet-key.js';
import type { DpifConntrack } from '../dpif/conntrack.js';
import { formatIpv4, formatIpv6 } from '../text/address.js';
import { protocolName } from '../text/conntrack.js';
import { parseFilter } from './conn-filter.js';
import type { ConnClock, Steps } from './conn-walk.js';
import { type InspectRequest, numberIn, RequestError, textIn } from './request.js';

/** Records that one request looks at, which bounds the sums of one answer. */
const MAX_RECORDS = 8192;
/** Records looked at between packets, a millisecond's work. */
const RECORDS_PER_STEP = 256;

/** Parts of a connection, by the key of its original direction: as it was before any translation. */
export const TOP_PARTS = {
  src: (key) => addressText(key, KEY_SRC_ADDR),
  dst: (key) => addressText(key, KEY_DST_ADDR),
  zone: (key) => String(metaZone(key[KEY_META])),
  service: (key) => serviceText(key),
} as const satisfies Record<string, (key: Int32Array) => string>;
export type TopPart = keyof typeof TOP_PARTS;

/** A part's value, its connections, and how many of those have had no answer. */
export type TopRow = [value: string, connections: number, unreplied: number];

export interface TopPage {
  rows: TopRow[];
  /** Where the next page begins; null after the last one. */
  next: number | null;
}

/** Sums up the records of one page: `by`, `filter` and `from` of the request. */
export function* topPage(tracker: DpifConntrack, request: InspectRequest, clock: ConnClock): Steps<TopPage> {
  const part = TOP_PARTS[partIn(request)];
  const fits = request.filter === undefined ? null : parseFilter(request.filter);
  const columns = { entries: fits !== null, keys: true, states: true };
  const sums = new Map<string, TopRow>();
  let from = numberIn(request, 'from', 0);
  for (const end = from + MAX_RECORDS; from < end; ) {
    const cursor = { next: from, end: Number.MAX_SAFE_INTEGER, lastId: null };
    const step = tracker.dump(cursor, {}, columns, clock(), RECORDS_PER_STEP);
    for (let i = 0; i < step.count; i++) {
      if (fits?.(step.entries[i]) === false) continue;
      const value = part(step.keys.subarray(i * KEY_WORDS, (i + 1) * KEY_WORDS));
      addTo(sums, value, hasReply(step.states[2 * i], step.states[2 * i + 1]));
    }
    if (step.next === null) return { rows: [...sums.values()], next: null };
    from = step.next.next;
    yield '';
  }
  return { rows: [...sums.values()], next: from };
}

function addTo(sums: Map<string, TopRow>, value: string, isReplied: boolean): void {
  let row = sums.get(value);
  if (row === undefined) sums.set(value, (row = [value, 0, 0]));
  row[1]++;
  if (!isReplied) row[2]++;
}

function partIn(request: InspectRequest): TopPart {
  const by = textIn(request, 'by', 'src');
  if (Object.hasOwn(TOP_PARTS, by)) return by as TopPart;
  throw new RequestError(
    `connections cannot be summed up by "${by}"; they can by ${Object.keys(TOP_PARTS).join(', ')}`,
  );
}

function addressText(key: Int32Array, at: number): string {
  if (metaFamily(key[KEY_META]) === 4) return formatIpv4(key[at]);
  let address = 0n;
  for (let i = 0; i < 4; i++) address = (address << 32n) | BigInt(key[at + i] >>> 0);
  return formatIpv6(address);
}

/** `tcp 10.0.0.2:80`; ICMP has no ports. */
function serviceText(key: Int32Array): string {
  const meta = key[KEY_META];
  const address = addressText(key, KEY_DST_ADDR);
  const proto = protocolName(metaProto(meta));
  if (isIcmp(meta)) return `${proto} ${address}`;
  return `${proto} ${metaFamily(meta) === 4 ? address : `[${address}]`}:${key[KEY_L4] & 0xffff}`;
}
