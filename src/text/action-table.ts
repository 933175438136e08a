/** One parser for each action name: what stands after its colon or in its parentheses, into the action. */

import { ETH_TYPE_VLAN, ETH_TYPE_VLAN_8021AD } from '../../datapath/wire/numbers.js';
import { VID_MASK } from '../../datapath/wire/vlan.js';
import { MAX_CLAUSES } from '../match/conjunction.js';
import { FIELDS, type FieldName } from '../match/fields.js';
import { type Action, type ActionType, OFPP, WHOLE_PACKET } from '../openflow/action-types.js';
import { PACKET_IN, PACKET_IN_NAMES } from '../openflow/packet-in-reasons.js';
import { parseCt, parseNat } from './action-ct.js';
import { parseIpv4, parseMac } from './address.js';
import { TextError, within } from './error.js';
import { fieldNamed } from './match.js';
import { cNumber, type Names, parsePort, parseTable } from './names.js';
import { pairs } from './scanner.js';
import { numbered, parseMoveText, parseSubfield } from './subfield.js';
import { parseBig, parseFieldInteger, parseWritten } from './values.js';

export interface ActionContext {
  readonly names: Names | undefined;
  /** The action or instruction around this one: "ct", "write_actions". */
  readonly nested: string | null;
  readonly parse: (text: string, nested: string | null, names?: Names) => Action[];
}

type ActionParser = (text: string, context: ActionContext) => Action;

const MIN_TRUNCATE = 14;
/** A message has 65535 bytes at most, and the note is not all of it. */
const MAX_NOTE_BYTES = 65_000;

/** An unsigned number of 32 bits. */
export function number(text: string): number {
  const value = cNumber(text);
  if (value === null || value > 0xffffffff) throw new TextError(`invalid numeric format ${text}`, text);
  return value;
}

export function number64(text: string): bigint {
  const value = parseBig(text);
  if (value === null || value < 0n || value >= 1n << 64n) throw new TextError(`invalid numeric format ${text}`, text);
  return value;
}

function bounded(text: string, max: number, what: string): number {
  const value = cNumber(text);
  if (value === null || value > max) throw new TextError(`invalid ${what} "${text}"`, text);
  return value;
}

/** As `bounded`, with the error that OVS has for numbers which fit their type and not their meaning. */
function meant(text: string, max: number, what: string): number {
  const value = bounded(text, 0xffff, what);
  if (value > max) throw new TextError(`${text}: not a valid ${what}`, text);
  return value;
}

function parseOutput(text: string, { names }: ActionContext): Action {
  if (/^(?=.*\bport=)(?=.*\bmax_len=)/.test(text)) return parseTruncated(text, names);
  const port = parsePort(text, names);
  if (port !== null) return { type: 'output', port, ...(port === OFPP.CONTROLLER ? { maxLen: WHOLE_PACKET } : {}) };
  const name = text.replace(/\[.*/, '');
  if (fieldNamed(name) === null) throw new TextError(`${text}: output to unknown port`, text);
  return { type: 'output_reg', src: parseSubfield(text), maxLen: WHOLE_PACKET };
}

function parseTruncated(text: string, names?: Names): Action {
  let port = -1;
  let maxLen = 0;
  for (const { key, value, at } of pairs(text)) {
    if (key === 'port') {
      const found = parsePort(value ?? '', names);
      if (found === null) throw new TextError(`output to unknown truncate port: ${value}`, text, at);
      port = found;
    } else if (key === 'max_len') {
      maxLen = number(value ?? '');
      if (maxLen < MIN_TRUNCATE)
        throw new TextError(`max_len ${maxLen} is less than the minimum value ${MIN_TRUNCATE}`, text, at);
    } else {
      throw new TextError(`invalid key '${key}' in output_trunc argument`, text, at);
    }
  }
  return { type: 'output_trunc', port, maxLen };
}

function parseController(text: string): Action {
  const action: Extract<Action, { type: 'controller' }> = {
    type: 'controller',
    maxLen: WHOLE_PACKET,
    reason: PACKET_IN.action,
    controllerId: 0,
  };
  if (/^\d+$/.test(text)) return { ...action, maxLen: bounded(text, 0xffff, 'max_len') };
  for (const pair of pairs(text)) {
    const value = pair.value ?? '';
    if (pair.key === 'max_len') action.maxLen = bounded(value, 0xffff, 'max_len');
    else if (pair.key === 'id') action.controllerId = bounded(value, 0xffff, 'id');
    else if (pair.key === 'reason') action.reason = parseReason(value);
    else if (pair.key === 'pause') action.pause = true;
    else if (pair.key === 'meter_id') action.meterId = number(value);
    else if (pair.key === 'userdata') {
      const data = parseHexBytes(value);
      if (data === null) throw new TextError("bad hex digit in `controller' action `userdata'", text, pair.valueAt);
      action.userdata = data;
    } else throw new TextError(`unknown key "${pair.key}" parsing controller action`, text, pair.at);
  }
  return action;
}

function parseReason(text: string): number {
  const reason = (PACKET_IN_NAMES as readonly string[]).indexOf(text);
  if (reason < 0) throw new TextError(`unknown reason "${text}"`, text);
  return reason;
}

/** Pairs of hexadecimal digits, dots between them allowed; null for anything else. */
export function parseHexBytes(text: string): Uint8Array | null {
  const digits = text.replaceAll('.', '');
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits) || digits.length > 2 * MAX_NOTE_BYTES) return null;
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16));
}

