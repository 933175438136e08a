/**
 * What a switch in standalone mode does when it has lost its controllers: after a while it forgets their flows and forwards by
 * itself, as a learning switch does, until one of them is back and at work. (As Open vSwitch's ofproto/fail-open.c.)
 *
 * Its one flow is hidden from controllers, and above all that they can make. A controller that connects may wait for packets
 * before it says anything, and the flow takes them all; so it is sent a packet now and then, which nobody has received.
 */

import { logger, RateLimit } from '../../datapath/base/log.js';
import { Match } from '../match/match.js';
import { FlowTransaction } from '../ofproto/flow-mod.js';
import { addNormalRule } from '../ofproto/normal-rule.js';
import type { Ofproto } from '../ofproto/ofproto.js';
import type { Rule } from '../ofproto/rule.js';
import { OFPP } from '../openflow/action-types.js';
import { NO_COOKIE, newFlowMod } from '../openflow/new-flow-mod.js';
import { PACKET_IN } from '../openflow/packet-in-reasons.js';

/** Above the 16 bits that controllers have. */
export const FAIL_OPEN_PRIORITY = 0xf0f0f0;
const SAMPLE_PERIOD_MS = 2_000;
const REMIND_PERIOD_MS = 60_000;

const log = logger('fail_open');
/** A controller decides how often it is there. */
const limit = new RateLimit(10, 10);

/** How it is with the controllers that the switch connects to. */
export interface ControllerHealth {
  /** How long none has been connected; 0 if one is, or there are none. */
  lostMs: number;
  isConnected: boolean;
  /** One is connected and has asked for more than what everybody asks first. */
  isAtWork: boolean;
}

/** The fail-open mode of one bridge; `run` enters and leaves it. */
export class FailOpen {
  private rule: Rule | null = null;
  private announcedMs = 0;
  private sampledMs = 0;

  /** `afterMs`: how long it takes to believe that the controllers are gone. */
  constructor(
    private readonly ofproto: Ofproto,
    private readonly afterMs: number,
  ) {}

  get isActive(): boolean {
    return this.rule !== null;
  }

  /** To be called now and then. */
  run(health: ControllerHealth, now: number): void {
    if (this.rule === null) {
      if (health.lostMs >= this.afterMs) this.open(health.lostMs, now);
    } else if (health.isAtWork || (!health.isConnected && health.lostMs === 0)) this.end();
    else if (health.isConnected) this.sample(now);
    else this.remind(health.lostMs, now);
  }

  private open(lostMs: number, now: number): void {
    log.warn(
      "Could not connect to controller (or switch failed controller's post-connection admission control policy) " +
        `for ${seconds(lostMs)} seconds, failing open`,
      limit,
    );
    this.announcedMs = now;
    this.forgetFlows(now);
    this.rule = addNormalRule(this.ofproto, FAIL_OPEN_PRIORITY, now, true);
  }

  private forgetFlows(now: number): void {
    const transaction = new FlowTransaction(this.ofproto, now);
    transaction.stage(newFlowMod('delete'));
    transaction.commit();
  }

  /** Forwards by itself no more. */
  end(): void {
    if (this.rule === null) return;
    log.warn('No longer in fail-open mode', limit);
    this.ofproto.tables[0]!.remove(this.rule);
    this.ofproto.changed();
    this.rule = null;
  }

  private remind(lostMs: number, now: number): void {
    if (now - this.announcedMs < REMIND_PERIOD_MS) return;
    this.announcedMs = now;
    log.info(`Still in fail-open mode after ${seconds(lostMs)} seconds disconnected from controller`);
  }

  private sample(now: number): void {
    if (now - this.sampledMs < SAMPLE_PERIOD_MS) return;
    this.sampledMs = now;
    const packet = reverseArp();
    const metadata = new Match().set('in_port', BigInt(OFPP.LOCAL));
    const reason = PACKET_IN.noMatch;
    this.ofproto.packetIn({ packet, totalLen: packet.length, table: 0, cookie: NO_COOKIE, reason, metadata }, 0);
  }
}

const seconds = (ms: number): number => Math.floor(ms / 1000);

const BROADCAST = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
/** A locally administered address that no station has. */
const NOBODY = [0x02, 0, 0, 0, 0, 0xf0];
const RARP = [0x80, 0x35];
/** Ethernet, IPv4, their sizes, "request reverse". */
const REQUEST = [0, 1, 8, 0, 6, 4, 0, 3];
const NO_ADDRESS = [0, 0, 0, 0];

const reverseArp = (): Uint8Array =>
  Uint8Array.from([...BROADCAST, ...NOBODY, ...RARP, ...REQUEST, ...NOBODY, ...NO_ADDRESS, ...NOBODY, ...NO_ADDRESS]);
