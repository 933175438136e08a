/** A controller's packet-out: the packet is made, its actions are translated like a rule's, the program is executed at once. */
import { extract } from '../../datapath/keys/extract.js';
import { FLOW_WORDS, W_IN_PORT } from '../../datapath/keys/layout.js';
import { lentPacket } from '../../datapath/packet/packet.js';
import { dpifDecision } from '../flow-setup/decisions.js';
import { addStatistics } from '../flow-setup/statistics.js';
import { setField } from '../match/key.js';
import { Match } from '../match/match.js';
import type { ErrorName } from '../openflow/errors.js';
import type { PacketOut } from '../openflow/message-types.js';
import { applyEffects } from '../xlate/effects.js';
import { releaseTranslation, translate } from '../xlate/translate.js';
import type { Bridge } from './bridge.js';

/** Datapath number of "no port": packets of a packet-out whose in_port is not a port of the bridge. */
const NO_DP_PORT = -1;

/** The packet's headers, and what the controller has said of it. */
function keyOf({ packet: frame, inPort, metadata }: PacketOut): Int32Array {
  const packet = lentPacket(frame);
  const key = new Int32Array(FLOW_WORDS);
  extract(packet, key, 0);
  for (const field of metadata?.fields() ?? []) setField(key, 0, field, metadata!.get(field).value);
  key[W_IN_PORT] = inPort;
  return key;
}

const ALL = new Int32Array(FLOW_WORDS).fill(-1);

/** What the packet is, in every field: its actions are checked against it. */
export function describePacketOut(out: PacketOut): Match {
  return Match.fromKey(keyOf(out), 0, ALL);
}

/** Runs a packet-out's actions; null, or the error that the controller gets. */
export function sendPacketOut(bridge: Bridge, out: PacketOut, now: number): ErrorName | null {
  const { flowSetup } = bridge.backer;
  const { dpif, decisions, recirculation } = flowSetup;
  // A key of its own: executing may translate the packet again after recirculation.
  const key = keyOf(out);
  const translation = translate({ bridge, recirculation, key, at: 0, frozen: null, now, actions: out.actions });
  if (translation.error !== null) {
    flowSetup.translationFailed(bridge, translation.error);
    return 'OFPFMFC_UNKNOWN';
  }
  const { program, rules, effects, recircIds } = translation;
  const inPort = bridge.port(out.inPort)?.dpPort ?? NO_DP_PORT;
  const decision = decisions.acquire(bridge, program, rules);
  addStatistics(translation, 1, out.packet.length, now);
  applyEffects(effects, now);
  flowSetup.noticeChanges();
  const isSent = dpif.execute(out.packet, inPort, dpifDecision(decision), now);
  decisions.release(decision);
  releaseTranslation(recirculation, recircIds);
  return isSent ? null : 'OFPBRC_BAD_LEN'; // larger than any packet can be, or there is no memory
}
