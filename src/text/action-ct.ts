/** The ct action and the nat in it: `ct(commit,zone=5,nat(src=10.0.0.1-10.0.0.9:1000-2000),exec(set_field:1->ct_mark))`. */

import { didYouMean } from '../../datapath/base/suggest.js';
import { PORT_FTP, PORT_TFTP } from '../../datapath/wire/numbers.js';
import { idToSend, NXM_VERSION } from '../match/field-ids.js';
import type { Action, ActionOf } from '../openflow/action-types.js';
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from './address.js';
import { PLAIN } from './colors.js';
import { TextError, within } from './error.js';
import { cNumber, formatTable, type Names, parseTable } from './names.js';
import { type Pair, pairs } from './scanner.js';
import { formatSubfield, parseSubfield } from './subfield.js';

type Ct = ActionOf<'ct'>;
type Nat = ActionOf<'nat'>;

const CT_KEYS: readonly string[] = ['commit', 'force', 'table', 'zone', 'alg', 'nat', 'exec'];
const NAT_KEYS = ['src', 'dst', 'persistent', 'hash', 'random'];
const HELPERS: Record<string, number> = { ftp: PORT_FTP, tftp: PORT_TFTP };

/** `list` prints the actions of exec(). A nat that comes first stands outside of it. */
export function formatCt(
  ct: Ct,
  names: Names | undefined,
  list: (actions: readonly Action[], names?: Names) => string,
): string {
  const { param, paren, special, value } = names?.colors ?? PLAIN;
  const parts: string[] = [];
  if (ct.commit) parts.push(value('commit'));
  if (ct.force) parts.push(value('force'));
  if (ct.table !== undefined) parts.push(special('table=') + formatTable(ct.table, names));
  if (typeof ct.zone !== 'number') parts.push(param('zone=') + formatSubfield(ct.zone));
  else if (ct.zone !== 0) parts.push(`${param('zone=')}${ct.zone}`);
  const first = ct.exec[0];
  const isNatFirst = first?.type === 'nat';
  if (isNatFirst) parts.push(formatNat(first, names));
  const inside = isNatFirst ? ct.exec.slice(1) : ct.exec;
  if (inside.length > 0) parts.push(paren('exec(') + list(inside, names) + paren(')'));
  if (ct.alg !== 0) parts.push(param('alg=') + helperName(ct.alg));
  return paren('ct(') + parts.join(',') + paren(')');
}

const helperName = (port: number): string =>
  Object.keys(HELPERS).find((name) => HELPERS[name] === port) ?? String(port);

/** `parseNested` reads the actions of exec(); the caller's, since any action's text may stand there. */
export function parseCt(text: string, names: Names | undefined, parseNested: (text: string) => Action[]): Ct {
  const ct: Ct = { type: 'ct', commit: false, force: false, zone: 0, alg: 0, exec: [] };
  for (const pair of pairs(text)) {
    if (!CT_KEYS.includes(pair.key))
      throw new TextError(
        `invalid argument to "ct" action: \`${pair.key}'`,
        text,
        pair.at,
        didYouMean(pair.key, CT_KEYS),
      );
    within(text, pair.valueAt, () => parseCtPart(ct, pair, names, parseNested));
  }
  if (ct.force && !ct.commit) throw new TextError('"force" flag requires "commit" flag.', text);
  return ct;
}

function parseCtPart(ct: Ct, pair: Pair, names: Names | undefined, parseNested: (text: string) => Action[]): void {
  const value = pair.value ?? '';
  switch (pair.key) {
    case 'commit':
      ct.commit = true;
      return;
    case 'force':
      ct.force = true;
      return;
    case 'table':
      ct.table = ctTable(value, names);
      return;
    case 'zone':
      ct.zone = ctZone(value);
      return;
    case 'alg':
      ct.alg = ctHelper(value);
      return;
    case 'nat':
      ct.exec.push(parseNat(value));
      return;
    case 'exec':
      ct.exec.push(...parseNested(value));
      return;
  }
}

function ctTable(text: string, names: Names | undefined): number {
  const table = parseTable(text, names);
  if (table === null) throw new TextError(`unknown table ${text}`, text);
  if (table === 255) throw new TextError('invalid table 0xff', text);
  return table;
}

const ZONE_BITS = 16;

function ctZone(text: string): Ct['zone'] {
  const zone = cNumber(text);
  if (zone !== null && zone <= 0xffff) return zone;
  const field = parseSubfield(text);
  if ((idToSend(field.field, NXM_VERSION)?.experimenter ?? 0) !== 0)
    throw new TextError(
      `zone cannot be taken from ${field.field}: the action has room for a number of 32 bits only`,
      text,
    );
  if (field.bits !== ZONE_BITS) throw new TextError(`zone n_bits ${field.bits} not within valid range [16..16]`, text);
  return field;
}

function ctHelper(text: string): number {
  const port = Object.hasOwn(HELPERS, text) ? HELPERS[text] : undefined;
  if (port === undefined)
    throw new TextError(`invalid conntrack helper "${text}"`, text, 0, didYouMean(text, Object.keys(HELPERS)));
  return port;
}

