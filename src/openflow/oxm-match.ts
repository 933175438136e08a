/**
 * Whole matches as lists of NXM or OXM TLVs, and the structures that carry them: ofp_match of OpenFlow 1.2 and later,
 * nx_match of the Nicira messages.
 *
 * OpenFlow 1.0 with NXM names VLANs by their tag control word, ports with 16 bits, TOS with its place in the byte; 1.2
 * and later has vlan_vid and vlan_pcp, ports with 32 bits, DSCP. The key holds each once (field table: slots).
 */
import { type FieldName, XREGISTERS } from '../match/fields.js';
import { Match } from '../match/match.js';
import { meets } from '../match/prerequisites.js';
import { OpenFlowError } from './errors.js';
import { readStandardMatch } from './match-of11.js';
import { fits, hasNumber, isValidMask, isValidValue, portOfValue, readHeader, readPayload, writeEntry } from './oxm.js';
import type { Reader } from './reader.js';
import { OF15 } from './version.js';
import type { Writer } from './writer.js';

/** `version` argument where NXM is wanted, whatever the message's version. */
export const NXM = 0;

const STANDARD = 0;
const OXM = 1;
/** NXM_NX_COOKIE and NXM_NX_COOKIE_W: which cookies a Nicira flow_mod or request is about; no field of a packet. */
const COOKIE = 0x00013c08;
const COOKIE_MASKED = 0x00013d10;
const ALL_ONES_64 = 0xffffffffffffffffn;

const XREGS = Array.from({ length: XREGISTERS }, (_, i) => `xreg${i}` as FieldName);

export interface MatchAndCookie {
  match: Match;
  cookie: bigint;
  cookieMask: bigint;
}

interface Rules {
  /** Unknown fields are errors; else they are passed over (metadata of packet-ins). */
  strict: boolean;
  cookie: boolean;
  /** Only fields that come with a packet and are not in it. */
  pipeline: boolean;
}

const STRICT: Rules = { strict: true, cookie: false, pipeline: false };
const WITH_COOKIE: Rules = { strict: true, cookie: true, pipeline: false };
export const LOOSE: Rules = { strict: false, cookie: false, pipeline: false };
/** What a controller may say of the packet that it sends. */
export const PIPELINE: Rules = { strict: false, cookie: false, pipeline: true };

const PIPELINE_FIELD = /^(tun_|x{0,2}reg\d|metadata$|in_port|packet_type$)/;

/** All TLVs of `r` to its end. */
function readEntries(r: Reader, rules: Rules): MatchAndCookie {
  const into: MatchAndCookie = { match: new Match(), cookie: 0n, cookieMask: 0n };
  while (r.remaining > 0) {
    const header = readHeader(r);
    const isCookie = header.raw === COOKIE || header.raw === COOKIE_MASKED;
    if (isCookie) readCookie(r, header.hasMask, rules, into);
    else if (!rules.strict && (header.encoding === null || !fits(header, header.encoding))) r.skip(header.payload);
    else {
      const { encoding, value, mask } = readPayload(r, header);
      if (!isValidMask(encoding, mask)) throw new OpenFlowError('OFPBMC_BAD_MASK', encoding.field);
      if (!isValidValue(encoding, value)) throw new OpenFlowError('OFPBMC_BAD_VALUE', encoding.field);
      if (rules.pipeline && !PIPELINE_FIELD.test(encoding.field))
        throw new OpenFlowError('OFPBRC_PIPELINE_FIELDS_ONLY');
      addField(into.match, encoding.field, value, mask);
    }
  }
  return into;
}

function readCookie(r: Reader, hasMask: boolean, rules: Rules, into: MatchAndCookie): void {
  if (!rules.cookie) throw new OpenFlowError('NXBRC_NXM_INVALID');
  if (into.cookieMask !== 0n) throw new OpenFlowError('OFPBMC_DUP_FIELD');
  into.cookie = r.u64();
  into.cookieMask = hasMask ? r.u64() : ALL_ONES_64;
  if ((into.cookie & ~into.cookieMask) !== 0n) throw new OpenFlowError('OFPBMC_BAD_WILDCARDS');
}

function addField(match: Match, field: FieldName, value: bigint, mask: bigint): void {
  if (!meets(match, field)) throw new OpenFlowError('OFPBMC_BAD_PREREQ', field);
  if (match.has(field)) throw new OpenFlowError('OFPBMC_DUP_FIELD', field);
  if (mask === 0n) return;
  if (field === 'in_port_oxm') match.set('in_port', BigInt(portOfValue(value)));
  else match.set(field, value, mask);
}

