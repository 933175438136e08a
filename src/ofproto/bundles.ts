/**
 * Bundles: flow-mods and packet-outs collected on one connection, then done all or none. (OpenFlow 1.4, section 6.8; texts
 * and order of checks as in Open vSwitch.) What can be refused without looking at the tables is refused when it is added.
 */
import type { ErrorName } from '../openflow/errors.js';
import type { BundleControlType, FlowMod, Message, MessageBodies, PacketOut } from '../openflow/message-types.js';
import { checkPacketOutActions } from './check-actions.js';
import type { OfConnection } from './connection.js';
import { checkFlowMod, FlowTransaction } from './flow-mod.js';
import type { Ofproto } from './ofproto.js';

/** Bundles one connection has open, and messages of one bundle: bounds on memory far above what tools use. */
const MAX_BUNDLES = 64;
const MAX_ENTRIES = 1_000_000;
/** An abandoned bundle is discarded after this time. */
const IDLE_TIMEOUT_MS = 10_000;

const FLAG_ATOMIC = 1;
const FLAG_ORDERED = 2;

type Entry = { xid: number; raw: Uint8Array } & ({ flowMod: FlowMod } | { packetOut: PacketOut });

export interface Bundle {
  readonly id: number;
  readonly flags: number;
  readonly entries: Entry[];
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
  const reply = CONTROL[body.type];
  if (reply === null) return 'OFPBFC_BAD_TYPE';
  const error = reply.act(request, body);
  if (error !== null) return error;
  const { bundleId } = body;
  request.connection.reply(request.xid, 'bundle_control', { bundleId, type: reply.type, flags: body.flags });
  return null;
}

interface Control {
  type: BundleControlType;
  act(request: Request, body: MessageBodies['bundle_control']): ErrorName | null;
}

const CONTROL: Record<BundleControlType, Control | null> = {
  open_request: { type: 'open_reply', act: (request, { bundleId, flags }) => openBundle(request, bundleId, flags) },
  close_request: { type: 'close_reply', act: closeBundle },
  commit_request: { type: 'commit_reply', act: commitBundle },
  discard_request: {
    type: 'discard_reply',
    act: ({ connection }, { bundleId }) => (connection.bundles.delete(bundleId) ? null : 'OFPBFC_BAD_ID'),
  },
  open_reply: null,
  close_reply: null,
  commit_reply: null,
  discard_reply: null,
};

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
  return addEntry(bundle, body.message, innerBytes(body.message, raw));
}

function addEntry(bundle: Bundle, message: Message, raw: Uint8Array): ErrorName | null {
  const { xid, version } = message;
  if (message.name === 'flow_mod') {
    const error = checkFlowMod(message.body, version);
    if (error === null) bundle.entries.push({ xid, raw, flowMod: message.body });
    return error;
  }
  if (message.name === 'packet_out') {
    const error = checkPacketOutActions(message.body.actions, version);
    if (error === null) bundle.entries.push({ xid, raw, packetOut: message.body });
    return error;
  }
  return 'OFPBFC_MSG_UNSUP';
}

/** The message inside, for quoting: it is the end of the outer one, but for padding and properties, which OVS sends none of. */
function innerBytes(message: Message, raw: Uint8Array): Uint8Array {
  const OUTER_STANDARD = 16;
  const OUTER_EXPERIMENTER = 24;
  return raw.slice(message.version >= 5 ? OUTER_STANDARD : OUTER_EXPERIMENTER);
}

/** Does all or nothing. Packet-outs come last: they see the tables as the whole bundle leaves them. */
function commitBundle(request: Request, body: MessageBodies['bundle_control']): ErrorName | null {
  const { ofproto, connection, now } = request;
  const bundle = connection.bundles.get(body.bundleId);
  if (bundle === undefined) return 'OFPBFC_BAD_ID';
  connection.bundles.delete(bundle.id);
  if (bundle.flags !== body.flags) return 'OFPBFC_BAD_FLAGS';
  const transaction = new FlowTransaction(ofproto, now);
  for (const entry of bundle.entries) {
    const error = 'flowMod' in entry ? transaction.stage(entry.flowMod) : null;
    if (error === null) continue;
    transaction.rollback();
    connection.outlet.sendError(error, entry.xid, entry.raw);
    return 'OFPBFC_MSG_FAILED';
  }
  transaction.commit();
  for (const entry of bundle.entries) if ('packetOut' in entry) ofproto.below?.packetOut(entry.packetOut, now);
  return null;
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
