/**
 * Bundles: flow-mods, group-mods and packet-outs collected on one connection, then done all or none. (OpenFlow 1.4, section 6.8; texts
 * and order of checks as in Open vSwitch.) What can be refused without looking at the tables is refused when it is added.
 */
import type { ErrorName } from '../openflow/errors.js';
import type { GroupMod } from '../openflow/group-types.js';
import type { FlowMod, Message, MessageBodies, PacketOut } from '../openflow/message-types.js';
import type { OfConnection } from './connection.js';
import { checkFlowMod, FlowTransaction } from './flow-mod.js';
import { missingGroup } from './groups.js';
import { bytesOf, type Kept, KeptBytes } from './kept-bytes.js';
import type { Ofproto } from './ofproto.js';
import { checkPacketOut } from './packet-out.js';
import { applyPortMod, checkPortMod } from './port-mod.js';

/** Bundles one connection has open, and messages of one bundle: bounds on memory far above what tools use. */
const MAX_BUNDLES = 64;
const MAX_ENTRIES = 1_000_000;
/** An abandoned bundle is discarded after this time. */
const IDLE_TIMEOUT_MS = 10_000;

const FLAG_ATOMIC = 1;
const FLAG_ORDERED = 2;

/** `raw` is the message, to be quoted should it fail. */
type Entry = { xid: number; raw: Kept } & (
  | { flowMod: FlowMod }
  | { groupMod: GroupMod }
  | { packetOut: PacketOut }
  | { portMod: PortMod }
);
type PortMod = MessageBodies['port_mod'];

export interface Bundle {
  readonly id: number;
  readonly flags: number;
  readonly entries: Entry[];
  /** What the entries' messages lie in. */
  readonly kept: KeptBytes;
  isClosed: boolean;
  usedMs: number;
  /** The message that opened it, to be quoted should it be abandoned. */
  readonly opening: { xid: number; raw: Uint8Array };
}

interface Request {
  ofproto: Ofproto;
  connection: OfConnection;
  xid: number;
  raw: Uint8Array;
  now: number;
}

export function controlBundle(request: Request, body: MessageBodies['bundle_control']): ErrorName | null {
  switch (body.type) {
    case 'open_request':
      return openBundle(request, body.bundleId, body.flags);
    case 'close_request':
      return closeBundle(request, body);
    case 'commit_request':
      return commitBundle(request, body);
    case 'discard_request':
      return request.connection.bundles.delete(body.bundleId) ? null : 'OFPBFC_BAD_ID';
    default:
      return 'OFPBFC_BAD_TYPE';
  }
}

function openBundle(request: Request, id: number, flags: number): ErrorName | null {
  const { connection, xid, raw, now } = request;
  if (connection.bundles.delete(id)) return 'OFPBFC_BAD_ID';
  if ((flags & ~(FLAG_ATOMIC | FLAG_ORDERED)) !== 0) return 'OFPBFC_BAD_FLAGS';
  if (connection.bundles.size >= MAX_BUNDLES) return 'OFPBFC_OUT_OF_BUNDLES';
  connection.bundles.set(id, {
    id,
    flags,
    entries: [],
    isClosed: false,
    usedMs: now,
    kept: new KeptBytes(),
    opening: { xid, raw: raw.slice() },
  });
  return null;
}

function closeBundle({ connection, now }: Request, body: MessageBodies['bundle_control']): ErrorName | null {
  const bundle = connection.bundles.get(body.bundleId);
  if (bundle === undefined) return 'OFPBFC_BAD_ID';
  const error = bundle.isClosed ? 'OFPBFC_BUNDLE_CLOSED' : bundle.flags !== body.flags ? 'OFPBFC_BAD_FLAGS' : null;
  if (error !== null) {
    connection.bundles.delete(bundle.id);
    return error;
  }
  bundle.isClosed = true;
  bundle.usedMs = now;
  return null;
}

