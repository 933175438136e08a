/**
 * Whole messages: bytes to object and back.
 *
 * The header says which encoding of which message it is: type; for multipart messages the type within; for vendors' messages
 * vendor and subtype. The table (messages.ts) does the rest. Any bytes give a message or an OpenFlowError.
 */
import { NX_VENDOR, ONF_VENDOR } from './actions/wire.js';
import { bundleAdd } from './body/bundle.js';
import type { BodyContext } from './body/codec.js';
import { type ErrorName, OpenFlowError } from './errors.js';
import { fitsMatch10 } from './match-of10.js';
import type { Message, MessageName, OfVersion, Variant } from './message-types.js';
import { type Kind, type MessageEncoding, makeEncodings } from './messages.js';
import { Reader } from './reader.js';
import { isVersion, OF10, OF11, OF15 } from './version.js';
import { Writer } from './writer.js';

export const HEADER_SIZE = 8;
const LARGEST = 0xffff;

const HELLO = 0;
const ERROR = 1;
const VENDOR = 4;
const VENDOR_HEADER_SIZE = 8;
const MULTIPART_EXPERIMENTER = 0xffff;
const MORE = 1;
/** Of a failed request an error carries this much. */
const ERROR_DATA_SIZE = 64;

/** What a connection has agreed on beyond the version. */
export interface CodecOptions {
  /** NXT_FLOW_MOD_TABLE_ID is on (OpenFlow 1.0). */
  tableId?: boolean;
}

type AnyEncoding = MessageEncoding<unknown> & { readonly name: MessageName };

const NOTHING: CodecOptions = {};
const ENCODINGS = makeEncodings(
  bundleAdd(
    (bytes) => decodeMessage(bytes),
    (bytes) => peekName(bytes),
    (message) => encodeMessage(message),
  ),
);

const KINDS: readonly Kind[] = ['message', 'request', 'reply', 'nx', 'onf', 'nxRequest', 'nxReply'];
const KIND_NUMBER = new Map(KINDS.map((kind, i) => [kind, i]));
const encodingKey = (kind: Kind, version: number, code: number): number =>
  (KIND_NUMBER.get(kind)! * 8 + version) * 0x10000 + code;

const BY_NUMBER = new Map<number, AnyEncoding>();
/** For each name by version and variant. */
const BY_NAME = new Map<MessageName, AnyEncoding[]>();
for (const name of Object.keys(ENCODINGS) as MessageName[]) {
  for (const encoding of ENCODINGS[name] as readonly MessageEncoding<unknown>[]) {
    const row: AnyEncoding = { ...encoding, name };
    for (let version = row.from; version <= row.to; version++) {
      BY_NUMBER.set(encodingKey(row.kind, version, row.code), row);
      const named = BY_NAME.get(name) ?? [];
      BY_NAME.set(name, named);
      named[variantKey(version, row.variant)] = row;
    }
  }
}

function variantKey(version: number, variant: Variant | undefined): number {
  return version * 4 + (variant === undefined ? 0 : variant === 'nx' ? 1 : 2);
}

/** The multipart types: one apart in 1.0 and after. */
const multipartType = (version: number): number => (version === OF10 ? 16 : 18);

interface Opened {
  readonly encoding: AnyEncoding;
  readonly version: OfVersion;
  readonly flags: number;
}

/** Reads the header up to the body. */
function openMessage(r: Reader): Opened {
  if (r.remaining < HEADER_SIZE) throw new OpenFlowError('OFPBRC_BAD_LEN');
  const wireVersion = r.u8();
  const type = r.u8();
  const size = r.u16();
  r.skip(4);
  if (size !== r.bytes.length) throw new OpenFlowError('OFPBRC_BAD_LEN');
  const version = messageVersion(wireVersion, type);
  const request = multipartType(version);
  if (type === VENDOR) return { encoding: openVendor(r, version), version, flags: 0 };
  if (type === request || type === request + 1) return openMultipart(r, version, type === request);
  return { encoding: find('message', version, type, 'OFPBRC_BAD_TYPE'), version, flags: 0 };
}

/** Hellos, and errors about them, come before a version is agreed on: any is good, those above ours as our highest. */
function messageVersion(wireVersion: number, type: number): OfVersion {
  if (isVersion(wireVersion)) return wireVersion;
  if (wireVersion > OF15 && (type === HELLO || type === ERROR)) return OF15;
  throw new OpenFlowError('OFPBRC_BAD_VERSION');
}

