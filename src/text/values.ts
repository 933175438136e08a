/**
 * Values of match fields as text: one parser and one printer for each format of the field table. `set_field` and matches
 * read values here; matches print most fields in a way of their own (match-print.ts).
 */
import { FIELDS, type FieldFormat, type FieldName, type FieldRow, fieldSize } from '../match/fields.js';
import { compiledField } from '../match/key.js';
import {
  formatIpv4Masked,
  formatIpv6Masked,
  formatMac,
  parseIpv4,
  parseIpv6,
  parseMac,
  prefixMask,
} from './address.js';
import { TextError } from './error.js';
import {
  CT_STATE_FLAGS,
  type FlagNames,
  formatFlags,
  formatFlagsMasked,
  parseFlags,
  TCP_FLAGS,
  TUN_FLAGS,
} from './flags.js';
import { formatPort, type Names, parsePort } from './names.js';

export interface FieldValue {
  readonly value: bigint;
  readonly mask: bigint;
}

interface ValueFormat {
  parse(text: string, field: FieldName, row: FieldRow, names?: Names): FieldValue;
  /** `mask` is null for an exact value. */
  format(value: bigint, mask: bigint | null, row: FieldRow, names?: Names): string;
}

const OF11_PORT_OFFSET = 0xffff0000n;
/** 0xffff is "no tag", as in OpenFlow 1.0. */
const DL_VLAN_BITS = 0xffffn;

/** A value of which no bit matters; of ports it is a name. */
const ANY = 'ANY';

/** All bits that the field's values can have. */
export function fieldMask(field: FieldName): bigint {
  return field === 'dl_vlan' ? DL_VLAN_BITS : (compiledField(field)?.validBits ?? 0n);
}

/** All bits of the bytes that a value takes on the wire: the mask of what is written without one. */
const wireMask = (field: FieldName): bigint => (1n << BigInt(8 * fieldSize(field))) - 1n;

/** The value of `field` that the text says, which is not empty or "*". Throws a TextError in ovs-ofctl's words. */
export function parseValue(text: string, field: FieldName, names?: Names): FieldValue {
  const { value, mask } = parseWritten(text, field, names);
  return { value, mask: mask & fieldMask(field) };
}

/** As `parseValue`, for an action that writes it: the mask is as it was given, so that it is shown the same again. */
export function parseWritten(text: string, field: FieldName, names?: Names): FieldValue {
  const row = FIELDS[field];
  if (row.slot === null)
    throw new TextError(`${field}: needs a tunnel metadata mapping, which this switch has none of`, text);
  if (text === ANY && !row.format.startsWith('ofPort')) return { value: 0n, mask: 0n };
  const parsed = FORMATS[row.format].parse(text, field, row, names);
  const all = fieldMask(field);
  const wire = wireMask(field);
  if (!row.maskable && (parsed.mask & wire) !== wire && parsed.mask !== 0n)
    throw new TextError(`${text}: invalid mask for field ${field}`, text);
  return { value: parsed.value & all & parsed.mask, mask: parsed.mask & wire };
}

export function formatValue(field: FieldName, value: bigint, mask: bigint, names?: Names): string {
  return format(field, value, (mask & fieldMask(field)) === fieldMask(field) ? null : mask, names);
}

/** What an action writes, with the mask unless that has all bits of the value's bytes. */
export function formatWritten(field: FieldName, value: bigint, mask: bigint, names?: Names): string {
  if (mask === 0n) return ANY;
  return format(field, value, mask === wireMask(field) ? null : mask, names);
}

function format(field: FieldName, value: bigint, mask: bigint | null, names?: Names): string {
  const row = FIELDS[field];
  return FORMATS[row.format].format(value, mask, row, names);
}

/** C's `%#x`: zero has no prefix. */
export const hex = (value: bigint | number): string => (value === 0n || value === 0 ? '0' : `0x${value.toString(16)}`);

function parseInteger(text: string, field: FieldName): FieldValue {
  const slash = text.indexOf('/');
  const value = integer(slash < 0 ? text : text.slice(0, slash), text, field, 'value');
  const all = (1n << BigInt(8 * fieldSize(field))) - 1n;
  return { value, mask: slash < 0 ? all : integer(text.slice(slash + 1), text, field, 'mask') };
}

function integer(part: string, text: string, field: FieldName, what: 'value' | 'mask'): bigint {
  const size = fieldSize(field);
  const value = parseFieldInteger(part);
  if (value === null) throw new TextError(`${text}: bad syntax for ${field} ${what}`, text);
  const wide = !/^0[xX]/.test(part) && value >= 1n << 64n;
  if (value < 0n || wide || value >= 1n << BigInt(8 * size))
    throw new TextError(`${text}: value too large for ${size}-byte field ${field}`, text);
  return value;
}

/** An integer that is a field's, of which `0x` alone is 0: so ovs-ofctl reads it. */
export const parseFieldInteger = (text: string): bigint | null => (/^0[xX]$/.test(text) ? 0n : parseBig(text));

/** An integer in C's notation of any width; null if it is none. */
export function parseBig(text: string): bigint | null {
  if (/^(0|-?[1-9]\d*)$/.test(text) || /^0[xX][0-9a-fA-F]+$/.test(text)) return BigInt(text);
  if (/^0[0-7]+$/.test(text)) return BigInt(`0o${text.slice(1)}`);
  return null;
}

const integerFormat = (show: (value: bigint) => string): ValueFormat => ({
  parse: parseInteger,
  format: (value, mask) => (mask === null ? show(value) : `${show(value)}/${hex(mask)}`),
});

