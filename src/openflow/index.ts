/** The OpenFlow codec, for use by itself: versions 1.0 to 1.5 with Nicira's extensions, no sockets, no timers. */
export * from './action-types.js';
export { decodeActions, encodeActions } from './action-codec.js';
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
export { ERRORS, errorCode, errorName, type ErrorName, isErrorName, OpenFlowError } from './errors.js';
export { Framer } from './framer.js';
export { decodeInstructions, encodeInstructions } from './instructions.js';
export * from './message-types.js';
export { isVersion, negotiate, versionName, VERSIONS } from './version.js';