function openVendor(r: Reader, version: OfVersion): AnyEncoding {
  r.need(VENDOR_HEADER_SIZE);
  const vendor = r.u32();
  if (vendor !== NX_VENDOR && vendor !== ONF_VENDOR) throw new OpenFlowError('OFPBRC_BAD_VENDOR');
  return find(vendor === NX_VENDOR ? 'nx' : 'onf', version, r.u32(), 'OFPBRC_BAD_SUBTYPE');
}

function openMultipart(r: Reader, version: OfVersion, isRequest: boolean): Opened {
  const type = r.u16();
  const flags = r.u16();
  if (version >= OF11) r.skip(4);
  if (type !== MULTIPART_EXPERIMENTER) {
    return { encoding: find(isRequest ? 'request' : 'reply', version, type, 'OFPBRC_BAD_STAT'), version, flags };
  }
  const vendor = r.u32();
  if (vendor !== NX_VENDOR && vendor !== ONF_VENDOR) throw new OpenFlowError('OFPBRC_BAD_VENDOR');
  const subtype = r.u32();
  if (version === OF10) r.skip(4);
  if (vendor !== NX_VENDOR) throw new OpenFlowError('OFPBRC_BAD_SUBTYPE');
  return {
    encoding: find(isRequest ? 'nxRequest' : 'nxReply', version, subtype, 'OFPBRC_BAD_SUBTYPE'),
    version,
    flags,
  };
}

function find(kind: Kind, version: number, code: number, error: ErrorName): AnyEncoding {
  const encoding = code > 0xffff ? undefined : BY_NUMBER.get(encodingKey(kind, version, code));
  if (encoding === undefined) throw new OpenFlowError(error, `${kind} ${code}`);
  return encoding;
}

function checkSize({ min, step }: AnyEncoding, size: number): void {
  const isRight = step === 0 ? size === min : size >= min && (size - min) % step === 0;
  if (!isRight) throw new OpenFlowError('OFPBRC_BAD_LEN');
}

/** `bytes` is one whole message, as a Framer gives it; what the result keeps of it is copied. */
export function decodeMessage(bytes: Uint8Array, options: CodecOptions = NOTHING): Message {
  const r = new Reader(bytes);
  const { encoding, version, flags } = openMessage(r);
  checkSize(encoding, r.remaining);
  const { variant } = encoding;
  const context = { version, variant, tableId: options.tableId ?? false, more: (flags & MORE) !== 0 };
  const body = encoding.codec.read(r, context);
  if (r.remaining > 0) throw new OpenFlowError('OFPBRC_BAD_LEN');
  return { name: encoding.name, version, xid: xidOf(bytes), ...(variant ? { variant } : {}), body } as Message;
}

/** The name of the message without its contents; null if there is none of that number. */
export function peekName(bytes: Uint8Array): MessageName | null {
  try {
    return openMessage(new Reader(bytes)).encoding.name;
  } catch (error) {
    if (error instanceof OpenFlowError) return null;
    throw error;
  }
}

/** As `messageTitle`, of a message that may have contents which cannot be read; null if there is none of that number. */
export function peekTitle(bytes: Uint8Array): string | null {
  try {
    return openMessage(new Reader(bytes)).encoding.title;
  } catch (error) {
    if (error instanceof OpenFlowError) return null;
    throw error;
  }
}

/** Transaction id of a message's first bytes; 0 if they are too few. */
export function xidOf(bytes: Uint8Array): number {
  return bytes.length < HEADER_SIZE ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(4);
}

/**
 * The encoding a message goes in. Where a version has only a Nicira encoding, that is the one; an OpenFlow 1.0 flow_mod or
 * request goes as NXM if the 1.0 match cannot say what it matches.
 */
function encodingFor(message: Message): AnyEncoding {
  const { name, version } = message;
  const variant = message.variant ?? (needsNxm(message) ? 'nx' : undefined);
  const named = BY_NAME.get(name)!;
  const encoding = named[variantKey(version, variant)] ?? named[variantKey(version, variant ? undefined : 'nx')];
  if (encoding === undefined)
    throw new OpenFlowError('OFPBRC_BAD_TYPE', `${name} does not exist in version ${version}`);
  return encoding;
}

