/** Actions and instructions as text, one printer for each: `ct(commit,zone=5),output:2`. */
import {
  type Action,
  type ActionOf,
  type ActionType,
  type Instruction,
  OFPP,
  type Subfield,
  WHOLE_PACKET,
} from '../openflow/action-types.js';
import { PACKET_IN, PACKET_IN_NAMES } from '../openflow/packet-in-reasons.js';
import { formatCt, formatNat } from './action-ct.js';
import { formatIpv4, formatMac } from './address.js';
import { formatPort, formatTable, type Names } from './names.js';
import { formatSubfield } from './subfield.js';
import { formatWritten, hex } from './values.js';

type Printers = { [T in ActionType]: (action: ActionOf<T>, names?: Names) => string };
type InstructionPrinters = {
  [T in Instruction['type']]: (instruction: Extract<Instruction, { type: T }>, names?: Names) => string;
};

const CURRENT_TABLE = 255;
const ALL_METADATA = (1n << 64n) - 1n;

/** As in flow dumps: "drop" for nothing. */
export function formatInstructions(instructions: readonly Instruction[], names?: Names): string {
  const parts = instructions.flatMap((instruction) => {
    const text = formatInstruction(instruction, names);
    return text === '' ? [] : [text];
  });
  return parts.length === 0 ? 'drop' : parts.join(',');
}

/** "drop" for an empty list. */
export function formatActions(actions: readonly Action[], names?: Names): string {
  return actions.length === 0 ? 'drop' : listActions(actions, names);
}

const listActions = (actions: readonly Action[], names?: Names): string =>
  actions.map((action) => formatAction(action, names)).join(',');

export function formatAction<T extends ActionType>(action: ActionOf<T>, names?: Names): string {
  return (PRINTERS[action.type] as (action: ActionOf<T>, names?: Names) => string)(action, names);
}

function formatInstruction(instruction: Instruction, names?: Names): string {
  return (INSTRUCTIONS[instruction.type] as (i: Instruction, names?: Names) => string)(instruction, names);
}

export const hexBytes = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('.');

function formatOutput(action: ActionOf<'output'>, names?: Names): string {
  if (action.port === OFPP.CONTROLLER) return `CONTROLLER:${action.maxLen ?? WHOLE_PACKET}`;
  const text = formatPort(action.port, names);
  return action.port < OFPP.MAX ? `output:${text}` : text;
}

function formatController(action: ActionOf<'controller'>): string {
  const { maxLen, reason, controllerId, userdata, pause, meterId } = action;
  const isPlain = reason === PACKET_IN.action && controllerId === 0 && !userdata?.length && !pause;
  if (isPlain && meterId === undefined) return `CONTROLLER:${maxLen}`;
  const parts: string[] = [];
  if (reason !== PACKET_IN.action) parts.push(`reason=${PACKET_IN_NAMES[reason] ?? reason}`);
  if (maxLen !== WHOLE_PACKET) parts.push(`max_len=${maxLen}`);
  if (controllerId !== 0) parts.push(`id=${controllerId}`);
  if (userdata?.length) parts.push(`userdata=${hexBytes(userdata)}`);
  if (pause) parts.push('pause');
  if (meterId !== undefined) parts.push(`meter_id=${meterId}`);
  return `controller(${parts.join(',')})`;
}

function formatResubmit({ port, table, withCt }: ActionOf<'resubmit'>, names?: Names): string {
  if (port !== OFPP.IN_PORT && table === CURRENT_TABLE && !withCt) return `resubmit:${formatPort(port, names)}`;
  const from = port === OFPP.IN_PORT ? '' : formatPort(port, names);
  const to = table === CURRENT_TABLE ? '' : formatTable(table, names);
  return `resubmit(${from},${to}${withCt ? ',ct' : ''})`;
}

const ethernetType = (type: number): string => `0x${type.toString(16).padStart(4, '0')}`;

const formatLoad = (dst: Subfield, value: bigint): string => `load:${hex(value)}->${formatSubfield(dst)}`;

