/** What the tracker writes beside a packet: zone, mark, label, and the tuple that ct_nw_src and its like match on. @hot */
import * as slab from '../../base/slab.js';
import * as S from '../../packet/ct-state.js';
import { clearConntrack, type Packet } from '../../packet/packet.js';
import * as C from './conn.js';
import type { ConnTable } from './conn-table.js';
import type { Expectation } from './expectations.js';
import { EXTRA_PARENT } from './extra.js';
import * as K from './packet-key.js';

const { CONN_EXTRA, CONN_FLAGS, CONN_KEYS, CONN_LABEL, CONN_MARK, CONN_META, F_EXPECTED, KEY_DST, KEY_PORTS, KEY_SRC } =
  C;
const { KEY_DST_ADDR, KEY_L4, KEY_META, KEY_SRC_ADDR } = K;
const { CT_INVALID, CT_TRACKED } = S;
const { SLAB_SHIFT } = slab;

export function writeInvalid(p: Packet, zone: number): void {
  clearConntrack(p);
  p.ctState = CT_INVALID | CT_TRACKED;
  p.ctZone = zone;
}

/** For a packet of a connection. An invalid one shows its mark and label, but no tuple. */
export function writeConnection(p: Packet, zone: number, table: ConnTable, words: Int32Array, at: number): void {
  p.ctState |= CT_TRACKED;
  p.ctZone = zone;
  p.ctMark = words[at + CONN_MARK];
  const label = words[at + CONN_LABEL];
  if (label === 0) p.ctLabel0 = p.ctLabel1 = p.ctLabel2 = p.ctLabel3 = 0;
  else loadLabel(p, table, label - 1);
  if ((p.ctState & CT_INVALID) !== 0) p.ctFamily = p.ctProto = 0;
  else if ((words[at + CONN_FLAGS] & F_EXPECTED) !== 0) writeParent(p, table, words[at + CONN_EXTRA] - 1);
  else writeOriginal(p, table, words, at);
}

function loadLabel(p: Packet, table: ConnTable, handle: number): void {
  const words = table.labels.chunks[handle >>> SLAB_SHIFT];
  const at = table.labels.at(handle);
  p.ctLabel0 = words[at];
  p.ctLabel1 = words[at + 1];
  p.ctLabel2 = words[at + 2];
  p.ctLabel3 = words[at + 3];
}

function writeOriginal(p: Packet, table: ConnTable, words: Int32Array, at: number): void {
  const meta = words[at + CONN_META];
  writePorts(p, meta, words[at + CONN_KEYS + KEY_PORTS]);
  if ((meta & 0xff) === 4) {
    p.ctSrc0 = words[at + CONN_KEYS + KEY_SRC];
    p.ctDst0 = words[at + CONN_KEYS + KEY_DST];
    p.ctSrc1 = p.ctSrc2 = p.ctSrc3 = p.ctDst1 = p.ctDst2 = p.ctDst3 = 0;
    return;
  }
  const side = words[at + CONN_KEYS + KEY_SRC];
  writeAddresses6(p, table.addresses.chunks[side >>> SLAB_SHIFT], table.addresses.at(side));
}

function writeParent(p: Packet, table: ConnTable, handle: number): void {
  writeKey(p, table.extras.chunks[handle >>> SLAB_SHIFT], table.extras.at(handle) + EXTRA_PARENT);
}

/** The tuple of a key of packet-key.ts that stands at `words[at]`. */
export function writeKey(p: Packet, words: Int32Array, at: number): void {
  const meta = words[at + KEY_META];
  writePorts(p, meta, words[at + KEY_L4]);
  if ((meta & 0xff) === 4) {
    p.ctSrc0 = words[at + KEY_SRC_ADDR];
    p.ctDst0 = words[at + KEY_DST_ADDR];
    p.ctSrc1 = p.ctSrc2 = p.ctSrc3 = p.ctDst1 = p.ctDst2 = p.ctDst3 = 0;
  } else writeAddresses6(p, words, at + KEY_SRC_ADDR);
}

/** Ports, or the type and code of an ICMP query. */
function writePorts(p: Packet, meta: number, l4: number): void {
  const icmp = C.isIcmp(meta);
  p.ctFamily = meta & 0xff;
  p.ctProto = (meta >>> 8) & 0xff;
  p.ctTpSrc = icmp ? (l4 >>> 8) & 0xff : l4 >>> 16;
  p.ctTpDst = icmp ? l4 & 0xff : l4 & 0xffff;
}

