/**
 * The last packets that the tracker called invalid, or whose commit it refused; why, with the numbers, by
 * which flow they came to it, and what they were probably meant for.
 */

import { keyOf, type NearMiss, sameEnds } from '../../datapath/conntrack/near-misses.js';
import { type InvalidPacket, wholeFrame } from '../../datapath/conntrack/query/history.js';
import { reverseKey } from '../../datapath/conntrack/record/packet-key.js';
import {
  ALG_FTP_BAD,
  ALG_FTP_NO_ROOM,
  ALREADY_INVALID,
  COMMITS,
  isRefusal,
  REASON_NONE,
  REASONS,
} from '../../datapath/conntrack/record/reasons.js';
import { extract } from '../../datapath/keys/extract.js';
import { DP_WORDS } from '../../datapath/keys/layout.js';
import { lentPacket, type Packet } from '../../datapath/packet/packet.js';
import * as tcp from '../../datapath/wire/tcp.js';
import type { Backer } from '../bridge/backer.js';
import type { Rule } from '../ofproto/rule.js';
import { NO_FLAGS } from '../openflow/new-flow-mod.js';
import { CT_STATE_FLAGS, formatFlags } from '../text/flags.js';
import { formatFlowStats } from '../text/flow.js';
import { formatPacketBrief } from '../text/packet-brief.js';
import { COMMIT_ADVICE, type Detail, REASON_ADVICE } from './advice.js';
import { type ConnJson, connJson, type TupleJson, tupleJson } from './conn-json.js';
import { type InspectRequest, numberIn, RequestError } from './request.js';

const DEFAULT_ROWS = 10;

export interface Explanation {
  sequence: number;
  time: string;
  zone: number;
  verdict: 'invalid' | 'commit-refused';
  reason: string;
  sentence: string;
  detail: Record<string, string | number>;
  /** The numbers in words, null if there are none. */
  why: string | null;
  /** What can be done about it, null if there is nothing to say. */
  advice: string | null;
  packet: string;
  bytes: number;
  /** ct_state it came with. */
  before: string;
  /** The interface it came in by, null if that is gone. */
  inPort: string | null;
  bridge: string | null;
  /** The flows it had hit in this round through the tables, the last one with the ct action; null for a packet-out. */
  flows: string[] | null;
  near: NearJson[];
  /** How many more are remembered of the same reason, in the same zone, from the same interface and by the same flow. */
  alike: number;
}

export type NearJson =
  | { kind: 'own' | 'other-zone' | 'translated'; isReply: boolean; conn: ConnJson }
  | {
      kind: 'dead';
      isReply: boolean;
      conn: {
        id: number;
        zone: number;
        proto: number;
        orig: TupleJson;
        state: string;
        cause: string;
        endedSecondsAgo: number;
      };
    };

/** Newest first. Of those that are alike the newest stands for all, unless each is wanted. */
export function explain(backer: Backer, request: InspectRequest, moment: Moment): Explanation[] {
  const wanted = numberIn(request, 'limit', DEFAULT_ROWS);
  const fits = invalidTest(request);
  const groups: InvalidPacket[][] = [];
  const remembered = backer.dpif.conntrack.invalidPackets();
  for (const invalid of remembered) {
    if (!fits(invalid)) continue;
    const group = request.each === true ? undefined : groups.find(([newest]) => areAlike(newest, invalid));
    if (group === undefined) groups.push([invalid]);
    else group.push(invalid);
  }
  return groups.slice(0, wanted).map((group) => ({
    ...explainOne(backer, group[0], remembered, moment),
    alike: group.length - 1,
  }));
}

const areAlike = (a: InvalidPacket, b: InvalidPacket): boolean =>
  a.reason === b.reason && a.commit === b.commit && a.zone === b.zone && a.inPort === b.inPort && a.origin === b.origin;

function invalidTest(request: InspectRequest): (invalid: InvalidPacket) => boolean {
  const { reason } = request;
  if (reason !== undefined && ![...REASONS, ...COMMITS].some(({ name }) => name === reason))
    throw new RequestError(`there is no reason "${reason}"; docs/reference/reasons.md lists them`);
  const zone = request.zone === undefined ? null : numberIn(request, 'zone', 0);
  return (invalid) => (reason === undefined || nameOf(invalid) === reason) && (zone === null || invalid.zone === zone);
}

const rowOf = ({ reason, commit }: InvalidPacket) => (reason !== REASON_NONE ? REASONS[reason] : COMMITS[commit]);
const nameOf = (invalid: InvalidPacket): string => rowOf(invalid).name;

/** The same instant: monotonic milliseconds, and those of the wall clock since 1970. */
export interface Moment {
  now: number;
  wall: number;
}

