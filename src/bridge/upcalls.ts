/**
 * A packet no cached flow matches: translate it, count it, install the flow, and say what to do with the packet.
 *
 * Called inline by the datapath. Installing is declined, and the packet just executed, when the flow table is at its
 * limit: so a flood of unmatched packets costs time but not memory.
 */

import { add, counter } from '../../datapath/base/counters.js';
import { survive } from '../../datapath/base/survive.js';
import { DP_WORDS, FLOW_WORDS, W_IN_PORT } from '../../datapath/keys/layout.js';
import type { Packet } from '../../datapath/packet/packet.js';
import type { FrozenState } from '../xlate/freeze.js';
import { type Translation, translate } from '../xlate/translate.js';
import type { Backer } from './backer.js';
import type { Bridge } from './bridge.js';
import { CachedFlow } from './cached-flow.js';
import { credit } from './credit.js';
import { applyEffects } from './effects.js';
import { ProgramTable } from './program-table.js';

/** Packets that no cached flow matched, shown to the translation. */
const upcallCounter = counter('xlate_upcall');
/** Of those, packets whose translation ended in an error: they are dropped. */
const failureCounter = counter('xlate_failure');

/** The key under translation: the datapath's words with the OpenFlow port number in place of the datapath's. */
const key = new Int32Array(FLOW_WORDS);

export interface Origin {
  bridge: Bridge;
  inPort: number;
  frozen: FrozenState | null;
}

export class Upcalls {
  private readonly programs = new ProgramTable();

  constructor(private readonly backer: Backer) {}

  /** The program for this packet; null if nobody owns its port or its recirculation id is dead. */
  readonly handle = (packet: Packet, keys: Int32Array, at: number, now: number): Int32Array | null =>
    survive('translating a packet', null, () => this.program(packet, keys, at, now));

  private program(packet: Packet, keys: Int32Array, at: number, now: number): Int32Array | null {
    add(upcallCounter);
    const origin = this.originOf(packet.recircId, packet.inPort);
    if (origin === null) return null;
    const { epoch } = this.backer.datapath;
    const translation = this.translateAt(origin, keys, at, now);
    if (translation.error !== null) {
      add(failureCounter);
      this.backer.translationFailed(origin.bridge, translation.error);
    }
    this.backer.pathRecorder?.translated(packet.id, translation.rules);
    credit(origin.bridge, translation, 1, packet.size, now);
    applyEffects(origin.bridge, translation.effects, now);
    this.backer.noticeChanges();
    const cached = this.install(origin.bridge, translation, keys, at, now);
    if (cached !== null) {
      // What has changed since it was translated, by what the packet teaches for one thing, puts it out of date already.
      cached.flow.epoch = epoch;
      cached.rely(now);
    }
    return translation.program;
  }

  /** Whose packet it is, and where in the pipeline it stands. */
  originOf(recircId: number, dpPort: number): Origin | null {
    if (recircId !== 0) {
      const frozen = this.backer.recirculation.get(recircId);
      return frozen === null ? null : { bridge: frozen.bridge as Bridge, inPort: frozen.inPort, frozen };
    }
    const owner = this.backer.ownerOf(dpPort);
    return owner === null ? null : { bridge: owner.bridge, inPort: owner.ofport, frozen: null };
  }

  translateAt(origin: Origin, keys: Int32Array, at: number, now: number): Translation {
    key.set(keys.subarray(at, at + DP_WORDS));
    key[W_IN_PORT] = origin.inPort;
    const { bridge, frozen } = origin;
    const translation = translate({ bridge, recirculation: this.backer.recirculation, key, at: 0, frozen, now });
    if (this.programs.share(translation, bridge)) {
      this.backer.origins.set(translation.program, { bridge, rules: translation.rules });
    }
    return translation;
  }

  private install(
    bridge: Bridge,
    translation: Translation,
    keys: Int32Array,
    at: number,
    now: number,
  ): CachedFlow | null {
    const { datapath } = this.backer;
    const key = keys.subarray(at, at + DP_WORDS);
    const flow = datapath.installFlow({ key, mask: translation.mask, program: translation.program }, now);
    if (flow === null) {
      // The packet itself still needs the ids until it has been executed.
      this.backer.releaseLater(translation.recircIds);
      return null;
    }
    if (flow.owner instanceof CachedFlow) this.backer.disown(flow.owner);
    const cached = new CachedFlow(flow, bridge, translation, now);
    flow.owner = cached;
    return cached;
  }
}
