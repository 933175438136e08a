/**
 * `ctswitch ct explain`: the last packets that the tracker called invalid, or whose commit it refused; why, with the numbers, by
 * which flow they came to it, and what they were probably meant for.
 */

import { keyOf, type NearMiss, nearMisses, sameEnds } from '../../datapath/conntrack/near-misses.js';
import type { Trouble } from '../../datapath/conntrack/query/history.js';
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
import { Packet } from '../../datapath/packet/packet.js';
import * as tcp from '../../datapath/wire/tcp.js';
import type { Backer } from '../bridge/backer.js';
import type { Rule } from '../ofproto/rule.js';
import { NO_FLAGS } from '../openflow/new-flow-mod.js';
import { CT_STATE_FLAGS, formatFlags } from '../text/flags.js';
import { formatFlowStats } from '../text/flow.js';
import { formatPacketBrief } from '../text/packet-brief.js';
import { type Command, UnixctlError } from '../unixctl/registry.js';
import { command } from './args.js';
import {
  type ConnJson,
  type CtRequest,
  connJson,
  numberIn,
  parseRequest,
  type TupleJson,
  tupleJson,
} from './ct-json.js';
import { type Detail, TOLD_COMMITS, TOLD_REASONS } from './ct-told.js';
import { wholeMs } from './ct-walk.js';
import type { SwitchView } from './view.js';

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

export function ctExplainCommands(view: SwitchView): Command[] {
  return [
    command('ctswitch/ct-explain', '[request]', 0, 1, ([text]) => {
      const { request, backer } = parseRequest(view, text ?? '{}');
      return `${JSON.stringify({ total: backer.dpif.conntrack.history.troubleCount, rows: explain(view, backer, request) })}\n`;
    }),
  ];
}

/** Newest first. Of those that are alike the newest stands for all, unless each is wanted. */
function explain(view: SwitchView, backer: Backer, request: CtRequest): Explanation[] {
  const wanted = numberIn(request, 'limit', DEFAULT_ROWS);
  const fits = troubleTest(request);
  const moment = { now: wholeMs(view), wall: view.wall() };
  const groups: Trouble[][] = [];
  for (const trouble of backer.dpif.conntrack.history.latestTroubles()) {
    if (!fits(trouble)) continue;
    const group = request.each === true ? undefined : groups.find(([newest]) => areAlike(newest, trouble));
    if (group === undefined) groups.push([trouble]);
    else group.push(trouble);
  }
  return groups
    .slice(0, wanted)
    .map((group) => ({ ...explainOne(view, backer, group[0], moment), alike: group.length - 1 }));
}

const areAlike = (a: Trouble, b: Trouble): boolean =>
  a.reason === b.reason && a.commit === b.commit && a.zone === b.zone && a.inPort === b.inPort && a.origin === b.origin;

function troubleTest(request: CtRequest): (trouble: Trouble) => boolean {
  const { reason } = request;
  if (reason !== undefined && ![...REASONS, ...COMMITS].some(({ name }) => name === reason))
    throw new UnixctlError(`there is no reason "${reason}"; docs/reference/reasons.md lists them`);
  const zone = request.zone === undefined ? null : numberIn(request, 'zone', 0);
  return (trouble) => (reason === undefined || nameOf(trouble) === reason) && (zone === null || trouble.zone === zone);
}

const rowOf = ({ reason, commit }: Trouble) => (reason !== REASON_NONE ? REASONS[reason] : COMMITS[commit]);
const nameOf = (trouble: Trouble): string => rowOf(trouble).name;

/** The same instant on the tracker's clock and on the wall's. */
interface Moment {
  now: number;
  wall: number;
}

