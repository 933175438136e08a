/**
 * Sets of named bits as text: `syn|ack` says all of them, `+syn-ack` only those named, a number is taken as it is.
 * Used for ct_state, tcp_flags and tun_flags.
 */
import { CT_STATE_BITS } from '../../datapath/packet/ct-state.js';
import { TextError } from './error.js';

export interface FlagNames {
  /** As errors call it. */
  readonly kind: string;
  readonly bits: readonly { readonly name: string; readonly bit: number }[];
  /** All bits that can be matched. */
  readonly all: number;
}

const TCP_NAMES = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ece', 'cwr', 'ns', '[200]', '[400]', '[800]'];

export const CT_STATE_FLAGS: FlagNames = { kind: 'ct_state', bits: CT_STATE_BITS, all: 0xff };
export const TCP_FLAGS: FlagNames = {
  kind: 'TCP',
  bits: TCP_NAMES.map((name, i) => ({ name, bit: 1 << i })),
  all: 0xfff,
};
export const TUN_FLAGS: FlagNames = { kind: 'tunnel', bits: [{ name: 'oam', bit: 1 }], all: 1 };
/** As tun_flags are named in datapath flows. */
export const DP_TUN_FLAGS: FlagNames = {
  kind: 'tunnel',
  bits: [
    { name: 'df', bit: 1 << 1 },
    { name: 'csum', bit: 1 << 2 },
    { name: 'key', bit: 1 << 3 },
    { name: 'oam', bit: 1 },
  ],
  all: 15,
};

/** "a|b", or "0" if empty. */
export function formatFlags(value: number, flags: FlagNames, separator = '|'): string {
  const named = flags.bits.filter(({ bit }) => (value & bit) !== 0).map(({ name }) => name);
  const rest = value & ~flags.bits.reduce((sum, { bit }) => sum | bit, 0);
  if (rest !== 0) named.push(`0x${(rest >>> 0).toString(16)}`);
  return named.length === 0 ? '0' : named.join(separator);
}

/** "+a-b" for the bits of the mask. */
export function formatFlagsMasked(value: number, mask: number, flags: FlagNames): string {
  let text = '';
  for (const { name, bit } of flags.bits) if ((mask & bit) !== 0) text += ((value & bit) !== 0 ? '+' : '-') + name;
  return text;
}

/** The mask is all matchable bits for the forms that say all. */
export function parseFlags(text: string, flags: FlagNames): { value: number; mask: number } {
  if (/^\d/.test(text)) return parseNumeric(text, flags);
  return /^[+-]/.test(text) ? parseSigned(text, flags) : parseList(text, flags);
}

function parseNumeric(text: string, flags: FlagNames): { value: number; mask: number } {
  const [value, mask] = text.split('/');
  const result = { value: Number(value), mask: mask === undefined ? flags.all : Number(mask) };
  if (!Number.isInteger(result.value) || !Number.isInteger(result.mask) || (result.value & ~flags.all) !== 0)
    throw unknown(text, flags, text, 0);
  return { value: result.value & result.mask, mask: result.mask & flags.all };
}

function parseSigned(text: string, flags: FlagNames): { value: number; mask: number } {
  let value = 0;
  let mask = 0;
  let at = 0;
  while (at < text.length) {
    const set = text[at] === '+';
    if (!set && text[at] !== '-')
      throw new TextError(`${text}: ${flags.kind} flag must be preceded by "+" or "-"`, text, at);
    const found = flagAt(text, at + 1, flags);
    if ((mask & found.bit) !== 0)
      throw new TextError(`${text.slice(at + 1)}: Each ${flags.kind} flag can be specified only once`, text, at + 1);
    mask |= found.bit;
    if (set) value |= found.bit;
    at = found.end;
  }
  return { value, mask };
}

function parseList(text: string, flags: FlagNames): { value: number; mask: number } {
  let value = 0;
  let at = 0;
  while (at < text.length) {
    const found = flagAt(text, at, flags);
    value |= found.bit;
    at = text[found.end] === '|' ? found.end + 1 : found.end;
  }
  return { value, mask: flags.all };
}

function flagAt(text: string, at: number, flags: FlagNames): { bit: number; end: number } {
  const end = text.slice(at).search(/[+|-]/);
  const name = end < 0 ? text.slice(at) : text.slice(at, at + end);
  const found = flags.bits.find((flag) => flag.name === name);
  if (found === undefined) throw unknown(text.slice(at), flags, text, at);
  return { bit: found.bit, end: at + name.length };
}

const unknown = (what: string, flags: FlagNames, text: string, at: number): TextError =>
  new TextError(`${what}: unknown ${flags.kind} flag(s)`, text, at);
