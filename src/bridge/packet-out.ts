/** A controller's packet-out: the packet is made, its actions are translated like a rule's, the program is executed at once. */
import { extract } from '../../datapath/flow/extract.js';
import { FLOW_WORDS, W_IN_PORT } from '../../datapath/flow/layout.js';
import type { ErrorName } from '../openflow/errors.js';
import type { PacketOut } from '../openflow/message-types.js';
import { releaseTranslation, translate } from '../xlate/translate.js';
import type { Bridge } from './bridge.js';
import { credit } from './credit.js';
import { applyEffects } from './effects.js';

/** Datapath number of "no port": packets of a packet-out whose in_port is not a port of the bridge. */
const NO_DP_PORT = -1;

export function sendPacketOut(bridge: Bridge, out: PacketOut, now: number): ErrorName | null {
  const { backer } = bridge;
  const { datapath, recirculation } = backer;
  const packet = datapath.pool.allocate(out.packet.length);
  if (packet === null) return 'OFPBRC_BAD_LEN'; // larger than any packet can be, or the pool is exhausted
  packet.bytes.set(out.packet, packet.start);
  packet.inPort = bridge.port(out.inPort)?.dpPort ?? NO_DP_PORT;
  // A key of its own: executing may translate the packet again after recirculation.
  const key = new Int32Array(FLOW_WORDS);
  extract(packet, key, 0);
  key[W_IN_PORT] = out.inPort;
  const translation = translate({ bridge, recirculation, key, at: 0, frozen: null, now, actions: out.actions });
  if (translation.error !== null) backer.translationFailed(bridge, translation.error);
  credit(bridge, translation, 1, packet.size, now);
  applyEffects(bridge, translation.effects, now);
  backer.noticeChanges();
  datapath.execute(packet, translation.program, now);
  releaseTranslation(recirculation, translation.recircIds);
  return null;
}
