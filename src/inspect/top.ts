/**
 * Who fills the connection table: connections summed up by one of their parts, for `ctswitch ct top`.
 *
 * A request looks at a bounded number of records, with packets in between, and gives the sums of those; who asks adds the pages
 * up. So nothing is kept between requests, whatever is in the table.
 */

import type { Conntrack } from '../../datapath/conntrack/conntrack.js';
import { entry, hasReply, isShown } from '../../datapath/conntrack/query/dump.js';
import { isIcmp, metaFamily, metaProto, metaZone, ORIGINAL } from '../../datapath/conntrack/record/conn.js';
import { KEY_DST_ADDR, KEY_L4, KEY_META, KEY_SRC_ADDR, KEY_WORDS } from '../../datapath/conntrack/record/packet-key.js';
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

const KEY = new Int32Array(KEY_WORDS);

/** Sums up the records of one page: `by`, `filter` and `from` of the request. */
export function* topPage({ table }: Conntrack, request: InspectRequest, clock: ConnClock): Steps<TopPage> {
  const part = TOP_PARTS[partIn(request)];
  const fits = request.filter === undefined ? null : parseFilter(request.filter);
  const from = numberIn(request, 'from', 0);
  const end = Math.min(table.records.top, from + MAX_RECORDS);
  const sums = new Map<string, TopRow>();
  let now = clock();
  for (let handle = from; handle < end; handle++) {
    if (handle % RECORDS_PER_STEP === 0) {
      yield '';
      now = clock();
    }
    if (!isShown(table, handle, now) || fits?.(entry(table, handle, now)) === false) continue;
    table.loadKey(handle, ORIGINAL, KEY);
    const value = part(KEY);
    let row = sums.get(value);
    if (row === undefined) sums.set(value, (row = [value, 0, 0]));
    row[1]++;
    if (!hasReply(table.words(handle), table.at(handle))) row[2]++;
  }
  return { rows: [...sums.values()], next: end < table.records.top ? end : null };
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
