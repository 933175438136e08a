/** Adding, changing and deleting flows: ofp_flow_mod of 1.0 and of 1.1 and later, nx_flow_mod. */

import { ETH_TYPE_IPV4, ETH_TYPE_IPV6 } from '../../../datapath/wire/numbers.js';
import type { Match } from '../../match/match.js';
import { encodeContext } from '../actions/wire.js';
import { OpenFlowError } from '../errors.js';
import { ANY_GROUP } from '../group-types.js';
import { readInstructions, writeInstructions } from '../instructions.js';
import { readMatch10, writeMatch10 } from '../match-of10.js';
import { writeStandardMatch } from '../match-of11.js';
import type { FlowMod, FlowModFlags } from '../message-types.js';
import { ALL_TABLES, NO_COOKIE } from '../new-flow-mod.js';
import { readMatch, readNxMatchCookie, writeMatch, writeNxMatch } from '../oxm-match.js';
import type { Reader } from '../reader.js';
import { pad, portFrom32, portTo32, struct, u8, u16, u32, u64 } from '../struct.js';
import { OF10, OF11, OF12, OF13, OF14 } from '../version.js';
import type { Writer } from '../writer.js';
import type { BodyContext, CodecOf } from './codec.js';

export const COMMANDS = ['add', 'modify', 'modify_strict', 'delete', 'delete_strict'] as const;
type Command = FlowMod['command'];

const HIGHEST_PRIORITY = 0xffff;

const SEND_FLOW_REM = 1;
const CHECK_OVERLAP = 2;
const EMERGENCY_10 = 4;
const RESET_COUNTS = 4;
const NO_PACKET_COUNTS = 8;
const NO_BYTE_COUNTS = 0x10;

/** Flags that a version has. */
function knownFlags(version: number): number {
  if (version === OF11) return SEND_FLOW_REM | CHECK_OVERLAP;
  if (version < OF13) return SEND_FLOW_REM | CHECK_OVERLAP | RESET_COUNTS;
  return SEND_FLOW_REM | CHECK_OVERLAP | RESET_COUNTS | NO_PACKET_COUNTS | NO_BYTE_COUNTS;
}

export const flagsFromBits = (bits: number): FlowModFlags => ({
  sendFlowRem: (bits & SEND_FLOW_REM) !== 0,
  checkOverlap: (bits & CHECK_OVERLAP) !== 0,
  resetCounts: (bits & RESET_COUNTS) !== 0,
  noPacketCounts: (bits & NO_PACKET_COUNTS) !== 0,
  noByteCounts: (bits & NO_BYTE_COUNTS) !== 0,
});

export function flagsToBits(flags: FlowModFlags, version: number): number {
  const bits =
    (flags.sendFlowRem ? SEND_FLOW_REM : 0) |
    (flags.checkOverlap ? CHECK_OVERLAP : 0) |
    (flags.resetCounts && version >= OF12 ? RESET_COUNTS : 0) |
    (flags.noPacketCounts ? NO_PACKET_COUNTS : 0) |
    (flags.noByteCounts ? NO_BYTE_COUNTS : 0);
  return bits & knownFlags(version);
}

/** An add before 1.2 starts its counters anew without being told. */
function readFlags(bits: number, command: Command, version: number): FlowModFlags {
  if ((bits & ~knownFlags(version)) !== 0) throw new OpenFlowError('OFPFMFC_BAD_FLAGS');
  const flags = flagsFromBits(version === OF10 ? bits & ~EMERGENCY_10 : bits);
  if (version < OF12 && command === 'add') flags.resetCounts = true;
  return flags;
}

/** There is no emergency table here; 1.0 says what to answer. */
function refuseEmergency(bits: number, hasTimeout: boolean): void {
  if ((bits & EMERGENCY_10) === 0) return;
  throw new OpenFlowError(hasTimeout ? 'OFPFMFC_BAD_EMERG_TIMEOUT' : 'OFPFMFC_TABLE_FULL');
}

/** The addresses of a connection are of the IP version that the match names. */
function checkConnectionAddresses(match: Match): void {
  const type = Number(match.get('eth_type').value);
  const has4 = match.has('ct_nw_src') || match.has('ct_nw_dst');
  const has6 = match.has('ct_ipv6_src') || match.has('ct_ipv6_dst');
  if ((has4 && type !== ETH_TYPE_IPV4) || (has6 && type !== ETH_TYPE_IPV6))
    throw new OpenFlowError('OFPBAC_MATCH_INCONSISTENT');
}

const BODY_11 = struct({
  cookie: u64,
  cookieMask: u64,
  table: u8,
  command: u8,
  idleTimeout: u16,
  hardTimeout: u16,
  priority: u16,
  bufferId: u32,
  outPort: u32,
  outGroup: u32,
  flags: u16,
  importance: u16,
});