/** Adding to a bundle that is not there opens it. */
export function addToBundle(request: Request, body: MessageBodies['bundle_add']): ErrorName | null {
  const { connection, xid, raw, now } = request;
  if (body.message.xid !== xid) return 'OFPBFC_MSG_BAD_XID';
  const { bundles } = connection;
  if (!bundles.has(body.bundleId)) {
    const error = openBundle(request, body.bundleId, body.flags);
    if (error !== null) return error;
  }
  const bundle = bundles.get(body.bundleId)!;
  const misuse = bundle.isClosed ? 'OFPBFC_BUNDLE_CLOSED' : bundle.flags !== body.flags ? 'OFPBFC_BAD_FLAGS' : null;
  if (misuse !== null) {
    bundles.delete(bundle.id);
    return misuse;
  }
  if (bundle.entries.length >= MAX_ENTRIES) return 'OFPBFC_MSG_TOO_MANY';
  bundle.usedMs = now;
  return addEntry(request, bundle, body.message, bundle.kept.keep(raw));
}

function addEntry({ ofproto }: Request, bundle: Bundle, message: Message, raw: Kept): ErrorName | null {
  const { xid, version, name, body } = message;
  switch (name) {
    case 'flow_mod':
      return checkFlowMod(body, version) ?? put(bundle, { xid, raw, flowMod: body });
    case 'group_mod':
      return put(bundle, { xid, raw, groupMod: body });
    case 'packet_out':
      return checkPacketOut(ofproto, body, version) ?? put(bundle, { xid, raw, packetOut: body });
    case 'port_mod':
      return checkPortMod(ofproto, body) ?? put(bundle, { xid, raw, portMod: body });
    default:
      return 'OFPBFC_MSG_UNSUP';
  }
}

function put(bundle: Bundle, entry: Entry): null {
  bundle.entries.push(entry);
  return null;
}

/** Does all or nothing. What is not a flow-mod cannot fail any more, and comes last: packets see the tables as the bundle leaves them. */
function commitBundle(request: Request, body: MessageBodies['bundle_control']): ErrorName | null {
  const { ofproto, connection, now } = request;
  const bundle = connection.bundles.get(body.bundleId);
  if (bundle === undefined) return 'OFPBFC_BAD_ID';
  connection.bundles.delete(bundle.id);
  if (bundle.flags !== body.flags) return 'OFPBFC_BAD_FLAGS';
  const transaction = new FlowTransaction(ofproto, now);
  for (const entry of bundle.entries) {
    const error = stageEntry(transaction, ofproto, entry);
    if (error === null) continue;
    transaction.rollback();
    connection.outlet.sendError(error, entry.xid, bytesOf(entry.raw));
    return 'OFPBFC_MSG_FAILED';
  }
  transaction.commit();
  for (const entry of bundle.entries) {
    if ('packetOut' in entry) ofproto.below?.packetOut(entry.packetOut, now);
    else if ('portMod' in entry) applyPortMod(ofproto, entry.portMod, connection);
  }
  return null;
}

/** A packet-out may use groups that the bundle brings. */
function stageEntry(transaction: FlowTransaction, ofproto: Ofproto, entry: Entry): ErrorName | null {
  if ('flowMod' in entry) return transaction.stage(entry.flowMod);
  if ('groupMod' in entry) return transaction.stageGroup(entry.groupMod);
  return 'packetOut' in entry ? missingGroup(ofproto, entry.packetOut.actions) : null;
}

/** Discards bundles nobody has touched for a while, and tells their connections. */
export function expireBundles(connections: Iterable<OfConnection>, now: number): void {
  for (const { bundles, outlet } of connections) {
    for (const bundle of bundles.values()) {
      if (now < bundle.usedMs + IDLE_TIMEOUT_MS) continue;
      bundles.delete(bundle.id);
      outlet.sendError('OFPBFC_TIMEOUT', bundle.opening.xid, bundle.opening.raw);
    }
  }
}
