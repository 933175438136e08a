/**
 * FTP control connections (RFC 959, RFC 2428): expects the data connections they announce, and under NAT rewrites the
 * addresses in the text, which may change the length of the stream; from then on sequence and acknowledgement numbers are
 * shifted. (Open vSwitch lib/conntrack.c, handle_ftp_ctl)
 *
 * The tracker sees the numbers of the side that was not rewritten: a packet against the direction of the growth is adjusted
 * before the tracker, one along it after. A packet that announces something is adjusted last, and not at all if it is malformed,
 * as in Open vSwitch.
 */
import { logger, RateLimit } from '../../base/log.js';
import { SLAB_SHIFT } from '../../base/slab.js';
import * as tcp from '../../wire/tcp.js';
import * as C from '../record/conn.js';
import type { ConnTable } from '../record/conn-table.js';
import type { Expectations } from '../record/expectations.js';
import { EXTRA_SKEW, EXTRA_SKEW_DIRECTION } from '../record/extra.js';
import { KEY_DST_ADDR, KEY_L4, KEY_META, KEY_SRC_ADDR, KEY_WORDS, type PacketKey } from '../record/packet-key.js';
import { ALG_FTP_BAD, ALG_FTP_NO_ROOM, REASON_NONE } from '../record/reasons.js';
import type { ControlPacket } from './control-packet.js';
import { expectConnection } from './expect.js';
import { type Announcement, formatIpv4, formatIpv6, isAnnouncement, MAX_MESSAGE, parseFtp } from './ftp-parse.js';
import { addToNumber, hasRoom, replaceText } from './payload.js';

const log = logger('conntrack');
const badFormatLimit = new RateLimit(5, 5);
const noRoomLimit = new RateLimit(5, 5);

const SEQ = 4;
const ACK = 8;
const ORIGINAL_KEY = new Int32Array(KEY_WORDS);
const REPLY_KEY = new Int32Array(KEY_WORDS);

/** Shifts the numbers of a packet by what the stream has grown, if this is the moment for its direction. */
export function adjustNumbers(table: ConnTable, c: ControlPacket, isBefore: boolean): void {
  const extra = extraOf(table, c.handle);
  const words = table.extras.chunks[extra >>> SLAB_SHIFT];
  const at = table.extras.at(extra);
  const isAlong = c.direction === words[at + EXTRA_SKEW_DIRECTION];
  if (words[at + EXTRA_SKEW] === 0 || isAlong === isBefore) return;
  if (isAnnouncement(messageIn(c), C.metaFamily(c.key.words[KEY_META]))) return;
  shift(table, c);
}

function shift(table: ConnTable, c: ControlPacket): void {
  const extra = extraOf(table, c.handle);
  const words = table.extras.chunks[extra >>> SLAB_SHIFT];
  const at = table.extras.at(extra);
  const skew = words[at + EXTRA_SKEW];
  if (skew === 0) return;
  const isAlong = c.direction === words[at + EXTRA_SKEW_DIRECTION];
  const { l4 } = c.key;
  addToNumber(c.packet, l4, l4 + (isAlong ? SEQ : ACK), isAlong ? skew : -skew);
}

/** The beginning of the packet's payload. */
function messageIn({ key }: ControlPacket): string {
  const from = payloadAt(key);
  const size = Math.min(MAX_MESSAGE, key.l4 + key.l4Size - from) - 1;
  return size <= 0 ? '' : String.fromCharCode(...key.bytes.subarray(from, from + size));
}

const payloadAt = (key: PacketKey): number => key.l4 + tcp.headerSize(key.bytes, key.l4);

const extraOf = (table: ConnTable, handle: number): number => table.words(handle)[table.at(handle) + C.CONN_EXTRA] - 1;

/**
 * Reads the beginning of the packet's payload; a reason if it is malformed, announces somebody else's address, or announces one
 * that is to be replaced and cannot be: it would tell the other side a private address.
 */
