/** UDP, SCTP and all protocols without a tracker of their own: established once the other end has answered.
 * (Open vSwitch lib/conntrack-other.c) @hot */
import { CONN_L4, REPLY } from './conn.js';
import { type L4Tracker, UPDATE_NEW, UPDATE_VALID } from './l4-tracker.js';
import type { PacketKey } from './packet-key.js';
import { REASON_NONE } from './reasons.js';
import { UDP_FIRST, UDP_MULTIPLE, UDP_SINGLE } from './timeouts.js';

const STATE_FIRST = 0;
const STATE_ONE_WAY = 1;
const STATE_BOTH_WAYS = 2;
const TIMEOUT = [UDP_FIRST, UDP_SINGLE, UDP_MULTIPLE] as const;

export const otherTracker: L4Tracker = {
  validNew(): number {
    return REASON_NONE;
  },

  create(words: Int32Array, at: number, key: PacketKey): void {
    words[at + CONN_L4] = STATE_FIRST;
    key.timeout = TIMEOUT[STATE_FIRST];
  },

  update(words: Int32Array, at: number, key: PacketKey, direction: number): number {
    if (direction === REPLY) words[at + CONN_L4] = STATE_BOTH_WAYS;
    else if (words[at + CONN_L4] === STATE_FIRST) words[at + CONN_L4] = STATE_ONE_WAY;
    const state = words[at + CONN_L4];
    key.timeout = TIMEOUT[state];
    return state === STATE_BOTH_WAYS ? UPDATE_VALID : UPDATE_NEW;
  },
};