const PRINTERS: Printers = {
  output: formatOutput,
  output_reg: ({ src }) => `output:${formatSubfield(src)}`,
  output_trunc: ({ port, maxLen }, names) => `output(port=${formatPort(port, names)},max_len=${maxLen})`,
  controller: formatController,
  enqueue: ({ port, queue }, names) => `enqueue:${formatPort(port, names)}:${queue}`,
  group: ({ group }) => `group:${group}`,
  resubmit: formatResubmit,
  set_field: ({ field, value, mask }, names) => `set_field:${formatWritten(field, value, mask, names)}->${field}`,
  load: ({ dst, value }) => formatLoad(dst, value),
  move: ({ src, dst }) => `move:${formatSubfield(src)}->${formatSubfield(dst)}`,
  push: ({ src }) => `push:${formatSubfield(src)}`,
  pop: ({ dst }) => `pop:${formatSubfield(dst)}`,
  set_vlan_vid: ({ vid, pushIfMissing }) => `${pushIfMissing ? 'mod' : 'set'}_vlan_vid:${vid}`,
  set_vlan_pcp: ({ pcp, pushIfMissing }) => `${pushIfMissing ? 'mod' : 'set'}_vlan_pcp:${pcp}`,
  strip_vlan: (_action, names) => ((names?.version ?? 1) === 1 ? 'strip_vlan' : 'pop_vlan'),
  push_vlan: ({ ethertype }) => `push_vlan:${ethernetType(ethertype)}`,
  push_mpls: ({ ethertype }) => `push_mpls:${ethernetType(ethertype)}`,
  pop_mpls: ({ ethertype }) => `pop_mpls:${ethernetType(ethertype)}`,
  set_mpls_label: ({ label }) => `set_mpls_label(${label})`,
  set_mpls_tc: ({ tc }) => `set_mpls_tc(${tc})`,
  set_mpls_ttl: ({ ttl }) => `set_mpls_ttl(${ttl})`,
  dec_mpls_ttl: () => 'dec_mpls_ttl',
  set_eth_src: ({ mac }) => `mod_dl_src:${formatMac(mac)}`,
  set_eth_dst: ({ mac }) => `mod_dl_dst:${formatMac(mac)}`,
  set_ipv4_src: ({ address }) => `mod_nw_src:${formatIpv4(address)}`,
  set_ipv4_dst: ({ address }) => `mod_nw_dst:${formatIpv4(address)}`,
  set_ip_dscp: ({ dscp }) => `mod_nw_tos:${dscp}`,
  set_ip_ecn: ({ ecn }) => `mod_nw_ecn:${ecn}`,
  set_ip_ttl: ({ ttl }) => `mod_nw_ttl:${ttl}`,
  set_l4_src_port: ({ port }) => `mod_tp_src:${port}`,
  set_l4_dst_port: ({ port }) => `mod_tp_dst:${port}`,
  set_tunnel: ({ id, wide }) => `set_tunnel${wide || id > 0xffffffffn ? '64' : ''}:${hex(id)}`,
  set_queue: ({ queue }) => `set_queue:${queue}`,
  pop_queue: () => 'pop_queue',
  dec_ttl: ({ ids }) => (ids.length === 1 && ids[0] === 0 ? 'dec_ttl' : `dec_ttl(${ids.join(',')})`),
  exit: () => 'exit',
  note: ({ data }) => `note:${hexBytes(data)}`,
  ct: (action, names) => formatCt(action, names, listActions),
  nat: formatNat,
  ct_clear: () => 'ct_clear',
  conjunction: ({ id, clause, clauses }) => `conjunction(${id},${clause + 1}/${clauses})`,
};

const INSTRUCTIONS: InstructionPrinters = {
  meter: ({ meter }) => `meter:${meter}`,
  apply_actions: ({ actions }, names) => listActions(actions, names),
  clear_actions: () => 'clear_actions',
  write_actions: ({ actions }, names) => `write_actions(${formatActions(actions, names)})`,
  write_metadata: ({ metadata, mask }) =>
    `write_metadata:${hex(metadata)}${mask === ALL_METADATA ? '' : `/${hex(mask)}`}`,
  goto_table: ({ table }, names) => `goto_table:${formatTable(table, names)}`,
};
