/**
 * NXT_CT_FLUSH: forget the connections that tuples of either direction describe. A tuple is a property that holds properties,
 * the first of which begins at a multiple of eight bytes; a part that is absent or zero matches everything.
 */
import type { CtFlush, CtFlushTuple } from '../ct-flush-types.js';
import { readProperties, writeProperty } from '../properties.js';
import type { Reader } from '../reader.js';
import type { Writer } from '../writer.js';
import type { CodecOf } from './codec.js';

const ORIG_TUPLE = 0;
const REPLY_TUPLE = 1;
const ZONE = 2;
const MARK = 3;
const MARK_MASK = 4;
const LABELS = 5;
const LABELS_MASK = 6;
const WHOLE_MARK = 0xffffffff;
const WHOLE_LABELS = (1n << 128n) - 1n;
/** Between the header of a property and those inside it. */
const NESTED_PAD = 4;

const emptyTuple = (): CtFlushTuple => ({
  src: 0n,
  dst: 0n,
  srcPort: 0,
  dstPort: 0,
  icmpId: 0,
  icmpType: 0,
  icmpCode: 0,
});

export const ctFlush: CodecOf<'ct_flush'> = {
  read(r) {
    const proto = r.u8();
    r.zeros(7, 'NXBRC_MUST_BE_ZERO');
    const flush: CtFlush = { proto, zone: null, mark: null, labels: null, orig: emptyTuple(), reply: emptyTuple() };
    const masks = { mark: WHOLE_MARK, labels: WHOLE_LABELS };
    readProperties(r, 'OFPBPC_BAD_TYPE', {
      [ORIG_TUPLE]: (p) => readTuple(p, flush.orig),
      [REPLY_TUPLE]: (p) => readTuple(p, flush.reply),
      [ZONE]: (p) => {
        flush.zone = p.u16();
      },
      [MARK]: (p) => {
        flush.mark = { value: p.u32(), mask: WHOLE_MARK };
      },
      [MARK_MASK]: (p) => {
        masks.mark = p.u32();
      },
      [LABELS]: (p) => {
        flush.labels = { value: p.big(16), mask: WHOLE_LABELS };
      },
      [LABELS_MASK]: (p) => {
        masks.labels = p.big(16);
      },
    });
    if (flush.mark !== null) flush.mark.mask = masks.mark;
    if (flush.labels !== null) flush.labels.mask = masks.labels;
    return flush;
  },
  write(w, { proto, zone, mark, labels, orig, reply }) {
    w.u8(proto);
    w.zeros(7);
    writeTuple(w, ORIG_TUPLE, orig);
    writeTuple(w, REPLY_TUPLE, reply);
    if (zone !== null) writePart(w, ZONE, zone, 2, true);
    if (mark !== null) {
      writeProperty(w, MARK, () => w.u32(mark.value));
      writeProperty(w, MARK_MASK, () => w.u32(mark.mask));
    }
    if (labels !== null) {
      writeProperty(w, LABELS, () => w.big(labels.value, 16));
      writeProperty(w, LABELS_MASK, () => w.big(labels.mask, 16));
    }
  },
};

function readTuple(r: Reader, tuple: CtFlushTuple): void {
  r.skip(NESTED_PAD);
  readProperties(r, 'OFPBPC_BAD_TYPE', {
    0: (p) => (tuple.src = p.big(16)),
    1: (p) => (tuple.dst = p.big(16)),
    2: (p) => (tuple.srcPort = p.u16()),
    3: (p) => (tuple.dstPort = p.u16()),
    4: (p) => (tuple.icmpId = p.u16()),
    5: (p) => (tuple.icmpType = p.u8()),
    6: (p) => (tuple.icmpCode = p.u8()),
  });
}

/** What is zero is left out, and a tuple without parts altogether. */
function writeTuple(w: Writer, type: number, tuple: CtFlushTuple): void {
  const { src, dst } = tuple;
  const numbers = [tuple.srcPort, tuple.dstPort, tuple.icmpId];
  const bytes = [tuple.icmpType, tuple.icmpCode];
  if (src === 0n && dst === 0n && [...numbers, ...bytes].every((part) => part === 0)) return;
  writeProperty(w, type, () => {
    w.zeros(NESTED_PAD);
    if (src !== 0n) writeProperty(w, 0, () => w.big(src, 16));
    if (dst !== 0n) writeProperty(w, 1, () => w.big(dst, 16));
    for (const [i, part] of numbers.entries()) writePart(w, 2 + i, part, 2);
    for (const [i, part] of bytes.entries()) writePart(w, 5 + i, part, 1);
  });
}

/** The length of 16-bit parts counts their padding, as Open vSwitch sends them. */
function writePart(w: Writer, type: number, part: number, size: 1 | 2, evenZero = false): void {
  if (part === 0 && !evenZero) return;
  writeProperty(w, type, () => {
    if (size === 1) return w.u8(part);
    w.u16(part);
    w.zeros(2);
  });
}
