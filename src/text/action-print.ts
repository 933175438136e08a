/** Actions and instructions as text, one printer for each: `ct(commit,zone=5),output:2`. */
import {
  type Action,
  type ActionOf,
  type ActionType,
  type Instruction,
  OFPP,
  WHOLE_PACKET,
} from '../openflow/action-types.js';
import { PACKET_IN, PACKET_IN_NAMES } from '../openflow/packet-in-reasons.js';
import { formatCt, formatNat } from './action-ct.js';
import { formatIpv4, formatMac } from './address.js';
import { type Colors, PLAIN } from './colors.js';
import { formatPort, formatTable, type Names } from './names.js';
import { formatSubfield } from './subfield.js';
import { formatWritten, hex } from './values.js';

type Printers = { [T in ActionType]: (action: ActionOf<T>, colors: Colors, names?: Names) => string };
type InstructionPrinters = {
  [T in Instruction['type']]: (instruction: Extract<Instruction, { type: T }>, colors: Colors, names?: Names) => string;
};

const CURRENT_TABLE = 255;
const ALL_METADATA = (1n << 64n) - 1n;

/** As in flow dumps: "drop" for nothing. */
export function formatInstructions(instructions: readonly Instruction[], names?: Names): string {
  const colors = names?.colors ?? PLAIN;
  const parts = instructions.flatMap((instruction) => {
    const text = formatInstruction(instruction, colors, names);
    return text === '' ? [] : [text];
  });
  return parts.length === 0 ? colors.drop('drop') : parts.join(',');
}

/** "drop" for an empty list. */
export function formatActions(actions: readonly Action[], names?: Names): string {
  return actions.length === 0 ? (names?.colors ?? PLAIN).drop('drop') : listActions(actions, names);
}

const listActions = (actions: readonly Action[], names?: Names): string =>
  actions.map((action) => formatAction(action, names)).join(',');

export function formatAction<T extends ActionType>(action: ActionOf<T>, names?: Names): string {
  return (PRINTERS[action.type] as Printers[T])(action, names?.colors ?? PLAIN, names);
}

function formatInstruction<T extends Instruction['type']>(
  instruction: Extract<Instruction, { type: T }>,
  colors: Colors,
  names?: Names,
): string {
  return (INSTRUCTIONS[instruction.type] as InstructionPrinters[T])(instruction, colors, names);
}

export const hexBytes = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('.');

function formatOutput(action: ActionOf<'output'>, { special }: Colors, names?: Names): string {
  if (action.port === OFPP.CONTROLLER) return `${special('CONTROLLER:')}${action.maxLen ?? WHOLE_PACKET}`;
  const text = formatPort(action.port, names);
  return action.port < OFPP.MAX ? special('output:') + text : text;
}

function formatController(action: ActionOf<'controller'>, { param, paren, special, value }: Colors): string {
  const { maxLen, reason, controllerId, userdata, pause, meterId } = action;
  const isPlain = reason === PACKET_IN.action && controllerId === 0 && !userdata?.length && !pause;
  if (isPlain && meterId === undefined) return `${special('CONTROLLER:')}${maxLen}`;
  const parts: string[] = [];
  if (reason !== PACKET_IN.action) parts.push(`${param('reason=')}${PACKET_IN_NAMES[reason] ?? reason}`);
  if (maxLen !== WHOLE_PACKET) parts.push(`${param('max_len=')}${maxLen}`);
  if (controllerId !== 0) parts.push(`${param('id=')}${controllerId}`);
  if (userdata?.length) parts.push(param('userdata=') + hexBytes(userdata));
  if (pause) parts.push(value('pause'));
  if (meterId !== undefined) parts.push(`${param('meter_id=')}${meterId}`);
  return paren('controller(') + parts.join(',') + paren(')');
}

function formatResubmit(
  { port, table, withCt }: ActionOf<'resubmit'>,
  { paren, special }: Colors,
  names?: Names,
): string {
  if (port !== OFPP.IN_PORT && table === CURRENT_TABLE && !withCt)
    return special('resubmit:') + formatPort(port, names);
  const from = port === OFPP.IN_PORT ? '' : formatPort(port, names);
  const to = table === CURRENT_TABLE ? '' : formatTable(table, names);
  return `${paren('resubmit(')}${from},${to}${withCt ? ',ct' : ''}${paren(')')}`;
}

function formatDecTtl({ ids }: ActionOf<'dec_ttl'>, { paren }: Colors): string {
  const isPlain = ids.length === 1 && ids[0] === 0;
  return paren('dec_ttl') + (isPlain ? '' : paren('(') + ids.join(',') + paren(')'));
}

const ethernetType = (type: number): string => `0x${type.toString(16).padStart(4, '0')}`;

/** An action that writes: from where or what, and where to. */
const write = (word: string, from: string, to: string, { special }: Colors): string =>
  special(word) + from + special('->') + to;

/** `mod_nw_ttl:64`: a name that a value follows. */
const named = (word: string, value: string | number, { param }: Colors): string => `${param(word)}${value}`;

