/**
 * With which protocols flows can be sent: what OpenFlow 1.0 and 1.1 have no form for, what only later versions have, and what only
 * OpenFlow 1.0 allows. (Open vSwitch's usable protocols, of which ovs-ofctl chooses the first that it may speak.)
 */

import { FIELDS, type FieldName } from '../match/fields.js';
import type { Match } from '../match/match.js';
import type { Action, Instruction } from '../openflow/action-types.js';
import { fitsMatch10 } from '../openflow/match-of10.js';
import type { FlowMod, OfVersion } from '../openflow/message-types.js';
import { ALL_TABLES } from '../openflow/new-flow-mod.js';
import { OF10, OF11, OF12, OF13, OF14, OF15 } from '../openflow/version.js';
import { checkInstructions } from './check-actions.js';

interface Protocol {
  readonly name: string;
  readonly version: OfVersion;
  /** Matches are Nicira's, which OpenFlow 1.0 carries in messages of its own. */
  readonly isNxm: boolean;
}

/** Bit i of a set of protocols is row i; the first that may be used is chosen. */
const PROTOCOLS: readonly Protocol[] = [
  { name: 'OpenFlow10-table_id', version: OF10, isNxm: false },
  { name: 'OpenFlow10+table_id', version: OF10, isNxm: false },
  { name: 'NXM-table_id', version: OF10, isNxm: true },
  { name: 'NXM+table_id', version: OF10, isNxm: true },
  { name: 'OpenFlow11', version: OF11, isNxm: false },
  { name: 'OXM-OpenFlow12', version: OF12, isNxm: false },
  { name: 'OXM-OpenFlow13', version: OF13, isNxm: false },
  { name: 'OXM-OpenFlow14', version: OF14, isNxm: false },
  { name: 'OXM-OpenFlow15', version: OF15, isNxm: false },
];

const setOf = (has: (protocol: Protocol) => boolean): number =>
  PROTOCOLS.reduce((set, protocol, i) => (has(protocol) ? set | (1 << i) : set), 0);

export const ANY_PROTOCOL = setOf(() => true);
const OPENFLOW10 = setOf(({ version, isNxm }) => version === OF10 && !isNxm);
const NXM = setOf(({ isNxm }) => isNxm);
const OPENFLOW11 = setOf(({ version }) => version === OF11);
const OXM = setOf(({ version }) => version >= OF12);
const FROM_13 = setOf(({ version }) => version >= OF13);
/** Those that can say which table a flow is for. */
const WITH_TABLE = setOf(({ name }) => !name.endsWith('-table_id'));

/** What several have in common is said in one word. */
const WORDS: readonly (readonly [word: string, set: number])[] = [
  ['any', ANY_PROTOCOL],
  ['OpenFlow10', OPENFLOW10],
  ['NXM', NXM],
  ['OXM', OXM],
  ...PROTOCOLS.map(({ name }, i) => [name, 1 << i] as const),
];

/** "NXM,OXM"; "none" for the empty set. */
export function protocolsText(set: number): string {
  const words: string[] = [];
  let rest = set;
  for (const [word, members] of WORDS) {
    if ((rest & members) !== members) continue;
    words.push(word);
    rest &= ~members;
  }
  return words.join(',') || 'none';
}

/** Those whose OpenFlow is among the versions, a bitmap of wire numbers. */
export const protocolsOf = (versions: number): number => setOf(({ version }) => (versions & (1 << version)) !== 0);

/** The one that is used of the set; null if it is empty. */
export const chosenProtocol = (set: number): Protocol | null =>
  PROTOCOLS.find((_, i) => (set & (1 << i)) !== 0) ?? null;

export function usableProtocols(mod: FlowMod): number {
  const { match, instructions, flags, table } = mod;
  let set = ofMatch(match) & ofConsistency(mod);
  if (table !== ALL_TABLES) set &= WITH_TABLE;
  if (flags.resetCounts) set &= OXM;
  if (flags.noPacketCounts || flags.noByteCounts) set &= FROM_13;
  if (mod.cookieMask !== 0n) set &= ~OPENFLOW10;
  for (const instruction of instructions) set &= ofInstruction(instruction);
  return set;
}

function ofMatch(match: Match): number {
  return (fitsMatch10(match) ? OPENFLOW10 : 0) | (fitsMatch11(match) ? OPENFLOW11 : 0) | NXM | OXM;
}

/** OpenFlow 1.1 has some more fields, and masks for some. */
function fitsMatch11(match: Match): boolean {
  const rest = match.clone();
  for (const field of match.fields()) {
    const { of10, of11 } = FIELDS[field];
    if (of11 === 'masked' || (of10 === undefined && of11 !== undefined && match.isExact(field)))
      rest.set(field, 0n, 0n);
  }
  return fitsMatch10(rest);
}

/** Only OpenFlow 1.0 lets actions on headers that the packet may lack do nothing. */
function ofConsistency({ match, instructions, table }: FlowMod): number {
  const check = (version: OfVersion): string | null => checkInstructions(instructions, match, table, version);
  return check(OF13) === 'OFPBAC_MATCH_INCONSISTENT' && check(OF10) === null ? OPENFLOW10 | NXM : ANY_PROTOCOL;
}

function ofInstruction(instruction: Instruction): number {
  switch (instruction.type) {
    case 'meter':
      return FROM_13;
    case 'write_metadata':
      return NXM | OPENFLOW11 | OXM;
    case 'apply_actions':
    case 'write_actions':
      return instruction.actions.reduce((set, action) => set & ofAction(action), ANY_PROTOCOL);
    default:
      return ANY_PROTOCOL;
  }
}

function ofAction(action: Action): number {
  if (action.type === 'push_vlan') return OPENFLOW11 | OXM;
  if (action.type === 'set_field') return ofField(action.field);
  if (action.type === 'ct') return action.exec.reduce((set, inner) => set & ofAction(inner), ANY_PROTOCOL);
  return ANY_PROTOCOL;
}

function ofField(field: FieldName): number {
  const { of10, of11 } = FIELDS[field];
  return (of10 === undefined ? 0 : OPENFLOW10) | (of11 === undefined ? 0 : OPENFLOW11) | NXM | OXM;
}