function parseEnqueue(text: string, { names }: ActionContext): Action {
  const [portText, queueText] = text.split(/[:,]/, 2).map((part) => part.trim());
  if (!portText || !queueText)
    throw new TextError('"enqueue" syntax is "enqueue:PORT:QUEUE" or "enqueue(PORT,QUEUE)"', text);
  const port = parsePort(portText, names);
  if (port === null) throw new TextError(`${portText}: enqueue to unknown port`, text);
  return { type: 'enqueue', port, queue: number(text.slice(text.search(/[:,]/) + 1).trim()) };
}

function parseResubmit(text: string, { names }: ActionContext): Action {
  const [portText = '', tableText = '', ct = '', ...more] = text.split(',').map((part) => part.trim());
  let port: number = OFPP.IN_PORT;
  let table = 255;
  if (portText !== '') {
    const found = parsePort(portText, names);
    if (found === null) throw new TextError(`${portText}: resubmit to unknown port`, text);
    port = found;
  }
  if (tableText !== '') {
    const found = parseTable(tableText, names);
    if (found === null) throw new TextError(`${tableText}: resubmit to unknown table`, text, portText.length + 1);
    table = found;
  }
  const stray = ct !== '' && ct !== 'ct' ? ct : more[0];
  if (stray !== undefined) throw new TextError(`${stray}: unknown parameter`, text);
  if (port === OFPP.IN_PORT && table === 255)
    throw new TextError('at least one "in_port" or "table" must be specified on resubmit', text);
  return { type: 'resubmit', port, table, withCt: ct === 'ct' };
}

function parseSetField(text: string, { names }: ActionContext): Action {
  const arrow = text.lastIndexOf('->');
  if (arrow < 0) throw new TextError(`${text}: missing \`->'`, text);
  const name = text.slice(arrow + 2).trim();
  if (name === '') throw new TextError(`${text}: missing field name following \`->'`, text, arrow);
  const field = fieldNamed(name);
  if (field === null) throw new TextError(`${name} is not a valid OXM field name`, text, arrow + 2);
  if (!FIELDS[field].writable) throw new TextError(`${name} is read-only`, text, arrow + 2);
  const written = text.slice(0, arrow).trim();
  if (written === '') throw new TextError(`: bad syntax for ${field} value`, text);
  const { value, mask } = within(text, 0, () => parseWritten(written, field, names));
  return sayable(field, value, mask);
}

/** Tags are set as OpenFlow 1.0 does it, half registers through the whole ones: neither has a number that a message could name it by. */
function sayable(field: FieldName, value: bigint, mask: bigint): Action {
  if (field === 'dl_vlan') return { type: 'set_vlan_vid', vid: Number(value), pushIfMissing: true };
  if (field === 'dl_vlan_pcp') return { type: 'set_vlan_pcp', pcp: Number(value), pushIfMissing: true };
  const whole = numbered({ field, start: 0, bits: FIELDS[field].bits });
  const shift = BigInt(whole.start);
  return { type: 'set_field', field: whole.field, value: value << shift, mask: mask << shift };
}

function parseLoad(text: string): Action {
  const arrow = text.indexOf('->');
  if (arrow < 0) throw new TextError(`${text}: missing \`->'`, text);
  const written = text.slice(0, arrow).trim();
  const value = parseFieldInteger(written);
  if (value === null) throw new TextError(`${text}: cannot parse integer value`, text);
  const dst = within(text, arrow + 2, () => parseSubfield(text.slice(arrow + 2).trim()));
  if (value < 0n || value >= 1n << BigInt(dst.bits))
    throw new TextError(`${text}: value ${written} does not fit into ${dst.bits} bits`, text);
  return { type: 'load', dst, value };
}

