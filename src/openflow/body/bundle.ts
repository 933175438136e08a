/** Bundles: control messages, and a message that carries another. */
import { OpenFlowError } from '../errors.js';
import type { BundleControlType, Message, MessageBodies, MessageName } from '../message-types.js';
import type { Reader } from '../reader.js';
import { struct, u16, u32 } from '../struct.js';
import type { BodyCodec, CodecOf } from './codec.js';

const CONTROL_TYPES: readonly BundleControlType[] = [
  'open_request',
  'open_reply',
  'close_request',
  'close_reply',
  'commit_request',
  'commit_reply',
  'discard_request',
  'discard_reply',
];

const CONTROL = struct({ bundleId: u32, type: u16, flags: u16 });
const KNOWN_FLAGS = 3;

export const bundleControl: CodecOf<'bundle_control'> = {
  read(r) {
    const { bundleId, type, flags } = CONTROL.read(r);
    const found = CONTROL_TYPES[type];
    if (found === undefined) throw new OpenFlowError('OFPBFC_BAD_TYPE');
    checkFlags(flags);
    r.skip(r.remaining);
    return { bundleId, type: found, flags };
  },
  write: (w, body) => CONTROL.writeWith(w, body, { type: CONTROL_TYPES.indexOf(body.type) }),
};

function checkFlags(flags: number): void {
  if ((flags & ~KNOWN_FLAGS) !== 0) throw new OpenFlowError('OFPBFC_BAD_FLAGS');
}

const HEADER_SIZE = 8;

/** What may be in a bundle. */
const BUNDLED: ReadonlySet<MessageName> = new Set(['flow_mod', 'group_mod', 'port_mod', 'packet_out']);

type BundleAdd = MessageBodies['bundle_add'];

/** The codec of whole messages comes from the caller, since it has this one in its table. */
export function bundleAdd(
  decode: (bytes: Uint8Array) => Message,
  peekName: (bytes: Uint8Array) => MessageName | null,
  encode: (message: Message) => Uint8Array,
): BodyCodec<BundleAdd> {
  return {
    read(r) {
      const bundleId = r.u32();
      r.skip(2);
      const flags = r.u16();
      const inner = readInner(r);
      checkFlags(flags);
      const name = peekName(inner);
      if (name === null || !BUNDLED.has(name)) throw new OpenFlowError('OFPBFC_MSG_UNSUP');
      return { bundleId, flags, message: decode(inner) };
    },
    write(w, { bundleId, flags, message }) {
      w.u32(bundleId);
      w.zeros(2);
      w.u16(flags);
      w.bytes(encode(message));
    },
  };
}

/** The message's bytes; it must have version and xid of the one around it. */
function readInner(r: Reader): Uint8Array {
  if (r.remaining < HEADER_SIZE) throw new OpenFlowError('OFPBFC_MSG_BAD_LEN');
  const { view, pos } = r;
  const size = view.getUint16(pos + 2);
  if (r.bytes[pos] !== r.bytes[0]) throw new OpenFlowError('OFPBFC_BAD_VERSION');
  if (size < HEADER_SIZE || size > r.remaining) throw new OpenFlowError('OFPBFC_MSG_BAD_LEN');
  if (view.getUint32(pos + 4) !== view.getUint32(4)) throw new OpenFlowError('OFPBFC_MSG_BAD_XID');
  const inner = r.bytes.subarray(pos, pos + size);
  r.skip(r.remaining);
  return inner;
}