function parseAddress(text: string, bits: number, kind: string, read: (part: string) => bigint | null): FieldValue {
  const slash = text.indexOf('/');
  const value = read(slash < 0 ? text : text.slice(0, slash));
  if (value === null) throw new TextError(`${text}: invalid ${kind} address`, text);
  const all = (1n << BigInt(bits)) - 1n;
  if (slash < 0) return { value, mask: all };
  const masked = text.slice(slash + 1);
  if (bits !== 48 && /^\d+$/.test(masked)) {
    const length = Number(masked);
    if (length > bits) throw new TextError(`${text}: ${prefixError(bits)}`, text);
    return { value, mask: prefixMask(length, bits) };
  }
  const mask = read(masked);
  if (mask === null) throw new TextError(`${text}: invalid ${kind} address`, text);
  return { value, mask };
}

const prefixError = (bits: number): string =>
  `IPv${bits === 32 ? 4 : 6} network prefix bits not between 0 and ${bits}, inclusive`;

const readIpv4 = (text: string): bigint | null => {
  const value = parseIpv4(text);
  return value === null ? null : BigInt(value);
};

const macFormat: ValueFormat = {
  parse: (text) => parseAddress(text, 48, 'Ethernet', parseMac),
  format: (value, mask) => (mask === null ? formatMac(value) : `${formatMac(value)}/${formatMac(mask)}`),
};

const ipv4Format: ValueFormat = {
  parse: (text) => parseAddress(text, 32, 'IP', readIpv4),
  format: (value, mask) => formatIpv4Masked(Number(value), mask === null ? 0xffffffff : Number(mask)),
};

const ipv6Format: ValueFormat = {
  parse: (text) => parseAddress(text, 128, 'IPv6', parseIpv6),
  format: (value, mask) => formatIpv6Masked(value, mask ?? (1n << 128n) - 1n),
};

const flagsFormat = (flags: FlagNames): ValueFormat => ({
  parse(text) {
    const { value, mask } = parseFlags(text, flags);
    const allBits = (1n << 64n) - 1n;
    const isWhole = mask === flags.all && !/^[+-]/.test(text);
    return { value: BigInt(value), mask: isWhole ? allBits : BigInt(mask) };
  },
  format: (value, mask) =>
    mask === null || (Number(mask & 0xffffn) & flags.all) === flags.all
      ? formatFlags(Number(value), flags)
      : formatFlagsMasked(Number(value), Number(mask), flags),
});

const FRAGMENTS: Record<string, readonly [value: number, mask: number]> = {
  no: [0, 3],
  yes: [1, 1],
  first: [1, 3],
  later: [3, 3],
  not_later: [0, 2],
};

const fragFormat: ValueFormat = {
  parse(text) {
    const found = Object.hasOwn(FRAGMENTS, text) ? FRAGMENTS[text]! : null;
    if (found === null)
      throw new TextError(
        `${text}: unknown fragment type (valid types are "no", "yes", "first", "later", "not_later"`,
        text,
      );
    return { value: BigInt(found[0]), mask: BigInt(found[1]) };
  },
  format: (value, mask) => formatFragment(Number(value), mask === null ? 3 : Number(mask)),
};

export function formatFragment(value: number, mask: number): string {
  for (const [name, [v, m]] of Object.entries(FRAGMENTS)) if (m === mask && v === (value & mask)) return name;
  return mask === 1 ? 'no' : mask === 2 ? 'later' : '<error>';
}

/** In the canonical 16-bit form, or with OpenFlow 1.1's reserved ports at the top of 32 bits. */
const portFormat = (bits: 16 | 32): ValueFormat => ({
  parse(text, field, _row, names) {
    const port = parsePort(text, names);
    if (port === null) throw new TextError(`${text}: invalid or unknown port for ${field}`, text);
    const value = BigInt(port);
    return { value: bits === 32 && port >= 0xff00 ? value + OF11_PORT_OFFSET : value, mask: (1n << BigInt(bits)) - 1n };
  },
  format: (value, _mask, _row, names) => formatPort(Number(value & 0xffffn), names),
});

const packetTypeFormat: ValueFormat = {
  parse(text) {
    if (!text.startsWith('(')) throw new TextError(`${text}: bad syntax for packet type missing '('`, text);
    const inner = /^\(([^,]*),([^)]*)\)$/.exec(text);
    if (inner === null) throw new TextError(`${text}: bad syntax for packet type missing ')'`, text);
    const [namespace, type] = [parseFieldInteger(inner[1]!.trim()), parseFieldInteger(inner[2]!.trim())];
    if (namespace === null || type === null || namespace > 0xffffn || type > 0xffffn)
      throw new TextError(`${text}: bad syntax for packet type`, text);
    return { value: (namespace << 16n) | type, mask: 0xffffffffn };
  },
  format: (value) => `(${value >> 16n},${hex(value & 0xffffn)})`,
};

const FORMATS = {
  decimal: integerFormat(String),
  hex: integerFormat(hex),
  mac: macFormat,
  ipv4: ipv4Format,
  ipv6: ipv6Format,
  ofPort: portFormat(16),
  ofPort32: portFormat(32),
  ctState: flagsFormat(CT_STATE_FLAGS),
  frag: fragFormat,
  tunFlags: flagsFormat(TUN_FLAGS),
  tcpFlags: flagsFormat(TCP_FLAGS),
  packetType: packetTypeFormat,
} satisfies Record<FieldFormat, ValueFormat>;
