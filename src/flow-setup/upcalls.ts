/**
 * A packet no cached flow matches: translate it, count it, put the flow into the datapath, and say what to do with the packet.
 *
 * The datapath declines a flow when its table is at its limit; the packet is just executed then: so a flood of unmatched packets costs time
 * but not memory.
 */

import { add, counter } from '../../datapath/base/counters.js';
import { guard } from '../../datapath/base/guard.js';
import { logger, RateLimit } from '../../datapath/base/log.js';
import { DP_WORDS, FLOW_WORDS, W_IN_PORT, W_RECIRC_ID } from '../../datapath/keys/layout.js';
import type { Decision } from '../dpif/dpif.js';
import { applyEffects } from '../xlate/effects.js';
import type { FrozenState } from '../xlate/freeze.js';
import { type Translation, translate } from '../xlate/translate.js';
import type { XlateBridge } from '../xlate/view.js';
import { dpifDecision } from './decisions.js';
import type { FlowSetup } from './flow-setup.js';
import { addStatistics } from './statistics.js';

/** Packets that no cached flow matched, shown to the translation. */
const upcallCounter = counter('xlate_upcall');
/** Of those, packets whose translation ended in an error: they are dropped. */
const failureCounter = counter('xlate_failure');

const log = logger('ofproto_dpif_upcall');
/** Packets cause them: as Open vSwitch's for such lines. */
const strayLimit = new RateLimit(1, 5);
const fullLimit = new RateLimit(1, 1);

/** The key under translation: the datapath's words with the OpenFlow port number in place of the datapath's. */
const key = new Int32Array(FLOW_WORDS);
/** The datapath's own, of the packet at hand. */
const dpKey = new Int32Array(DP_WORDS);

/** Where a packet comes from: bridge and OpenFlow port, or the state in which it was recirculated. */
export interface Origin {
  bridge: XlateBridge;
  inPort: number;
  frozen: FrozenState | null;
}

/** Answers the misses of one datapath. */
export class Upcalls {
  constructor(private readonly setup: FlowSetup) {}

  /** See DpifClient.missed; null if nobody owns the packet's port or its recirculation id is dead. */
  missed(keys: Int32Array, at: number, size: number, packet: number, now: number): Decision | null {
    return guard('translating a packet', null, () => this.decide(keys, at, size, packet, now));
  }

  private decide(keys: Int32Array, at: number, size: number, packet: number, now: number): Decision | null {
    add(upcallCounter);
    const origin = this.originOf(keys, at);
    if (origin === null) return null;
    const { bridge } = origin;
    const { epoch } = this.setup.dpif;
    const translation = this.translateAt(origin, keys, at, now);
    if (translation.error !== null) {
      add(failureCounter);
      this.setup.translationFailed(bridge, translation.error);
    }
    const { events } = this.setup;
    const { rules } = translation;
    if (events.wants('translated')) events.emit({ kind: 'translated', packet, bridge: bridge.name, rules });
    addStatistics(translation, 1, size, now);
    applyEffects(translation.effects, now);
    this.setup.noticeChanges();
    for (let i = 0; i < DP_WORDS; i++) dpKey[i] = keys[at + i];
    return this.install(bridge, translation, dpKey, epoch, now);
  }

  /** Whose packet it is, and where in the pipeline it stands. */
  originOf(keys: Int32Array, at: number): Origin | null {
    const recircId = keys[at + W_RECIRC_ID];
    if (recircId !== 0) {
      const frozen = this.setup.recirculation.get(recircId);
      return frozen === null ? null : { bridge: frozen.bridge, inPort: frozen.inPort, frozen };
    }
    const port = keys[at + W_IN_PORT];
    const owner = this.setup.owners.ownerOf(port);
    if (owner !== null) return { bridge: owner.bridge, inPort: owner.ofport, frozen: null };
    log.info(() => `received packet on unassociated datapath port ${port}`, strayLimit);
    return null;
  }

  translateAt(origin: Origin, keys: Int32Array, at: number, now: number): Translation {
    for (let i = 0; i < DP_WORDS; i++) key[i] = keys[at + i];
    key[W_IN_PORT] = origin.inPort;
    const { bridge, frozen } = origin;
    return translate({ bridge, recirculation: this.setup.recirculation, key, at: 0, frozen, now });
  }

  /** `epoch` is that before the packet's effects: what it teaches may have put its own flow out of date already. */
  private install(
    bridge: XlateBridge,
    translation: Translation,
    flowKey: Int32Array,
    epoch: number,
    now: number,
  ): Decision {
    const { dpif, decisions, flows } = this.setup;
    const decision = decisions.acquire(bridge, translation.program, translation.rules);
    const answer = dpifDecision(decision);
    const { program, origin } = answer;
    const id = dpif.putFlow({ key: flowKey, mask: translation.mask, epoch, program, origin }, now);
    if (id !== 0) flows.add(id, translation, decision, epoch, now);
    else {
      decisions.release(decision);
      log.warn(() => `upcall: datapath reached the dynamic limit of ${dpif.flowLimit} flows.`, fullLimit);
      // The packet itself still needs the ids until it has been executed.
      this.setup.releaseLater(translation.recircIds);
    }
    return answer;
  }
}
