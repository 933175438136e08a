/**
 * Do instructions make sense for the packets a flow matches? What the codec could not see in the bytes alone: fields that
 * the packet may not have, tables, groups and meters that do not exist. The errors are those Open vSwitch sends.
 */

import { IP_PROTO_TCP, IP_PROTO_UDP, PORT_FTP, PORT_TFTP } from '../../datapath/wire/numbers.js';
import type { FieldName } from '../match/fields.js';
import { VLAN_PRESENT_VALUE } from '../match/key.js';
import type { Match } from '../match/match.js';
import { meets } from '../match/prerequisites.js';
import type { Action, ActionOf, ActionType, Instruction, Subfield } from '../openflow/action-types.js';
import type { ErrorName } from '../openflow/errors.js';
import type { OfVersion } from '../openflow/message-types.js';
import { ALL_TABLES } from '../openflow/new-flow-mod.js';
import { OF10 } from '../openflow/version.js';

const CT_STATE_INVALID = 0x10n;
/** Tags a packet can have in the flow key. */
const MAX_TAGS = 2;

const INCONSISTENT = 'OFPBAC_MATCH_INCONSISTENT' satisfies ErrorName;

/** What is known of the packet where an action stands. */
interface PacketFacts {
  /** The flow's match, or the packet of a packet-out, changed as the actions before change the packet. */
  match: Match;
  tags: number;
  /** Actions on headers that a packet may lack do nothing then: allowed in OpenFlow 1.0 and in action sets. */
  readonly isLenient: boolean;
}

export function checkInstructions(
  instructions: readonly Instruction[],
  match: Match,
  table: number,
  version: OfVersion,
): ErrorName | null {
  const known = knownOf(match, version === OF10);
  for (const instruction of instructions) {
    const error = checkInstruction(instruction, known, table);
    if (error !== null) return error;
  }
  return null;
}

/** The actions of a packet-out; `packet` is an exact match on it. */
export function checkPacketOutActions(actions: readonly Action[], packet: Match, version: OfVersion): ErrorName | null {
  return checkConjunction(actions) ?? checkActions(actions, knownOf(packet, version === OF10));
}

const knownOf = (match: Match, isLenient: boolean): PacketFacts => ({
  match,
  tags: hasTag(match) ? 1 : 0,
  isLenient,
});

function checkInstruction(instruction: Instruction, known: PacketFacts, table: number): ErrorName | null {
  switch (instruction.type) {
    case 'apply_actions':
      return checkConjunction(instruction.actions) ?? checkActions(instruction.actions, known);
    case 'write_actions':
      return checkActions(instruction.actions, { ...known, isLenient: true });
    case 'goto_table':
      // The flow may leave it to the switch which table it goes to.
      return table === ALL_TABLES || instruction.table > table ? null : 'OFPBIC_BAD_TABLE_ID';
    case 'meter':
      return 'OFPMMFC_INVALID_METER';
    case 'clear_actions':
    case 'write_metadata':
      return null;
  }
}

const isConjunction = ({ type }: Action): boolean => type === 'conjunction';

/** A flow with clauses of a conjunction is never run, so nothing else may be in it. */
function checkConjunction(actions: readonly Action[]): ErrorName | null {
  const isAlone = actions.every(({ type }) => type === 'conjunction' || type === 'note');
  return isAlone || !actions.some(isConjunction) ? null : 'NXBAC_BAD_CONJUNCTION';
}

function checkActions(actions: readonly Action[], known: PacketFacts): ErrorName | null {
  for (const action of actions) {
    const check = CHECKS[action.type] as (action: Action, known: PacketFacts) => ErrorName | null;
    const error = check(action, known);
    if (error !== null) return error;
  }
  return null;
}

const noCheck = (): null => null;

const requires =
  (field: FieldName) =>
  (_: unknown, known: PacketFacts): ErrorName | null =>
    has(known, field) || known.isLenient ? null : INCONSISTENT;

const has = (known: PacketFacts, field: FieldName): boolean => meets(known.match, field);

