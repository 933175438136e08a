/**
 * Bundles: flow-mods, group-mods and packet-outs collected on one connection, then done all or none. (OpenFlow 1.4, section 6.8; texts
 * and order of checks as in Open vSwitch.) What can be refused without looking at the tables is refused when it is added.
 *
 * Messages are kept as they came and decoded again for the commit. All bundles share a budget. One that exceeds it loses what it has and
 * can only be discarded: without its other half it must not be committed, nor must what still comes for it begin a new one.
 */

import { decodeMessage, xidOf } from '../openflow/codec.js';
import type { ErrorName } from '../openflow/errors.js';
import type { Message, MessageBodies } from '../openflow/message-types.js';
import { ByteBudget } from './byte-budget.js';
import type { OfConnection } from './connection.js';
import { checkFlowMod, FlowTransaction } from './flow-mod.js';
import { missingGroup } from './groups.js';
import { MessageStore } from './message-store.js';
import type { Ofproto } from './ofproto.js';
import { checkPacketOut } from './packet-out.js';
import { applyPortMod, checkPortMod } from './port-mod.js';

/** Bundles one connection has open: far more than tools use. */
const MAX_BUNDLES = 64;
/** What the bundles of all connections keep: a million flow-mods of the commonest kinds, as many as the tables take. */
export const MAX_BUNDLE_BYTES = 128 * 1024 * 1024;
/** What a bundle costs besides its messages. */
const BUNDLE_BYTES = 512;
/** An abandoned bundle is discarded after this time. */
const IDLE_TIMEOUT_MS = 10_000;

const FLAG_ATOMIC = 1;
const FLAG_ORDERED = 2;

/** One for all switches of the process, whose memory it is. */
export const bundleBudget = new ByteBudget(MAX_BUNDLE_BYTES);

export interface Bundle {
  readonly id: number;
  readonly flags: number;
  /** Each is a whole bundle_add. */
  readonly messages: MessageStore;
  isClosed: boolean;
  /** There was no room for one of its messages. */
  isSpoilt: boolean;
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
      return discard(request, body.bundleId) ? null : 'OFPBFC_BAD_ID';
    default:
      return 'OFPBFC_BAD_TYPE';
  }
}

function openBundle(request: Request, id: number, flags: number): ErrorName | null {
  const { ofproto, connection, xid, raw, now } = request;
  if (discard(request, id)) return 'OFPBFC_BAD_ID';
  if ((flags & ~(FLAG_ATOMIC | FLAG_ORDERED)) !== 0) return 'OFPBFC_BAD_FLAGS';
  const budget = ofproto.bundleBudget;
  if (connection.bundles.size >= MAX_BUNDLES || !budget.reserve(BUNDLE_BYTES + raw.length))
    return 'OFPBFC_OUT_OF_BUNDLES';
  const opening = { xid, raw: raw.slice() };
  const messages = new MessageStore(budget);
  connection.bundles.set(id, { id, flags, messages, isClosed: false, isSpoilt: false, usedMs: now, opening });
  return null;
}

/** False if there is none of that id. */
function discard({ ofproto, connection }: { ofproto: Ofproto; connection: OfConnection }, id: number): boolean {
  const bundle = connection.bundles.get(id);
  if (bundle === undefined) return false;
  connection.bundles.delete(id);
  bundle.messages.clear();
  ofproto.bundleBudget.release(BUNDLE_BYTES + bundle.opening.raw.length);
  return true;
}

/** To be called when the connection ends. */
export function discardBundles(ofproto: Ofproto, connection: OfConnection): void {
  for (const id of [...connection.bundles.keys()]) discard({ ofproto, connection }, id);
}

