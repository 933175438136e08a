/** Packets that the datapath sends up for a controller: described from the frozen pipeline state and handed to the OpenFlow switch. */

import type { UserspaceRequest } from '../../datapath/actions/program.js';
import { survive } from '../../datapath/base/survive.js';
import { extract } from '../../datapath/keys/extract.js';
import { FLOW_WORDS, W_IN_PORT, W_METADATA } from '../../datapath/keys/layout.js';
import { copyFrame } from '../../datapath/packet/offload.js';
import type { Packet } from '../../datapath/packet/packet.js';
import { FIELDS, type FieldName } from '../match/fields.js';
import { getField } from '../match/key.js';
import { Match } from '../match/match.js';
import type { FrozenState } from '../xlate/freeze.js';
import type { Backer } from './backer.js';
import type { Bridge } from './bridge.js';

export class PacketInSource {
  constructor(private readonly backer: Backer) {}

  readonly handle = (packet: Packet, request: UserspaceRequest): void =>
    survive('sending a packet to a controller', undefined, () => this.send(packet, request));

  private send(packet: Packet, request: UserspaceRequest): void {
    if (request.kind !== 'controller' || request.dontSend) return;
    const state = this.backer.recirculation.get(request.recircId);
    if (state === null) return;
    const bridge = state.bridge as Bridge;
    bridge.ofproto.packetIn(
      {
        packet: copyFrame(packet),
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
}

const key = new Int32Array(FLOW_WORDS);

/** Fields of the pipeline that a packet-in reports when they are not zero, in the order of the wire. */
const REPORTED: readonly FieldName[] = (Object.keys(FIELDS) as FieldName[]).filter((name) =>
  /^(reg\d+|metadata|pkt_mark|ct_state|ct_zone|ct_mark|ct_label|tun_id|tun_src|tun_dst)$/.test(name),
);
const CT_TUPLE4: readonly FieldName[] = ['ct_nw_proto', 'ct_nw_src', 'ct_nw_dst', 'ct_tp_src', 'ct_tp_dst'];
const CT_TUPLE6: readonly FieldName[] = ['ct_nw_proto', 'ct_ipv6_src', 'ct_ipv6_dst', 'ct_tp_src', 'ct_tp_dst'];

function describe(packet: Packet, state: FrozenState): Match {
  extract(packet, key, 0);
  key.set(state.pipeline, W_METADATA);
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
function addConnection(match: Match, packet: Packet): void {
  match.set('eth_type', getField(key, 0, 'eth_type'));
  const hasTuple = (packet.ctState & 0x0b) !== 0 && packet.ctProto !== 0; // new, est or rpl
  if (!hasTuple) return;
  for (const field of packet.ctFamily === 6 ? CT_TUPLE6 : CT_TUPLE4) match.set(field, getField(key, 0, field));
}
