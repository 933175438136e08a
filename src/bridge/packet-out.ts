/** A controller's packet-out: the packet is made, its actions are translated like a rule's, the program is executed at once. */
import { extract } from '../../datapath/keys/extract.js';
import { FLOW_WORDS, W_IN_PORT } from '../../datapath/keys/layout.js';
import { Packet } from '../../datapath/packet/packet.js';
import { setField } from '../match/key.js';
import { Match } from '../match/match.js';
import type { ErrorName } from '../openflow/errors.js';
import type { PacketOut } from '../openflow/message-types.js';
import { releaseTranslation, translate } from '../xlate/translate.js';
import type { Bridge } from './bridge.js';
import { credit } from './credit.js';
import { applyEffects } from './effects.js';

/** Datapath number of "no port": packets of a packet-out whose in_port is not a port of the bridge. */
const NO_DP_PORT = -1;

/** The packet's headers, and what the controller has said of it. */
function fillKey(key: Int32Array, packet: Packet, { inPort, metadata }: PacketOut): void {
  extract(packet, key, 0);
  for (const field of metadata?.fields() ?? []) setField(key, 0, field, metadata!.get(field).value);
  key[W_IN_PORT] = inPort;
}

const ALL = new Int32Array(FLOW_WORDS).fill(-1);

/** What the packet is, in every field: its actions are checked against it. */
export function describePacketOut(out: PacketOut): Match {
  const packet = new Packet();
  packet.bytes = out.packet;
  packet.size = out.packet.length;
  const key = new Int32Array(FLOW_WORDS);
  fillKey(key, packet, out);
  return Match.fromKey(key, 0, ALL);
}

export function sendPacketOut(bridge: Bridge, out: PacketOut, now: number): ErrorName | null {
  const { backer } = bridge;
  const { datapath, recirculation } = backer;
  const packet = datapath.pool.allocate(out.packet.length);
  if (packet === null) return 'OFPBRC_BAD_LEN'; // larger than any packet can be, or the pool is exhausted
  packet.bytes.set(out.packet, packet.start);
  packet.inPort = bridge.port(out.inPort)?.dpPort ?? NO_DP_PORT;
  // A key of its own: executing may translate the packet again after recirculation.
  const key = new Int32Array(FLOW_WORDS);
  fillKey(key, packet, out);
  const translation = translate({ bridge, recirculation, key, at: 0, frozen: null, now, actions: out.actions });
  if (translation.error !== null) {
    backer.translationFailed(bridge, translation.error);
    datapath.pool.free(packet);
    return 'OFPFMFC_UNKNOWN';
  }
  credit(bridge, translation, 1, packet.size, now);
  applyEffects(bridge, translation.effects, now);
  backer.noticeChanges();
  datapath.execute(packet, translation.program, now);
  releaseTranslation(recirculation, translation.recircIds);
  return null;
}
