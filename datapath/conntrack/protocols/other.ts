/** UDP, SCTP and all protocols without a tracker of their own: established once the other end has answered.
 * (Open vSwitch lib/conntrack-other.c) @hot */
import * as C from '../record/conn.js';
import type { PacketKey } from '../record/packet-key.js';
import { REASON_NONE } from '../record/reasons.js';
import * as U from './l4-tracker.js';
import * as T from './timeouts.js';

const { CONN_L4: L4, REPLY } = C;
const { UPDATE_NEW, UPDATE_VALID } = U;
const { UDP_FIRST, UDP_MULTIPLE, UDP_SINGLE } = T;

const STATE_FIRST = 0;
const STATE_ONE_WAY = 1;
const STATE_BOTH_WAYS = 2;

export function updateOther(words: Int32Array, at: number, key: PacketKey, direction: number): number {
  let state = words[at + L4];
  if (direction === REPLY) state = STATE_BOTH_WAYS;
  else if (state === STATE_FIRST) state = STATE_ONE_WAY;
  words[at + L4] = state;
  key.timeout = state === STATE_BOTH_WAYS ? UDP_MULTIPLE : UDP_SINGLE;
  return state === STATE_BOTH_WAYS ? UPDATE_VALID : UPDATE_NEW;
}

export const otherTracker: U.L4Tracker = {
  validNew(): number {
    return REASON_NONE;
  },

  create(words: Int32Array, at: number, key: PacketKey): void {
    words[at + L4] = STATE_FIRST;
    key.timeout = UDP_FIRST;
  },

  update: updateOther,
};