function writeAddresses6(p: Packet, words: Int32Array, at: number): void {
  p.ctSrc0 = words[at];
  p.ctSrc1 = words[at + 1];
  p.ctSrc2 = words[at + 2];
  p.ctSrc3 = words[at + 3];
  p.ctDst0 = words[at + 4];
  p.ctDst1 = words[at + 5];
  p.ctDst2 = words[at + 6];
  p.ctDst3 = words[at + 7];
}

/** For a packet without a connection: its own key is the tuple. One that is expected shows what it would inherit. */
export function writeUncommitted(p: Packet, zone: number, key: Int32Array, expected: Expectation | null): void {
  p.ctState |= CT_TRACKED;
  p.ctZone = zone;
  p.ctMark = p.ctLabel0 = p.ctLabel1 = p.ctLabel2 = p.ctLabel3 = 0;
  if (expected === null) return writeKey(p, key, 0);
  p.ctMark = expected.mark;
  p.ctLabel0 = expected.label[0];
  p.ctLabel1 = expected.label[1];
  p.ctLabel2 = expected.label[2];
  p.ctLabel3 = expected.label[3];
  writeKey(p, expected.parentKey, 0);
}

/** exec(set_field -> ct_mark, ct_label): the masked bits change in the connection and in the packet. */
export function setMark(p: Packet, table: ConnTable, handle: number, value: number, mask: number): void {
  p.ctMark = value | (p.ctMark & ~mask);
  table.words(handle)[table.at(handle) + CONN_MARK] = p.ctMark;
}

/** `program` holds four words of value, then four of mask. */
export function setLabel(p: Packet, table: ConnTable, handle: number, program: Int32Array, from: number): void {
  p.ctLabel0 = program[from] | (p.ctLabel0 & ~program[from + 4]);
  p.ctLabel1 = program[from + 1] | (p.ctLabel1 & ~program[from + 5]);
  p.ctLabel2 = program[from + 2] | (p.ctLabel2 & ~program[from + 6]);
  p.ctLabel3 = program[from + 3] | (p.ctLabel3 & ~program[from + 7]);
  storeLabel(p, table, handle);
}

/** Gives the connection the packet's label. */
export function storeLabel(p: Packet, table: ConnTable, handle: number): void {
  const conn = table.words(handle);
  const at = table.at(handle);
  if (conn[at + CONN_LABEL] === 0) {
    if ((p.ctLabel0 | p.ctLabel1 | p.ctLabel2 | p.ctLabel3) === 0) return;
    conn[at + CONN_LABEL] = table.labels.allocate() + 1;
  }
  const label = conn[at + CONN_LABEL] - 1;
  const words = table.labels.chunks[label >>> SLAB_SHIFT];
  const to = table.labels.at(label);
  words[to] = p.ctLabel0;
  words[to + 1] = p.ctLabel1;
  words[to + 2] = p.ctLabel2;
  words[to + 3] = p.ctLabel3;
}

/** The key of the tuple that the packet carries beside it; what the tuple leaves open (zone, ICMP id) is as in `own`. */
export function readKey(p: Packet, key: Int32Array, own: Int32Array): void {
  const meta = (own[KEY_META] & ~0xff00) | (p.ctProto << 8);
  key[KEY_META] = meta;
  key[KEY_L4] = C.isIcmp(meta) ? (own[KEY_L4] & ~0xffff) | (p.ctTpSrc << 8) | p.ctTpDst : (p.ctTpSrc << 16) | p.ctTpDst;
  key[KEY_SRC_ADDR] = p.ctSrc0;
  key[KEY_SRC_ADDR + 1] = p.ctSrc1;
  key[KEY_SRC_ADDR + 2] = p.ctSrc2;
  key[KEY_SRC_ADDR + 3] = p.ctSrc3;
  key[KEY_DST_ADDR] = p.ctDst0;
  key[KEY_DST_ADDR + 1] = p.ctDst1;
  key[KEY_DST_ADDR + 2] = p.ctDst2;
  key[KEY_DST_ADDR + 3] = p.ctDst3;
}