function needsNxm(message: Message): boolean {
  if (message.version !== OF10) return false;
  switch (message.name) {
    case 'flow_mod':
    case 'flow_stats_request':
    case 'aggregate_request':
      return message.body.cookieMask !== 0n || !fitsMatch10(message.body.match);
    default:
      return false;
  }
}

/** As `ovs-ofctl` calls it, e.g. "NXST_FLOW reply". */
export const messageTitle = (message: Message): string => encodingFor(message).title;

function writeHeader(w: Writer, encoding: AnyEncoding, { version, xid }: Message): number {
  const multipart = multipartType(version);
  const isReply = encoding.kind === 'reply' || encoding.kind === 'nxReply';
  w.u8(version);
  w.u8(
    encoding.kind === 'message'
      ? encoding.code
      : encoding.kind === 'nx' || encoding.kind === 'onf'
        ? VENDOR
        : multipart + (isReply ? 1 : 0),
  );
  w.u16(0);
  w.u32(xid >>> 0);
  switch (encoding.kind) {
    case 'message':
      return 0;
    case 'nx':
    case 'onf':
      w.u32(encoding.kind === 'nx' ? NX_VENDOR : ONF_VENDOR);
      w.u32(encoding.code);
      return 0;
    default:
      return writeMultipartHeader(w, encoding, version);
  }
}

/** Returns where the flags are. */
function writeMultipartHeader(w: Writer, encoding: AnyEncoding, version: number): number {
  const isNx = encoding.kind === 'nxRequest' || encoding.kind === 'nxReply';
  w.u16(isNx ? MULTIPART_EXPERIMENTER : encoding.code);
  const flagsAt = w.size;
  w.u16(0);
  if (version >= OF11) w.zeros(4);
  if (isNx) {
    w.u32(NX_VENDOR);
    w.u32(encoding.code);
    if (version === OF10) w.zeros(4);
  }
  return flagsAt;
}

function contextOf(encoding: AnyEncoding, version: OfVersion, options: CodecOptions): BodyContext {
  return { version, variant: encoding.variant, tableId: options.tableId ?? false, more: false };
}

/** The message must fit in one: lists that may be long go by `encodeMultipart`. */
export function encodeMessage(message: Message, options: CodecOptions = NOTHING): Uint8Array {
  const encoding = encodingFor(message);
  const w = new Writer();
  const flagsAt = writeHeader(w, encoding, message);
  encoding.codec.write(w, message.body, contextOf(encoding, message.version, options));
  if (flagsAt > 0 && message.body !== null && 'more' in message.body && message.body.more) w.patch16(flagsAt, MORE);
  return finish(w);
}

function finish(w: Writer): Uint8Array {
  if (w.size > LARGEST) throw new OpenFlowError('OFPBRC_BAD_LEN', 'message is longer than 65535 bytes');
  w.patch16(2, w.size);
  return w.done();
}

/** A reply that is a list, in as many messages as it takes; all but the last say that more follow, and that if the reply itself does. */
export function encodeMultipart(message: Message, options: CodecOptions = NOTHING): Uint8Array[] {
  const encoding = encodingFor(message);
  const { list } = encoding.codec;
  if (list === undefined) return [encodeMessage(message, options)];
  const context = contextOf(encoding, message.version, options);
  const parts: Uint8Array[] = [];
  let w = new Writer();
  let flagsAt = writeHeader(w, encoding, message);
  for (const entry of (message.body as unknown as Record<string, unknown[]>)[list.key]!) {
    const before = w.size;
    list.writeEntry(w, entry, context);
    if (w.size <= LARGEST) continue;
    w.cut(before);
    w.patch16(flagsAt, MORE);
    parts.push(finish(w));
    w = new Writer(before);
    flagsAt = writeHeader(w, encoding, message);
    list.writeEntry(w, entry, context);
  }
  if ((message.body as unknown as { more: boolean }).more) w.patch16(flagsAt, MORE);
  parts.push(finish(w));
  return parts;
}

/** The error message that answers a request (all of it or its first bytes), in the request's version. */
export function errorReply(error: ErrorName, request: Uint8Array): Uint8Array {
  const version = request[0] ?? OF10;
  return encodeMessage({
    name: 'error',
    version: isVersion(version) ? version : OF10,
    xid: xidOf(request),
    body: { error, data: request.slice(0, ERROR_DATA_SIZE) },
  });
}