const CHECKS: { [T in ActionType]: (action: ActionOf<T>, known: PacketFacts) => ErrorName | null } = {
  output: noCheck,
  output_reg: ({ src }, known) => checkSource(src, known),
  output_trunc: noCheck,
  controller: ({ meterId }) => (meterId === undefined ? null : 'OFPMMFC_INVALID_METER'),
  enqueue: noCheck,
  group: noCheck, // whether it exists is looked at when the flow is put in: a bundle may bring both
  resubmit: ({ withCt }, known) => (!withCt || has(known, 'ct_nw_proto') ? null : INCONSISTENT),
  set_field: checkSetField,
  load: ({ dst }, known) => checkTarget(dst.field, known),
  move: ({ src, dst }, known) => checkSource(src, known) ?? checkTarget(dst.field, known),
  push: ({ src }, known) => checkSource(src, known),
  pop: ({ dst }, known) => checkTarget(dst.field, known),
  set_vlan_vid: checkSetVlan,
  set_vlan_pcp: checkSetVlan,
  strip_vlan: checkStripVlan,
  push_vlan: checkPushVlan,
  push_mpls: ({ ethertype }, known) => {
    setEthertype(known, ethertype);
    return null;
  },
  pop_mpls: ({ ethertype }, known) => {
    if (!has(known, 'mpls_label') && !known.isLenient) return INCONSISTENT;
    setEthertype(known, ethertype);
    return null;
  },
  set_mpls_label: requires('mpls_label'),
  set_mpls_tc: requires('mpls_tc'),
  set_mpls_ttl: requires('mpls_ttl'),
  dec_mpls_ttl: requires('mpls_ttl'),
  set_eth_src: noCheck,
  set_eth_dst: noCheck,
  set_ipv4_src: requires('ip_src'),
  set_ipv4_dst: requires('ip_dst'),
  set_ip_dscp: requires('nw_proto'),
  set_ip_ecn: requires('nw_proto'),
  set_ip_ttl: requires('nw_ttl'),
  set_l4_src_port: checkSetPort,
  set_l4_dst_port: checkSetPort,
  set_tunnel: noCheck,
  set_queue: noCheck,
  pop_queue: noCheck,
  dec_ttl: requires('nw_ttl'),
  exit: noCheck,
  note: noCheck,
  ct: checkCt,
  nat: checkNat,
  ct_clear: noCheck,
  conjunction: noCheck,
};

function checkSource(src: Subfield, known: PacketFacts): ErrorName | null {
  return has(known, src.field) ? null : INCONSISTENT;
}

/** That ct_mark and ct_label are set inside ct() only, and nothing else is, the codec has seen to. */
function checkTarget(field: FieldName, known: PacketFacts): ErrorName | null {
  // Every frame may be matched by its VLAN id, having none being one of them; written it is in a tag.
  if (field === 'vlan_vid' && known.tags === 0) return INCONSISTENT;
  return has(known, field) ? null : INCONSISTENT;
}

/** Writing the whole tag adds or removes it. */
function checkSetField({ field, value }: ActionOf<'set_field'>, known: PacketFacts): ErrorName | null {
  const error = checkTarget(field, known);
  if (error === null && field === 'vlan_tci')
    setTags(known, (value & VLAN_PRESENT_VALUE) !== 0n ? Math.max(1, known.tags) : 0);
  return error;
}

function checkSetVlan({ pushIfMissing }: { pushIfMissing: boolean }, known: PacketFacts): ErrorName | null {
  if (known.tags === 0 && !pushIfMissing && !known.isLenient) return INCONSISTENT;
  setTags(known, Math.max(1, known.tags));
  return null;
}

function checkStripVlan(_: unknown, known: PacketFacts): ErrorName | null {
  if (known.tags === 0 && !known.isLenient) return INCONSISTENT;
  setTags(known, Math.max(0, known.tags - 1));
  return null;
}

function checkPushVlan(_: unknown, known: PacketFacts): ErrorName | null {
  if (known.tags === MAX_TAGS) return 'OFPBAC_BAD_TAG';
  setTags(known, known.tags + 1);
  return null;
}

/** What is behind a label, or in front of one that was taken off, is of that type; no more is known of it. */
function setEthertype(known: PacketFacts, ethertype: number): void {
  known.match = known.match.clone().set('eth_type', BigInt(ethertype)).set('nw_proto', 0n, 0n);
}

const hasTag = (match: Match): boolean => (match.get('vlan_tci').value & VLAN_PRESENT_VALUE) !== 0n;

function setTags(known: PacketFacts, tags: number): void {
  known.tags = tags;
  if (hasTag(known.match) === tags > 0) return;
  known.match = known.match
    .clone()
    .set('vlan_tci', tags > 0 ? VLAN_PRESENT_VALUE : 0n, tags > 0 ? VLAN_PRESENT_VALUE : 0xffffn);
}

function checkSetPort(_: unknown, known: PacketFacts): ErrorName | null {
  const hasPorts = has(known, 'tcp_src') || has(known, 'udp_src') || has(known, 'sctp_src');
  return hasPorts || known.isLenient ? null : INCONSISTENT;
}

/** Wrong in every version: ct() on what has no connection cannot be passed over silently. */
function checkCt(action: ActionOf<'ct'>, known: PacketFacts): ErrorName | null {
  if (!has(known, 'nw_proto')) return INCONSISTENT;
  const { match } = known;
  if (action.commit && (match.get('ct_state').value & CT_STATE_INVALID) !== 0n) return INCONSISTENT;
  if (!helperFits(action.alg, match)) return INCONSISTENT;
  if (typeof action.zone !== 'number') return checkSource(action.zone, known); // and no more, as in Open vSwitch
  return checkActions(action.exec, known);
}

function helperFits(alg: number, match: Match): boolean {
  if (alg === PORT_FTP) return match.get('nw_proto').value === BigInt(IP_PROTO_TCP);
  return alg !== PORT_TFTP || match.get('nw_proto').value === BigInt(IP_PROTO_UDP);
}

function checkNat({ family }: ActionOf<'nat'>, known: PacketFacts): ErrorName | null {
  const fits = family === undefined ? 'nw_proto' : family === 4 ? 'ip_src' : 'ipv6_src';
  return has(known, fits) ? null : INCONSISTENT;
}
