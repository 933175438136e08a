/** Sending a packet out: to a port that is named, to one that a field holds, and cut to a size. */
import { NXM_VERSION } from '../../match/field-ids.js';
import { type ActionOf, OFPP } from '../action-types.js';
import { OpenFlowError } from '../errors.js';
import { headerSize, readFieldHeader, readFieldNumber, writeFieldHeader } from '../oxm.js';
import { portFrom32, portTo32 } from '../struct.js';
import { OF10, OF11, OF15 } from '../version.js';
import { doc, final, nx, of, type PlainBody, type Rows, send } from './row.js';
import { checkSource, packRange, unpackRange } from './wire.js';

type Output = ActionOf<'output'>;
type OutputReg = ActionOf<'output_reg'>;

/** Ports that packets may be sent to: any number of a port, and the reserved ones that are places. */
function outputPort(port: number): number {
  if (port < OFPP.MAX || (port >= OFPP.IN_PORT && port <= OFPP.LOCAL)) return port;
  throw new OpenFlowError('OFPBAC_BAD_OUT_PORT');
}

const output = (port: number, maxLen: number): Output =>
  maxLen === 0 && port !== OFPP.CONTROLLER ? { type: 'output', port } : { type: 'output', port, maxLen };

const OUTPUT_10: PlainBody<Output> = {
  read: (r) => {
    const port = outputPort(r.u16());
    return output(port, r.u16());
  },
  write: (w, { port, maxLen = 0 }) => {
    w.u16(port);
    w.u16(maxLen);
  },
};

const OUTPUT_11: PlainBody<Output> = {
  read: (r) => {
    const port = outputPort(portFrom32(r.u32()));
    return output(port, r.u16());
  },
  write: (w, { port, maxLen = 0 }) => {
    w.u32(portTo32(port));
    w.u16(maxLen);
    w.zeros(6);
  },
};

/** The field as a number of 32 bits. */
const REGISTER: PlainBody<OutputReg> = {
  read: (r) => {
    const range = r.u16();
    const fieldAt = r.pos;
    r.skip(4);
    const maxLen = r.u16();
    r.zeros(6, 'OFPBAC_BAD_ARGUMENT');
    r.pos = fieldAt;
    return { type: 'output_reg', src: checkSource(unpackRange(readFieldNumber(r), range)), maxLen };
  },
  write: (w, { src, maxLen }) => {
    w.u16(packRange(src));
    writeFieldHeader(w, src.field, NXM_VERSION);
    w.u16(maxLen);
    w.zeros(6);
  },
};

/** The field as a header of any length. */
const REGISTER_2: PlainBody<OutputReg> = {
  read: (r) => {
    const range = r.u16();
    const maxLen = r.u16();
    const src = unpackRange(readFieldHeader(r), range);
    r.zeros(r.remaining, 'NXBRC_MUST_BE_ZERO');
    return { type: 'output_reg', src: checkSource(src), maxLen };
  },
  write: (w, { src, maxLen }) => {
    w.u16(packRange(src));
    w.u16(maxLen);
    writeFieldHeader(w, src.field, NXM_VERSION);
  },
};

const OUTPUT_REG = nx(15, -24, REGISTER);
const OUTPUT_REG2 = nx(32, 24, REGISTER_2);

export const OUTPUT_ROWS: Rows<'output' | 'output_reg' | 'output_trunc'> = {
  output: {
    encodings: [of(0, OF10, OF10, 8, OUTPUT_10), of(0, OF11, OF15, 16, OUTPUT_11)],
    place: final(1),
    docs: [
      doc('output:PORT', 'output:1', 'sends the packet out'),
      doc('in_port', 'in_port', 'sends the packet back where it came from'),
    ],
  },
  output_reg: {
    encodings: [OUTPUT_REG, OUTPUT_REG2],
    encode: (w, action, context) =>
      send(w, headerSize(action.src.field, NXM_VERSION) === 4 ? OUTPUT_REG : OUTPUT_REG2, action, context),
    place: null,
    docs: [doc('output:SRC', 'output:NXM_NX_REG0[]', 'sends the packet out of the port whose number a field holds')],
  },
  output_trunc: {
    encodings: [
      nx<PlainBody<ActionOf<'output_trunc'>>>(39, 16, {
        read: (r) => {
          const port = r.u16();
          return { type: 'output_trunc', port, maxLen: r.u32() };
        },
        write: (w, { port, maxLen }) => {
          w.u16(port);
          w.u32(maxLen);
        },
      }),
    ],
    place: null,
    docs: [
      doc('output(port=PORT,max_len=N)', 'output(port=1,max_len=100)', 'sends the first N bytes of the packet out'),
    ],
  },
};

/** For actions that send the packet out on their way. */
export const OUTPUT_ENCODINGS = OUTPUT_ROWS.output.encodings;