export function formatNat(nat: Nat, names?: Names): string {
  const { param, paren, value } = names?.colors ?? PLAIN;
  if (nat.direction === undefined) return paren('nat');
  const open = paren('nat') + paren('(');
  if (nat.minAddr === undefined && nat.minPort === undefined) return open + param(nat.direction) + paren(')');
  const parts = [param(nat.direction) + param('=') + formatRange(nat)];
  if (nat.persistent) parts.push(value('persistent'));
  if (nat.hash) parts.push(value('hash'));
  if (nat.random) parts.push(value('random'));
  return open + parts.join(',') + paren(')');
}

function formatRange(nat: Nat): string {
  const hasPorts = nat.minPort !== undefined && nat.minPort !== 0;
  let text = '';
  if (nat.minAddr !== undefined) {
    const isBracketed = nat.family === 6 && hasPorts;
    text += natAddress(nat, nat.minAddr, isBracketed);
    if (nat.maxAddr !== undefined && nat.maxAddr !== nat.minAddr)
      text += `-${natAddress(nat, nat.maxAddr, isBracketed)}`;
  }
  if (hasPorts) {
    text += `:${nat.minPort}`;
    if (nat.maxPort !== undefined && nat.maxPort !== nat.minPort) text += `-${nat.maxPort}`;
  }
  return text;
}

function natAddress(nat: Nat, address: bigint, isBracketed: boolean): string {
  const text = nat.family === 6 ? formatIpv6(address) : formatIpv4(Number(address));
  return isBracketed ? `[${text}]` : text;
}

/** The inside of `nat(...)`; empty for a plain nat. */
export function parseNat(text: string): Nat {
  const nat: Nat = { type: 'nat', persistent: false, hash: false, random: false };
  for (const pair of pairs(text)) {
    if (pair.key === 'src' || pair.key === 'dst') {
      if (nat.direction !== undefined) throw new TextError('May only specify one of "src" or "dst".', text, pair.at);
      nat.direction = pair.key;
      const range = pair.value ?? '';
      if (range !== '') within(text, pair.valueAt, () => parseRange(nat, range));
    } else if (pair.key === 'persistent' || pair.key === 'hash' || pair.key === 'random') {
      nat[pair.key] = true;
    } else {
      throw new TextError(`invalid key "${pair.key}" in "nat" argument`, text, pair.at, didYouMean(pair.key, NAT_KEYS));
    }
  }
  if (nat.direction === undefined && (nat.persistent || nat.hash || nat.random))
    throw new TextError('Flags allowed only with "src" or "dst".', text);
  if (nat.hash && nat.random) throw new TextError('Both "hash" and "random" are not allowed.', text);
  return nat;
}

const V4 = '\\d+\\.\\d+\\.\\d+\\.\\d+';
const BARE_V6 = '[0-9a-fA-F]*:[0-9a-fA-F:.]*';
/** A range of addresses, of ports, or of both; an IPv6 address before ports stands in brackets. */
const ADDRESSES = [
  new RegExp(`^(${V4})(?:-(${V4}))?`),
  /^\[([^\]]*)\](?:-\[([^\]]*)\])?/,
  new RegExp(`^(${BARE_V6})(?:-(${BARE_V6}))?`),
];
const PORTS = /^:(\d+)(?:-(\d+))?/;

function parseRange(nat: Nat, text: string): void {
  const found = ADDRESSES.map((form) => form.exec(text)).find((match) => match !== null);
  let at = 0;
  if (found) {
    at = found[0].length;
    parseAddresses(nat, text, found[1]!, found[2]);
  }
  const ports = PORTS.exec(text.slice(at));
  if (ports && !found) throw badRange(text); // the switch takes ports only with addresses
  if (ports) {
    at += ports[0].length;
    nat.minPort = Number(ports[1]);
    if (ports[2] !== undefined) nat.maxPort = Number(ports[2]);
    const top = nat.maxPort ?? nat.minPort;
    if (nat.minPort === 0 || top < nat.minPort || top > 0xffff) throw badRange(text);
  }
  if (at === text.length) return;
  if (/^[:-]/.test(text.slice(at))) throw badRange(text);
  throw new TextError(`garbage (${text.slice(at)}) after nat range "${text}" (pos: ${at})`, text, at);
}

function parseAddresses(nat: Nat, text: string, first: string, last: string | undefined): void {
  const isV4 = !first.includes(':');
  const parse = (part: string): bigint => {
    const address = isV4 ? parseIpv4(part) : parseIpv6(part);
    if (address === null) throw badRange(text);
    return BigInt(address);
  };
  const min = parse(first);
  const max = last === undefined ? undefined : parse(last);
  if (max !== undefined && max < min) throw badRange(text);
  // All zeros mean that the address stays: the same as naming none.
  if (min === 0n && max === undefined) return;
  nat.family = isV4 ? 4 : 6;
  nat.minAddr = min;
  if (max !== undefined && max !== min) nat.maxAddr = max;
}

const badRange = (text: string): TextError => new TextError(`invalid nat range "${text}"`, text);