/** `set_mpls_tc(3)` */
const enclosed = (word: string, value: string | number, { paren }: Colors): string =>
  `${paren(word)}${value}${paren(')')}`;

const PRINTERS: Printers = {
  output: formatOutput,
  output_reg: ({ src }, { special }) => special('output:') + formatSubfield(src),
  output_trunc: ({ port, maxLen }, { special }, names) =>
    `${special('output')}(port=${formatPort(port, names)},max_len=${maxLen})`,
  controller: formatController,
  enqueue: ({ port, queue }, colors, names) => named('enqueue:', `${formatPort(port, names)}:${queue}`, colors),
  group: ({ group }, { special }) => `${special('group:')}${group}`,
  resubmit: formatResubmit,
  set_field: ({ field, value, mask }, colors, names) =>
    write('set_field:', formatWritten(field, value, mask, names), field, colors),
  load: ({ dst, value }, colors) => write('load:', hex(value), formatSubfield(dst), colors),
  move: ({ src, dst }, colors) => write('move:', formatSubfield(src), formatSubfield(dst), colors),
  push: ({ src }, colors) => named('push:', formatSubfield(src), colors),
  pop: ({ dst }, colors) => named('pop:', formatSubfield(dst), colors),
  set_vlan_vid: ({ vid, pushIfMissing }, colors) =>
    named(pushIfMissing ? 'mod_vlan_vid:' : 'set_vlan_vid:', vid, colors),
  set_vlan_pcp: ({ pcp, pushIfMissing }, colors) =>
    named(pushIfMissing ? 'mod_vlan_pcp:' : 'set_vlan_pcp:', pcp, colors),
  strip_vlan: (_action, { value }, names) => value((names?.version ?? 1) === 1 ? 'strip_vlan' : 'pop_vlan'),
  push_vlan: ({ ethertype }, colors) => named('push_vlan:', ethernetType(ethertype), colors),
  push_mpls: ({ ethertype }, colors) => named('push_mpls:', ethernetType(ethertype), colors),
  pop_mpls: ({ ethertype }, colors) => named('pop_mpls:', ethernetType(ethertype), colors),
  set_mpls_label: ({ label }, colors) => enclosed('set_mpls_label(', label, colors),
  set_mpls_tc: ({ tc }, colors) => enclosed('set_mpls_tc(', tc, colors),
  set_mpls_ttl: ({ ttl }, colors) => enclosed('set_mpls_ttl(', ttl, colors),
  dec_mpls_ttl: (_action, { value }) => value('dec_mpls_ttl'),
  set_eth_src: ({ mac }, colors) => named('mod_dl_src:', formatMac(mac), colors),
  set_eth_dst: ({ mac }, colors) => named('mod_dl_dst:', formatMac(mac), colors),
  set_ipv4_src: ({ address }, colors) => named('mod_nw_src:', formatIpv4(address), colors),
  set_ipv4_dst: ({ address }, colors) => named('mod_nw_dst:', formatIpv4(address), colors),
  set_ip_dscp: ({ dscp }, colors) => named('mod_nw_tos:', dscp, colors),
  set_ip_ecn: ({ ecn }, colors) => named('mod_nw_ecn:', ecn, colors),
  set_ip_ttl: ({ ttl }, colors) => named('mod_nw_ttl:', ttl, colors),
  set_l4_src_port: ({ port }, colors) => named('mod_tp_src:', port, colors),
  set_l4_dst_port: ({ port }, colors) => named('mod_tp_dst:', port, colors),
  set_tunnel: ({ id, wide }, colors) =>
    named(wide || id > 0xffffffffn ? 'set_tunnel64:' : 'set_tunnel:', hex(id), colors),
  set_queue: ({ queue }, colors) => named('set_queue:', queue, colors),
  pop_queue: (_action, { value }) => value('pop_queue'),
  dec_ttl: formatDecTtl,
  exit: (_action, { special }) => special('exit'),
  note: ({ data }, colors) => named('note:', hexBytes(data), colors),
  ct: (action, _colors, names) => formatCt(action, names, listActions),
  nat: (action, _colors, names) => formatNat(action, names),
  ct_clear: (_action, { value }) => value('ct_clear'),
  conjunction: ({ id, clause, clauses }, colors) => enclosed('conjunction(', `${id},${clause + 1}/${clauses}`, colors),
};

const INSTRUCTIONS: InstructionPrinters = {
  meter: ({ meter }, colors) => named('meter:', meter, colors),
  apply_actions: ({ actions }, _colors, names) => listActions(actions, names),
  clear_actions: (_instruction, { value }) => value('clear_actions'),
  write_actions: ({ actions }, colors, names) => enclosed('write_actions(', formatActions(actions, names), colors),
  write_metadata: ({ metadata, mask }, colors) =>
    named('write_metadata:', `${hex(metadata)}${mask === ALL_METADATA ? '' : `/${hex(mask)}`}`, colors),
  goto_table: ({ table }, colors, names) => named('goto_table:', formatTable(table, names), colors),
};
