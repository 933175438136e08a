/** The OpenFlow codec, for use by itself: versions 1.0 to 1.5 with Nicira's extensions, no sockets, no timers. */

export type { FieldName } from '../match/fields.js';
export { fullMask } from '../match/key.js';
export { type FieldMatch, Match, type Minimask } from '../match/match.js';
export { decodeActions, encodeActions } from './action-codec.js';
export * from './action-types.js';
export {
  type CodecOptions,
  decodeMessage,
  encodeMessage,
  encodeMultipart,
  errorReply,
  messageTitle,
  peekName,
  xidOf,
} from './codec.js';
export type { CtFlush, CtFlushTuple } from './ct-flush-types.js';
export { ERRORS, type ErrorName, errorCode, errorName, isErrorName, OpenFlowError } from './errors.js';
export { Framer } from './framer.js';
export * from './group-types.js';
export { decodeInstructions, encodeInstructions } from './instructions.js';
export * from './message-types.js';
export * from './new-flow-mod.js';
export { PACKET_IN } from './packet-in-reasons.js';
export { isVersion, negotiate, VERSIONS, versionName } from './version.js';