function explainOne(
  backer: Backer,
  invalid: InvalidPacket,
  remembered: readonly InvalidPacket[],
  moment: Moment,
): Omit<Explanation, 'alike'> {
  const now = Math.floor(moment.now) | 0;
  const { name, text } = rowOf(invalid);
  const detail = detailOf(invalid);
  const row = invalid.reason !== REASON_NONE ? REASON_ADVICE[invalid.reason] : COMMIT_ADVICE[invalid.commit];
  const origin = backer.flowSetup.decisions.get(invalid.origin);
  return {
    sequence: invalid.sequence,
    time: new Date(moment.wall - ((now - invalid.at) >>> 0)).toISOString(),
    zone: invalid.zone,
    verdict: invalid.reason !== REASON_NONE ? 'invalid' : 'commit-refused',
    reason: name,
    sentence: text,
    detail: Object.fromEntries(Object.entries(detail).map(([what, value]) => [what, detailText(what, value)])),
    why: [row?.why?.(detail), ...findings(remembered, invalid)].filter((part) => part !== undefined).join('; ') || null,
    advice: row?.advice?.(detail) ?? null,
    packet: formatPacketBrief(wholeFrame(invalid)),
    bytes: invalid.size,
    before: invalid.before === 0 ? '-trk' : formatFlags(invalid.before, CT_STATE_FLAGS),
    inPort: backer.dpif.port(invalid.inPort)?.name ?? null,
    bridge: origin?.bridge.name ?? null,
    flows: origin?.rules.map((rule) => flowText(rule, moment.now)) ?? null,
    near: near(backer, invalid, now),
  };
}

function detailOf(invalid: InvalidPacket): Detail {
  const { detail = [] } = rowOf(invalid);
  return Object.fromEntries(detail.map((what, i) => [what, invalid.detail[i] >>> 0]));
}

/** What has to be looked up, or is in the packet. */
function findings(remembered: readonly InvalidPacket[], invalid: InvalidPacket): string[] {
  if (invalid.reason === ALG_FTP_BAD || invalid.reason === ALG_FTP_NO_ROOM)
    return [`it reads ${JSON.stringify(payloadLine(invalid))}`];
  if (invalid.reason !== ALREADY_INVALID) return refusedBefore(remembered, invalid);
  for (const other of remembered)
    if (other.sequence < invalid.sequence && isSamePacket(other, invalid))
      return [`it became so in #${other.sequence}, zone ${other.zone}: ${nameOf(other)}`];
  return [];
}

/** An answer may be to a packet whose commit was refused. */
function refusedBefore(remembered: readonly InvalidPacket[], invalid: InvalidPacket): string[] {
  const key = invalid.reason === REASON_NONE ? null : keyOf(invalid, setOffsets);
  if (key === null) return [];
  reverseKey(key);
  for (const other of remembered) {
    if (other.sequence > invalid.sequence || other.zone !== invalid.zone || !isRefusal(other.commit)) continue;
    const refused = keyOf(other, setOffsets);
    if (refused !== null && sameEnds(refused, key))
      return [`the connection was refused in #${other.sequence}: ${nameOf(other)}`];
  }
  return [];
}

/** As far as it was kept. */
const isSamePacket = (a: InvalidPacket, b: InvalidPacket): boolean =>
  a.inPort === b.inPort && a.size === b.size && a.frame.every((byte, i) => i >= a.size || byte === b.frame[i]);

/** The first line of a TCP payload, as far as it was kept. */
function payloadLine(invalid: InvalidPacket): string {
  const packet = lentPacket(wholeFrame(invalid));
  setOffsets(packet);
  const from = packet.l4 + tcp.headerSize(packet.bytes, packet.l4);
  const kept = packet.bytes.subarray(from, Math.min(invalid.size, invalid.frame.length));
  return String.fromCharCode(...kept).split(/\r?\n/, 1)[0];
}

/** Match and actions: the flags that it was added with do not matter here. */
const flowText = (rule: Rule, now: number): string =>
  formatFlowStats({ ...rule.stats(now), flags: NO_FLAGS }, { showStats: false }).trim();

/** Bit fields and checksums are read as hexadecimal. */
const HEXADECIMAL: readonly string[] = ['eth_type', 'found', 'expected', 'flags'];

const detailText = (what: string, value: number): string | number => {
  if (what === 'inner_reason') return REASONS[value].name;
  return HEXADECIMAL.includes(what) ? `0x${value.toString(16)}` : value;
};

const scratch = new Int32Array(DP_WORDS);
const setOffsets = (packet: Packet): void => extract(packet, scratch, 0);

function near(backer: Backer, invalid: InvalidPacket, now: number): NearJson[] {
  const key = keyOf(invalid, setOffsets);
  return key === null ? [] : backer.dpif.conntrack.nearMisses(key, now).map(nearJson);
}

function nearJson(miss: NearMiss): NearJson {
  if (miss.kind !== 'dead') return { kind: miss.kind, isReply: miss.isReply, conn: connJson(miss.conn) };
  const { id, zone, orig, state, cause, endedMsAgo } = miss.conn;
  const conn = { id, zone, proto: orig.proto, orig: tupleJson(orig), state, cause };
  return { kind: 'dead', isReply: miss.isReply, conn: { ...conn, endedSecondsAgo: Math.floor(endedMsAgo / 1000) } };
}