function parsePushVlan(text: string): Action {
  const ethertype = bounded(text, 0xffff, 'ethertype');
  if (ethertype !== ETH_TYPE_VLAN && ethertype !== ETH_TYPE_VLAN_8021AD)
    throw new TextError(`${text}: not a valid VLAN ethertype`, text);
  return { type: 'push_vlan', ethertype };
}

/** Whether it is one of MPLS is the switch's to say. */
const mplsType =
  (type: 'push_mpls' | 'pop_mpls'): ActionParser =>
  (text) => ({ type, ethertype: bounded(text, 0xffff, type) });

function parseMplsLabel(text: string): Action {
  if (text === '') throw new TextError('set_mpls_label: expected label.', text);
  const label = cNumber(text);
  if (label === null || label > 0xfffff) throw new TextError(`${text}: not a valid MPLS label`, text);
  return { type: 'set_mpls_label', label };
}

function parseMplsTc(text: string): Action {
  if (text === '') throw new TextError('set_mpls_tc: expected tc.', text);
  const tc = cNumber(text);
  if (tc === null || tc > 7) throw new TextError(`${text}: not a valid MPLS TC`, text);
  return { type: 'set_mpls_tc', tc };
}

function parseMplsTtl(text: string): Action {
  if (text === '') throw new TextError('set_mpls_ttl: expected ttl.', text);
  return { type: 'set_mpls_ttl', ttl: bounded(text, 255, 'MPLS TTL') };
}

function mac(text: string): bigint {
  const value = parseMac(text);
  if (value === null) throw new TextError(`invalid mac address ${text}`, text);
  return value;
}

function ipv4(text: string): number {
  const value = parseIpv4(text);
  if (value === null) throw new TextError(`${text}: could not convert to IP address`, text);
  return value;
}

function parseTos(text: string): Action {
  const dscp = bounded(text, 255, 'TOS');
  if ((dscp & 3) !== 0) throw new TextError(`${text}: not a valid TOS`, text);
  return { type: 'set_ip_dscp', dscp };
}

function parseNote(text: string): Action {
  const data = parseHexBytes(text);
  if (data === null) throw new TextError("bad hex digit in `note' argument", text);
  return { type: 'note', data };
}

function parseDecTtl(text: string): Action {
  const ids = text.split(/[,\s]+/).filter((part) => part !== '');
  return { type: 'dec_ttl', ids: ids.length === 0 ? [0] : ids.map((id) => bounded(id, 0xffff, 'id')) };
}

function parseConjunction(text: string): Action {
  const found = /^\s*(\w+)\s*,\s*(\d+)\s*\/\s*(\d+)\s*$/.exec(text);
  if (found === null) throw new TextError('"conjunction" syntax is "conjunction(id,i/n)"', text);
  const id = number(found[1]!);
  const clause = Number(found[2]);
  const clauses = Number(found[3]);
  if (clause < 1) throw new TextError('clause index must be positive', text);
  if (clause > clauses) throw new TextError('clause index must be less than or equal to number of clauses', text);
  if (clauses < 2) throw new TextError('conjunction must have at least 2 clauses', text);
  if (clauses > MAX_CLAUSES) throw new TextError(`conjunction must have at most ${MAX_CLAUSES} clauses`, text);
  return { type: 'conjunction', id, clause: clause - 1, clauses };
}

const setVlanVid =
  (pushIfMissing: boolean): ActionParser =>
  (text) => ({
    type: 'set_vlan_vid',
    vid: meant(text, VID_MASK, 'VLAN VID'),
    pushIfMissing,
  });

const setVlanPcp =
  (pushIfMissing: boolean): ActionParser =>
  (text) => ({
    type: 'set_vlan_pcp',
    pcp: meant(text, 7, 'VLAN PCP'),
    pushIfMissing,
  });

const outputTo =
  (port: number): ActionParser =>
  () => ({ type: 'output', port });

/**
 * The names that each action has in ovs-actions(7), with what reads the text behind them. A string: the action of that name reads this one,
 * too (`output:NXM_NX_REG0[]` is output_reg).
 */
