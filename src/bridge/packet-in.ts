/** Packets that the datapath sends up for a controller: described from the frozen pipeline state and handed to the OpenFlow switch. */
import { guard } from '../../datapath/base/guard.js';
import { FLOW_WORDS, W_CT_STATE_ZONE, W_IN_PORT } from '../../datapath/keys/layout.js';
import { type ControllerRequest, readRequest } from '../dpif/controller-request.js';
import type { UserspacePacket } from '../dpif/dpif.js';
import { FIELDS, type FieldName } from '../match/fields.js';
import { getField } from '../match/key.js';
import { Match } from '../match/match.js';
import { type FrozenState, type RecirculationTable, restorePipeline } from '../xlate/freeze.js';
import type { Bridge } from './bridge.js';

/** `words` are those of a ControllerRequest. */
export function sendPacketIn(recirculation: RecirculationTable, packet: UserspacePacket, words: Int32Array): void {
  guard('sending a packet to a controller', undefined, () => send(recirculation, packet, readRequest(words)));
}

function send(recirculation: RecirculationTable, packet: UserspacePacket, request: ControllerRequest): void {
  if (request.dontSend) return;
  const state = recirculation.get(request.recircId);
  if (state === null) return;
  const bridge = state.bridge as Bridge;
  bridge.ofproto.packetIn(
    {
      packet: packet.frame,
      totalLen: packet.size,
      table: state.table,
      cookie: request.cookie,
      reason: request.reason,
      metadata: describe(packet, state),
      ...(state.userdata === undefined ? {} : { userdata: state.userdata }),
    },
    request.controllerId,
  );
}

const key = new Int32Array(FLOW_WORDS);

/** Fields of the pipeline that a packet-in reports when they are not zero, in the order of the wire. */
const REPORTED: readonly FieldName[] = (Object.keys(FIELDS) as FieldName[]).filter((name) =>
  /^(reg\d+|metadata|pkt_mark|ct_state|ct_zone|ct_mark|ct_label|tun_id|tun_src|tun_dst)$/.test(name),
);
const CT_TUPLE4: readonly FieldName[] = ['ct_nw_proto', 'ct_nw_src', 'ct_nw_dst', 'ct_tp_src', 'ct_tp_dst'];
const CT_TUPLE6: readonly FieldName[] = ['ct_nw_proto', 'ct_ipv6_src', 'ct_ipv6_dst', 'ct_tp_src', 'ct_tp_dst'];

function describe(packet: UserspacePacket, state: FrozenState): Match {
  key.set(packet.key);
  restorePipeline(key, state);
  key[W_IN_PORT] = state.inPort;
  const match = new Match();
  for (const field of REPORTED) {
    if (field.startsWith('ct_') && !state.conntracked) continue;
    const value = getField(key, 0, field);
    if (value !== 0n) match.set(field, value);
  }
  if (state.conntracked && match.has('ct_state')) addConnection(match, packet);
  match.set('in_port', BigInt(state.inPort));
  return match;
}

/** The connection's tuple, with the dl_type that says which version it is. */
function addConnection(match: Match, packet: UserspacePacket): void {
  match.set('eth_type', getField(key, 0, 'eth_type'));
  const hasTuple = (key[W_CT_STATE_ZONE] & 0x0b) !== 0 && packet.ctProto !== 0; // new, est or rpl
  if (!hasTuple) return;
  for (const field of packet.ctFamily === 6 ? CT_TUPLE6 : CT_TUPLE4) match.set(field, getField(key, 0, field));
}