export const flowMod: CodecOf<'flow_mod'> = {
  read(r, { version }): FlowMod {
    const head = BODY_11.read(r);
    const match = readMatch(r);
    const command = COMMANDS[head.command];
    const isDelete = command === 'delete' || command === 'delete_strict';
    if (head.table === ALL_TABLES && (version === OF11 || !isDelete)) throw new OpenFlowError('OFPFMFC_BAD_TABLE_ID');
    const outPort = portFrom32(head.outPort);
    checkConnectionAddresses(match);
    if (command === undefined) throw new OpenFlowError('OFPFMFC_BAD_COMMAND');
    const instructions = readInstructions(r.sub(r.remaining), version);
    const mayAdd = version === OF11 && !isDelete && command !== 'add' && head.cookieMask === 0n;
    return {
      command,
      table: head.table,
      match,
      priority: head.priority,
      cookie: head.cookie,
      cookieMask: command === 'add' ? 0n : head.cookieMask,
      modifyCookie: false,
      ...(mayAdd ? { newCookie: head.cookie } : {}),
      idleTimeout: head.idleTimeout,
      hardTimeout: head.hardTimeout,
      importance: version >= OF14 && command === 'add' ? head.importance : 0,
      bufferId: head.bufferId,
      outPort,
      outGroup: isDelete ? head.outGroup : ANY_GROUP,
      flags: readFlags(head.flags, command, version),
      instructions,
    };
  },
  write(w, mod, { version }) {
    BODY_11.writeWith(w, mod, {
      outPort: portTo32(mod.outPort),
      cookieMask: mod.command === 'add' ? 0n : mod.cookieMask,
      command: COMMANDS.indexOf(mod.command),
      flags: flagsToBits(mod.flags, version),
      importance: version >= OF14 ? mod.importance : 0,
    });
    if (version === OF11) writeStandardMatch(w, mod.match);
    else writeMatch(w, mod.match, version);
    writeInstructions(w, mod.instructions, encodeContext(version, mod.match));
  },
};

/** Of 1.0's form, behind its match, and of Nicira's, in front of its own. */
const HEAD_10 = struct({
  newCookie: u64,
  command: u16,
  idleTimeout: u16,
  hardTimeout: u16,
  priority: u16,
  bufferId: u32,
  outPort: u16,
  flags: u16,
});
type Head10 = ReturnType<typeof HEAD_10.read>;

function commandOf(value: number, { tableId }: BodyContext): Command {
  const command = COMMANDS[tableId ? value & 0xff : value];
  if (command === undefined) throw new OpenFlowError('OFPFMFC_BAD_COMMAND');
  return command;
}

/** Without the extension no table is named; the switch chooses. */
const tableOf = (value: number, { tableId }: BodyContext): number => (tableId ? value >>> 8 : ALL_TABLES);

const joinCommand = (mod: FlowMod, { tableId }: BodyContext): number =>
  COMMANDS.indexOf(mod.command) | (tableId ? mod.table << 8 : 0);

/** What is left, the actions, and all that has been read, as a flow-mod that looks for no cookie. */
function readRest(r: Reader, head: Head10, match: Match, context: BodyContext): FlowMod {
  const command = commandOf(head.command, context);
  const instructions = readInstructions(r.sub(r.remaining, 'OFPBAC_BAD_LEN'), OF10);
  const flags = readFlags(head.flags, command, context.version);
  refuseEmergency(head.flags, head.idleTimeout !== 0 || head.hardTimeout !== 0);
  return {
    command,
    table: tableOf(head.command, context),
    match,
    priority: head.priority,
    cookie: head.newCookie,
    cookieMask: 0n,
    modifyCookie: command !== 'add' && head.newCookie !== NO_COOKIE,
    idleTimeout: head.idleTimeout,
    hardTimeout: head.hardTimeout,
    importance: 0,
    bufferId: head.bufferId,
    outPort: head.outPort,
    outGroup: ANY_GROUP,
    flags,
    instructions,
  };
}

function writeHead(w: Writer, mod: FlowMod, newCookie: bigint, context: BodyContext): void {
  const flags = flagsToBits(mod.flags, context.version);
  HEAD_10.writeWith(w, mod, { newCookie, command: joinCommand(mod, context), flags });
}

export const flowMod10: CodecOf<'flow_mod'> = {
  read(r, context): FlowMod {
    const { match, isExact } = readMatch10(r);
    const head = HEAD_10.read(r);
    const mod = readRest(r, head, match, context);
    if (isExact) mod.priority = HIGHEST_PRIORITY;
    return mod;
  },
  write(w, mod, context) {
    writeMatch10(w, mod.match);
    writeHead(w, mod, mod.cookie, context);
    writeInstructions(w, mod.instructions, encodeContext(OF10, mod.match));
  },
};

const NX_MATCH = struct({ matchSize: u16, _pad: pad(6) });

export const nxFlowMod: CodecOf<'flow_mod'> = {
  read(r, context): FlowMod {
    const head = HEAD_10.read(r);
    const { matchSize } = NX_MATCH.read(r);
    const { match, cookie, cookieMask } = readNxMatchCookie(r, matchSize);
    checkConnectionAddresses(match);
    const looks = cookieMask !== 0n;
    if (looks && COMMANDS[head.command & 0xff] === 'add') throw new OpenFlowError('NXBRC_NXM_INVALID');
    const mod = readRest(r, head, match, context);
    if (!looks) return mod;
    if (mod.modifyCookie) mod.newCookie = head.newCookie;
    mod.cookie = cookie;
    mod.cookieMask = cookieMask;
    return mod;
  },
  write(w, mod, context) {
    const looks = mod.cookieMask !== 0n;
    writeHead(w, mod, looks ? (mod.newCookie ?? NO_COOKIE) : mod.cookie, context);
    const sizeAt = w.size;
    NX_MATCH.write(w, { matchSize: 0 });
    w.patch16(sizeAt, writeNxMatch(w, mod.match, mod.cookie, mod.cookieMask));
    writeInstructions(w, mod.instructions, encodeContext(OF10, mod.match));
  },
};