function closeBundle(request: Request, body: MessageBodies['bundle_control']): ErrorName | null {
  const { connection, now } = request;
  const bundle = connection.bundles.get(body.bundleId);
  if (bundle === undefined) return 'OFPBFC_BAD_ID';
  const error = misuseOf(bundle, body.flags);
  if (error !== null) {
    discard(request, bundle.id);
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
  const misuse = misuseOf(bundle, body.flags);
  if (misuse !== null) {
    discard(request, bundle.id);
    return misuse;
  }
  bundle.usedMs = now;
  if (bundle.isSpoilt) return 'OFPBFC_MSG_TOO_MANY';
  const error = checkEntry(request.ofproto, body.message);
  if (error !== null || bundle.messages.add(raw)) return error;
  bundle.isSpoilt = true;
  bundle.messages.clear();
  return 'OFPBFC_MSG_TOO_MANY';
}

function misuseOf(bundle: Bundle, flags: number): ErrorName | null {
  if (bundle.isClosed) return 'OFPBFC_BUNDLE_CLOSED';
  return bundle.flags === flags ? null : 'OFPBFC_BAD_FLAGS';
}

function checkEntry(ofproto: Ofproto, { version, name, body }: Message): ErrorName | null {
  switch (name) {
    case 'flow_mod':
      return checkFlowMod(body, version);
    case 'group_mod':
      return null;
    case 'packet_out':
      return checkPacketOut(ofproto, body, version);
    case 'port_mod':
      return checkPortMod(ofproto, body);
    default:
      return 'OFPBFC_MSG_UNSUP';
  }
}

/** Does all or nothing. What is not a flow-mod cannot fail any more, and comes last: packets see the tables as the bundle leaves them. */
function commitBundle(request: Request, body: MessageBodies['bundle_control']): ErrorName | null {
  const bundle = request.connection.bundles.get(body.bundleId);
  if (bundle === undefined) return 'OFPBFC_BAD_ID';
  const error = bundle.flags === body.flags ? carryOut(request, bundle) : 'OFPBFC_BAD_FLAGS';
  discard(request, bundle.id);
  return error;
}

function carryOut({ ofproto, connection, now }: Request, bundle: Bundle): ErrorName | null {
  if (bundle.isSpoilt) return 'OFPBFC_MSG_FAILED';
  const transaction = new FlowTransaction(ofproto, now);
  const last: Message[] = [];
  for (const raw of bundle.messages) {
    const message = innerOf(raw);
    const error = stageEntry(transaction, ofproto, message);
    if (error !== null) {
      transaction.rollback();
      connection.sink.sendError(error, xidOf(raw), raw);
      return 'OFPBFC_MSG_FAILED';
    }
    if (message.name === 'packet_out' || message.name === 'port_mod') last.push(message);
  }
  transaction.commit();
  for (const { name, body } of last) {
    if (name === 'packet_out') ofproto.provider?.packetOut(body, now);
    else if (name === 'port_mod') applyPortMod(ofproto, body, connection);
  }
  return null;
}

/** What a stored message carries; it has been decoded before, so it can be. */
const innerOf = (raw: Uint8Array): Message => (decodeMessage(raw).body as MessageBodies['bundle_add']).message;

/** A packet-out may use groups that the bundle brings. */
function stageEntry(transaction: FlowTransaction, ofproto: Ofproto, { name, body }: Message): ErrorName | null {
  switch (name) {
    case 'flow_mod':
      return transaction.stage(body);
    case 'group_mod':
      return transaction.stageGroup(body);
    case 'packet_out':
      return missingGroup(ofproto, body.actions);
    default:
      return null;
  }
}

/** Discards bundles nobody has touched for a while, and tells their connections. */
export function expireBundles(ofproto: Ofproto, now: number): void {
  for (const connection of ofproto.connections) {
    for (const { id, usedMs, opening } of connection.bundles.values()) {
      if (now < usedMs + IDLE_TIMEOUT_MS) continue;
      discard({ ofproto, connection }, id);
      connection.sink.sendError('OFPBFC_TIMEOUT', opening.xid, opening.raw);
    }
  }
}
