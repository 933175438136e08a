/** Moving parts of fields: from one into another, and over the stack. */
import { NXM_VERSION } from '../../match/field-ids.js';
import type { ActionOf, Subfield } from '../action-types.js';
import { readFieldHeader, writeFieldHeader } from '../oxm.js';
import type { Reader } from '../reader.js';
import { OF10, OF13, OF14, OF15 } from '../version.js';
import type { Writer } from '../writer.js';
import { behind, doc, nx, of, onf, type PlainBody, REWRITE, type Rows } from './row.js';
import { checkDestination, checkSource, mustBeZero } from './wire.js';

type Move = ActionOf<'move'>;

/** Bits, first bits of source and destination, `gap` bytes of padding, two fields. */
const move = (gap: number, fieldVersion: number): PlainBody<Move> => ({
  read: (r) => {
    const bits = r.u16();
    const srcStart = r.u16();
    const dstStart = r.u16();
    r.skip(gap);
    const src = { field: readFieldHeader(r), start: srcStart, bits };
    const dst = { field: readFieldHeader(r), start: dstStart, bits };
    r.zeros(r.remaining, 'NXBRC_MUST_BE_ZERO');
    return { type: 'move', src: checkSource(src), dst: checkDestination(dst) };
  },
  write: (w, { src, dst }) => {
    w.u16(src.bits);
    w.u16(src.start);
    w.u16(dst.start);
    w.zeros(gap);
    writeFieldHeader(w, src.field, fieldVersion);
    writeFieldHeader(w, dst.field, fieldVersion);
  },
});

function readStack(r: Reader): Subfield {
  const start = r.u16();
  const field = readFieldHeader(r);
  const bits = r.u16();
  mustBeZero(r, r.remaining);
  return { field, start, bits };
}

function writeStack(w: Writer, { field, start, bits }: Subfield): void {
  w.u16(start);
  writeFieldHeader(w, field, NXM_VERSION);
  w.u16(bits);
}

const PUSH: PlainBody<ActionOf<'push'>> = {
  read: (r) => ({ type: 'push', src: checkSource(readStack(r)) }),
  write: (w, { src }) => writeStack(w, src),
};

const POP: PlainBody<ActionOf<'pop'>> = {
  read: (r) => ({ type: 'pop', dst: checkDestination(readStack(r)) }),
  write: (w, { dst }) => writeStack(w, dst),
};

/** OFPAT_COPY_FIELD. */
export const COPY_FIELD = of(28, OF15, OF15, -8, move(2, OF15));

export const MOVE_ROWS: Rows<'move' | 'push' | 'pop'> = {
  move: {
    encodings: [
      nx(6, -16, move(0, NXM_VERSION), OF10, OF14),
      COPY_FIELD,
      onf(3200, OF13, OF14, -16, behind(2, move(2, OF13))),
    ],
    place: REWRITE,
    docs: [
      doc(
        'move:SRC->DST',
        'move:NXM_NX_REG0[]->NXM_NX_REG1[]',
        'copies a part of a field into another of the same size',
      ),
    ],
  },
  push: {
    encodings: [nx(27, 24, PUSH)],
    place: null,
    docs: [doc('push:SRC', 'push:NXM_NX_REG0[]', 'puts a part of a field on the stack')],
  },
  pop: {
    encodings: [nx(28, 24, POP)],
    place: null,
    docs: [doc('pop:DST', 'pop:NXM_NX_REG0[]', 'takes it off the stack again')],
  },
};