export function trackFtp(table: ConnTable, expectations: Expectations, c: ControlPacket): number {
  const { key } = c;
  const found = parseFtp(messageIn(c), C.metaFamily(key.words[KEY_META]));
  if (found === null) return REASON_NONE;
  table.loadKey(c.handle, C.ORIGINAL, ORIGINAL_KEY);
  table.loadKey(c.handle, C.REPLY, REPLY_KEY);
  if (found === 'bad' || !isOwnAddress(found)) {
    log.warn(() => `Invalid FTP control packet format in ${nameOf(ORIGINAL_KEY)}`, badFormatLimit);
    key.detail[0] = found === 'bad' ? 1 : 0;
    return ALG_FTP_BAD;
  }
  const text = c.isNatted && found.address.length > 0 ? addressSeen(found) : null;
  const mayReplace = text === null || canReplace(c, found.size, text.length);
  if (!mayReplace && !isSeen(found)) return refuse(c, found.size, text.length);
  expectations.add(expectConnection(table, c.handle, c.direction, found.port));
  if (!c.isNatted) return REASON_NONE;
  shift(table, c);
  if (text !== null && mayReplace) rewrite(table, c, found, text);
  return REASON_NONE;
}

/** What came in fragments goes on as these, so its size must stay. */
const canReplace = (c: ControlPacket, size: number, newSize: number): boolean =>
  c.mayGrow ? hasRoom(c.packet, c.key, newSize - size) : newSize === size;

function refuse({ key, mayGrow }: ControlPacket, size: number, newSize: number): number {
  log.warn(() => `No room to rewrite an FTP control packet of ${nameOf(ORIGINAL_KEY)}`, noRoomLimit);
  key.detail[0] = size;
  key.detail[1] = newSize;
  key.detail[2] = mayGrow ? 0 : 1;
  return ALG_FTP_NO_ROOM;
}

/** "zone 5, connection 10.0.0.1:40000 -> 10.0.0.2:21", in the direction of who began it. */
function nameOf(key: Int32Array): string {
  const end = (field: number, port: number): string =>
    C.metaFamily(key[KEY_META]) === 4
      ? `${formatIpv4(key[field], '.')}:${port}`
      : `[${formatIpv6(key.subarray(field, field + 4))}]:${port}`;
  const ports = key[KEY_L4];
  return `zone ${key[KEY_META] >>> 16}, connection ${end(KEY_SRC_ADDR, ports >>> 16)} -> ${end(KEY_DST_ADDR, ports & 0xffff)}`;
}

/** A client may announce itself, by its own or its translated address; a server likewise. */
function isOwnAddress(found: Announcement): boolean {
  if (found.address.length === 0) return true;
  if (found.isActive) return isAt(found, ORIGINAL_KEY, KEY_SRC_ADDR) || isAt(found, REPLY_KEY, KEY_DST_ADDR);
  return isAt(found, REPLY_KEY, KEY_SRC_ADDR) || isAt(found, ORIGINAL_KEY, KEY_DST_ADDR);
}

const isAt = (found: Announcement, key: Int32Array, field: number): boolean =>
  found.address.every((word, i) => key[field + i] === word);

/** Where the address stands by which the other side knows the one that announces. */
const keySeen = (found: Announcement): Int32Array => (found.isActive ? REPLY_KEY : ORIGINAL_KEY);

const isSeen = (found: Announcement): boolean => isAt(found, keySeen(found), KEY_DST_ADDR);

function addressSeen(found: Announcement): string {
  const key = keySeen(found);
  return found.address.length === 1
    ? formatIpv4(key[KEY_DST_ADDR], found.separator)
    : formatIpv6(key.subarray(KEY_DST_ADDR, KEY_DST_ADDR + 4));
}

/** Puts the address that the other side knows in place of the one announced. */
function rewrite(table: ConnTable, c: ControlPacket, found: Announcement, text: string): void {
  const growth = replaceText(c.packet, c.key, payloadAt(c.key) + found.at, found.size, text);
  if (growth === 0) return;
  const extra = extraOf(table, c.handle);
  const words = table.extras.chunks[extra >>> SLAB_SHIFT];
  const at = table.extras.at(extra);
  words[at + EXTRA_SKEW] += growth;
  words[at + EXTRA_SKEW_DIRECTION] = c.direction;
}