const PARSERS = {
  output: { output: parseOutput, in_port: outputTo(OFPP.IN_PORT) },
  output_reg: 'output',
  output_trunc: 'output',
  controller: { controller: parseController, CONTROLLER: parseController },
  enqueue: { enqueue: parseEnqueue },
  group: { group: (text) => ({ type: 'group', group: number(text) }) },
  resubmit: { resubmit: parseResubmit },
  set_field: { set_field: parseSetField },
  load: { load: parseLoad },
  move: { move: (text) => ({ type: 'move', ...parseMoveText(text) }) },
  push: { push: (text) => ({ type: 'push', src: parseSubfield(text) }) },
  pop: { pop: (text) => ({ type: 'pop', dst: parseSubfield(text) }) },
  set_vlan_vid: { mod_vlan_vid: setVlanVid(true), set_vlan_vid: setVlanVid(false) },
  set_vlan_pcp: { mod_vlan_pcp: setVlanPcp(true), set_vlan_pcp: setVlanPcp(false) },
  strip_vlan: { strip_vlan: () => ({ type: 'strip_vlan' }), pop_vlan: () => ({ type: 'strip_vlan' }) },
  push_vlan: { push_vlan: parsePushVlan },
  push_mpls: { push_mpls: mplsType('push_mpls') },
  pop_mpls: { pop_mpls: mplsType('pop_mpls') },
  set_mpls_label: { set_mpls_label: parseMplsLabel },
  set_mpls_tc: { set_mpls_tc: parseMplsTc },
  set_mpls_ttl: { set_mpls_ttl: parseMplsTtl },
  dec_mpls_ttl: { dec_mpls_ttl: () => ({ type: 'dec_mpls_ttl' }) },
  set_eth_src: { mod_dl_src: (text) => ({ type: 'set_eth_src', mac: mac(text) }) },
  set_eth_dst: { mod_dl_dst: (text) => ({ type: 'set_eth_dst', mac: mac(text) }) },
  set_ipv4_src: { mod_nw_src: (text) => ({ type: 'set_ipv4_src', address: ipv4(text) }) },
  set_ipv4_dst: { mod_nw_dst: (text) => ({ type: 'set_ipv4_dst', address: ipv4(text) }) },
  set_ip_dscp: { mod_nw_tos: parseTos },
  set_ip_ecn: { mod_nw_ecn: (text) => ({ type: 'set_ip_ecn', ecn: meant(text, 3, 'ECN') }) },
  set_ip_ttl: { mod_nw_ttl: (text) => ({ type: 'set_ip_ttl', ttl: bounded(text, 255, 'TTL') }) },
  set_l4_src_port: { mod_tp_src: (text) => ({ type: 'set_l4_src_port', port: bounded(text, 0xffff, 'source port') }) },
  set_l4_dst_port: {
    mod_tp_dst: (text) => ({ type: 'set_l4_dst_port', port: bounded(text, 0xffff, 'destination port') }),
  },
  set_tunnel: {
    set_tunnel: (text) => ({ type: 'set_tunnel', id: number64(text), wide: number64(text) > 0xffffffffn }),
    set_tunnel64: (text) => ({ type: 'set_tunnel', id: number64(text), wide: true }),
  },
  set_queue: { set_queue: (text) => ({ type: 'set_queue', queue: number(text) }) },
  pop_queue: { pop_queue: () => ({ type: 'pop_queue' }) },
  dec_ttl: { dec_ttl: parseDecTtl },
  exit: { exit: () => ({ type: 'exit' }) },
  note: { note: parseNote },
  ct: { ct: (text, { names, parse }) => parseCt(text, names, (inner) => parse(inner, 'ct', names)) },
  nat: { nat: parseNat },
  ct_clear: { ct_clear: () => ({ type: 'ct_clear' }) },
  conjunction: { conjunction: parseConjunction },
} satisfies Readonly<Record<ActionType, Readonly<Record<string, ActionParser>> | 'output'>>;

type NamesOf<P> = P extends string ? never : keyof P;
/** All of those names. */
type ActionName = { [T in ActionType]: NamesOf<(typeof PARSERS)[T]> }[ActionType];

/** The parser of each name. */
export const ACTIONS: Readonly<Record<string, ActionParser>> = Object.assign(
  {},
  ...Object.values(PARSERS).filter((names) => typeof names !== 'string'),
);

/** A name that has got a parser does not compile here. */
const withoutParser = <N extends string>(...names: (N extends ActionName ? never : N)[]): ReadonlySet<string> =>
  new Set(names);

/** Names of ovs-actions(7) that this switch does not know yet. */
export const OTHER_ACTIONS = withoutParser(
  'bundle',
  'bundle_load',
  'check_pkt_larger',
  'clone',
  'debug_recirc',
  'debug_slow',
  'dec_nsh_ttl',
  'decap',
  'delete_field',
  'encap',
  'fin_timeout',
  'learn',
  'multipath',
  'sample',
);
