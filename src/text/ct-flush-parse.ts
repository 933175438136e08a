/** What dpctl/flush-conntrack and ct-flush are told to flush: `[zone=N] [mark=X[/M]] [labels=X[/M]] [ORIG-TUPLE [REPLY-TUPLE]]`. */

import type { FlushFilter, PartialTuple } from '../../datapath/conntrack/query/flush.js';
import { IP_PROTO_ICMP, IP_PROTO_ICMPV6 } from '../../datapath/wire/numbers.js';
import { ICMP_FIELDS, TUPLE_FIELDS, type TupleField } from './ct-tuple.js';
import { TextError } from './error.js';

/** Throws a TextError about the word that is wrong. */
export function parseFlushWords(words: readonly string[]): FlushFilter {
  const filter: FlushFilter = {};
  const tuples: PartialTuple[] = [];
  for (const word of words) {
    if (word.startsWith('zone=')) filter.zone = parseNumber(word.slice(5), 0xffff, 'zone');
    else if (word.startsWith('mark=')) filter.mark = parseMark(word.slice(5));
    else if (word.startsWith('labels=')) filter.labels = parseMasked(word.slice(7), (1n << 128n) - 1n, 'labels');
    else tuples.push(parseTuple(word));
  }
  if (tuples.length > 2) throw new TextError('invalid arguments', '');
  const [orig, reply] = tuples;
  if (orig !== undefined) filter.orig = orig;
  if (reply !== undefined) filter.reply = reply;
  return filter;
}

function parseMark(text: string): { value: number; mask: number } {
  const { value, mask } = parseMasked(text, 0xffff_ffffn, 'mark');
  return { value: Number(value), mask: Number(mask) };
}

/** `VALUE` or `VALUE/MASK`, in any of C's bases. */
function parseMasked(text: string, max: bigint, what: string): { value: bigint; mask: bigint } {
  const slash = text.indexOf('/');
  const value = parseBig(slash < 0 ? text : text.slice(0, slash), max, what);
  return { value, mask: slash < 0 ? max : parseBig(text.slice(slash + 1), max, what) };
}

function parseBig(text: string, max: bigint, what: string): bigint {
  const isNumber = /^(0x[0-9a-f]+|\d+)$/i.test(text);
  const value = isNumber ? BigInt(text) : -1n;
  if (value < 0n || value > max) throw new TextError(`failed to parse ${what}`, text);
  return value;
}

const parseNumber = (text: string, max: number, what: string): number => Number(parseBig(text, BigInt(max), what));

/** `ct_nw_src=10.0.0.1,ct_nw_proto=6,...`; nothing at all matches everything. */
function parseTuple(text: string): PartialTuple {
  const tuple: PartialTuple = {};
  for (const pair of text.split(',').filter((part) => part !== '')) {
    const equals = pair.indexOf('=');
    const name = equals < 0 ? pair : pair.slice(0, equals);
    if (equals < 0 || equals === pair.length - 1) throw new TextError(`field ${name} missing value`, text);
    const field: TupleField | undefined = Object.hasOwn(TUPLE_FIELDS, name) ? TUPLE_FIELDS[name] : undefined;
    if (field === undefined) throw new TextError(`invalid conntrack tuple field: ${name}`, text);
    if (isOtherFamily(tuple, name))
      throw new TextError(`the L3 protocol does not match ${pair.slice(equals + 1)}`, text);
    if (!field(tuple, pair.slice(equals + 1))) throw new TextError(`failed to parse field ${name}`, text);
  }
  checkProtocol(tuple, text);
  return tuple;
}

const isOtherFamily = ({ family }: PartialTuple, name: string): boolean =>
  (family === 6 && name.startsWith('ct_nw_s')) ||
  (family === 6 && name.startsWith('ct_nw_d')) ||
  (family === 4 && name.startsWith('ct_ipv6_'));

/** Ports and IP_PROTO_ICMP numbers mean something only with a protocol. */
function checkProtocol(tuple: PartialTuple, text: string): void {
  const isIcmp = tuple.proto === IP_PROTO_ICMP || tuple.proto === IP_PROTO_ICMPV6;
  const namesIcmp = ICMP_FIELDS.some((name) => text.includes(`${name}=`));
  if (namesIcmp && !isIcmp) throw new TextError('invalid L4 fields', text);
  if (/ct_tp_(src|dst)=/.test(text) && tuple.proto === undefined)
    throw new TextError('port is set without protocol', text);
}