/** `size` bytes of TLVs, padded to 8. */
function readPadded(r: Reader, size: number, rules: Rules): MatchAndCookie {
  const padded = (size + 7) & ~7;
  if (padded > r.remaining) throw new OpenFlowError('OFPBMC_BAD_LEN');
  const entries = r.sub(size, 'OFPBMC_BAD_LEN');
  r.skip(padded - size);
  return readEntries(entries, rules);
}

/** nx_match: the message gives its size. */
export const readNxMatch = (r: Reader, size: number): Match => readPadded(r, size, STRICT).match;

/** nx_match of messages that may also name cookies. */
export const readNxMatchCookie = (r: Reader, size: number): MatchAndCookie => readPadded(r, size, WITH_COOKIE);

/** TLVs without padding or length, as in packet-in properties. */
export const readTlvs = (r: Reader, rules = LOOSE): Match => readEntries(r, rules).match;

/** ofp_match of OpenFlow 1.1 and later, with its padding. */
export function readMatch(r: Reader, rules: Rules = STRICT): Match {
  if (r.remaining < 4) throw new OpenFlowError('OFPBMC_BAD_LEN');
  const from = r.pos;
  const type = r.u16();
  const size = r.u16();
  if (type === STANDARD) {
    r.pos = from;
    return readStandardMatch(r, size);
  }
  if (type !== OXM) throw new OpenFlowError('OFPBMC_BAD_TYPE');
  const padded = (size + 7) & ~7;
  if (size < 4 || padded - 4 > r.remaining) throw new OpenFlowError('OFPBMC_BAD_LEN');
  const entries = r.sub(size - 4, 'OFPBMC_BAD_LEN');
  r.skip(padded - size);
  return readEntries(entries, rules).match;
}

export function writeMatch(w: Writer, match: Match, version: number): void {
  const from = w.size;
  w.u16(OXM);
  w.u16(0);
  writeTlvs(w, match, version);
  w.patchSize(from + 2, from);
  w.pad8(from);
}

/** nx_match with its padding; returns its size without. */
export function writeNxMatch(w: Writer, match: Match, cookie = 0n, cookieMask = 0n): number {
  const from = w.size;
  writeTlvs(w, match, NXM);
  if (cookieMask !== 0n) {
    w.u32(cookieMask === ALL_ONES_64 ? COOKIE : COOKIE_MASKED);
    w.u64(cookie & cookieMask);
    if (cookieMask !== ALL_ONES_64) w.u64(cookieMask);
  }
  const size = w.size - from;
  w.pad8(from);
  return size;
}

/** The TLVs of a match: for `NXM` in its ways, for a version in those of OXM, with NXM's numbers where it has no others. */
export function writeTlvs(w: Writer, match: Match, version: number): void {
  let lastPair: FieldName | null = null;
  for (const field of match.fields()) {
    const pair = pairFor(field, version);
    if (pair !== null && pair !== lastPair) put(w, match, pair, version);
    else if (pair !== null) continue;
    else if (version !== NXM && field === 'vlan_tci') writeVlan(w, match, version);
    else put(w, match, version === NXM ? field : (IN_OXM[field] ?? field), version);
    lastPair = pair;
  }
}

/** Registers go in pairs in 1.5, and those that have no number of their own always. */
function pairFor(field: FieldName, version: number): FieldName | null {
  if (!field.startsWith('reg') || (version < OF15 && hasNumber(field))) return null;
  return XREGS[Number(field.slice(3)) >> 1]!;
}

/** Where OXM's name for a place in the key is another than NXM's. */
const IN_OXM: Partial<Record<FieldName, FieldName>> = { in_port: 'in_port_oxm', nw_tos: 'ip_dscp' };

const VID_AND_PRESENT = 0x1fffn;

function writeVlan(w: Writer, match: Match, version: number): void {
  const { value, mask } = match.get('vlan_tci');
  const vid = value & VID_AND_PRESENT;
  const vidMask = mask & VID_AND_PRESENT;
  if (vidMask !== 0n) writeEntry(w, 'vlan_vid', vid, vidMask, version);
  if (vid !== 0n && mask >> 13n !== 0n) writeEntry(w, 'vlan_pcp', value >> 13n, 7n, version);
}

function put(w: Writer, match: Match, field: FieldName, version: number): void {
  if (!hasNumber(field)) return;
  const { value, mask } = match.get(field);
  writeEntry(w, field, value, mask, version);
}