function explainOne(
  view: SwitchView,
  backer: Backer,
  trouble: Trouble,
  { now, wall }: Moment,
): Omit<Explanation, 'alike'> {
  const { name, text } = rowOf(trouble);
  const detail = detailOf(trouble);
  const told = trouble.reason !== REASON_NONE ? TOLD_REASONS[trouble.reason] : TOLD_COMMITS[trouble.commit];
  const origin = backer.decisions.get(trouble.origin);
  return {
    sequence: trouble.sequence,
    time: new Date(wall - ((now - trouble.at) >>> 0)).toISOString(),
    zone: trouble.zone,
    verdict: trouble.reason !== REASON_NONE ? 'invalid' : 'commit-refused',
    reason: name,
    sentence: text,
    detail: Object.fromEntries(Object.entries(detail).map(([what, value]) => [what, detailText(what, value)])),
    why: [told?.why?.(detail), ...findings(backer, trouble)].filter((part) => part !== undefined).join('; ') || null,
    advice: told?.advice?.(detail) ?? null,
    packet: formatPacketBrief(wholeFrame(trouble)),
    bytes: trouble.size,
    before: trouble.before === 0 ? '-trk' : formatFlags(trouble.before, CT_STATE_FLAGS),
    inPort: backer.dpif.port(trouble.inPort)?.name ?? null,
    bridge: origin?.bridge.name ?? null,
    flows: origin?.rules.map((rule) => flowText(rule, view.now())) ?? null,
    near: near(backer, trouble, now),
  };
}

function detailOf(trouble: Trouble): Detail {
  const { detail = [] } = rowOf(trouble);
  return Object.fromEntries(detail.map((what, i) => [what, trouble.detail[i] >>> 0]));
}

/** What has to be looked up, or is in the packet. */
function findings(backer: Backer, trouble: Trouble): string[] {
  if (trouble.reason === ALG_FTP_BAD || trouble.reason === ALG_FTP_NO_ROOM)
    return [`it reads ${JSON.stringify(payloadLine(trouble))}`];
  if (trouble.reason !== ALREADY_INVALID) return refusedBefore(backer, trouble);
  for (const other of backer.dpif.conntrack.history.latestTroubles())
    if (other.sequence < trouble.sequence && isSamePacket(other, trouble))
      return [`it became so in #${other.sequence}, zone ${other.zone}: ${nameOf(other)}`];
  return [];
}

/** An answer may be to a packet whose commit was refused. */
function refusedBefore(backer: Backer, trouble: Trouble): string[] {
  const key = trouble.reason === REASON_NONE ? null : keyOf(trouble, setOffsets);
  if (key === null) return [];
  reverseKey(key);
  for (const other of backer.dpif.conntrack.history.latestTroubles()) {
    if (other.sequence > trouble.sequence || other.zone !== trouble.zone || !isRefusal(other.commit)) continue;
    const refused = keyOf(other, setOffsets);
    if (refused !== null && sameEnds(refused, key))
      return [`the connection was refused in #${other.sequence}: ${nameOf(other)}`];
  }
  return [];
}

/** As far as it was kept. */
const isSamePacket = (a: Trouble, b: Trouble): boolean =>
  a.inPort === b.inPort && a.size === b.size && a.frame.every((byte, i) => i >= a.size || byte === b.frame[i]);

/** The first line of a TCP payload, as far as it was kept. */
function payloadLine(trouble: Trouble): string {
  const packet = new Packet();
  packet.bytes = wholeFrame(trouble);
  packet.size = trouble.size;
  setOffsets(packet);
  const from = packet.l4 + tcp.headerSize(packet.bytes, packet.l4);
  const kept = packet.bytes.subarray(from, Math.min(trouble.size, trouble.frame.length));
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

/** What was not kept is zero: the headers are there. */
function wholeFrame({ frame, size }: Trouble): Uint8Array {
  const bytes = new Uint8Array(size);
  bytes.set(frame.subarray(0, Math.min(size, frame.length)));
  return bytes;
}

const scratch = new Int32Array(DP_WORDS);
const setOffsets = (packet: Packet): void => extract(packet, scratch, 0);

function near(backer: Backer, trouble: Trouble, now: number): NearJson[] {
  const key = keyOf(trouble, setOffsets);
  return key === null ? [] : nearMisses(backer.dpif.conntrack, key, now).map(nearJson);
}

function nearJson(miss: NearMiss): NearJson {
  if (miss.kind !== 'dead') return { kind: miss.kind, isReply: miss.isReply, conn: connJson(miss.conn) };
  const { id, zone, orig, state, cause, endedMsAgo } = miss.conn;
  const conn = { id, zone, proto: orig.proto, orig: tupleJson(orig), state, cause };
  return { kind: 'dead', isReply: miss.isReply, conn: { ...conn, endedSecondsAgo: Math.floor(endedMsAgo / 1000) } };
}
