/** ICMP and ICMPv6 queries: new until the first reply, then established. (Open vSwitch lib/conntrack-icmp.c) @hot */
import * as icmp from '../../wire/icmp.js';
import * as C from '../record/conn.js';
import { metaFamily } from '../record/conn.js';
import type { PacketKey } from '../record/packet-key.js';
import * as K from '../record/packet-key.js';
import * as R from '../record/reasons.js';
import type { L4Tracker } from './l4-tracker.js';
import * as U from './l4-tracker.js';
import * as T from './timeouts.js';

const { CONN_L4, REPLY } = C;
const { UPDATE_NEW, UPDATE_VALID } = U;
const { KEY_META } = K;
const { NEW_ICMP_REPLY, REASON_NONE } = R;
const { ICMP_FIRST, ICMP_REPLY } = T;

const STATE_FIRST = 0;
const STATE_REPLY = 1;
const TIMEOUT = [ICMP_FIRST, ICMP_REPLY] as const;

/** Echo, timestamp and information request. */
function isRequest(meta: number, type: number): boolean {
  return metaFamily(meta) === 6 ? type === 128 : type === 8 || type === 13 || type === 15;
}

export const icmpTracker: L4Tracker = {
  validNew(key: PacketKey): number {
    const type = icmp.type(key.bytes, key.l4);
    key.detail[0] = type;
    return isRequest(key.words[KEY_META], type) ? REASON_NONE : NEW_ICMP_REPLY;
  },

  create(words: Int32Array, at: number, key: PacketKey): void {
    words[at + CONN_L4] = STATE_FIRST;
    key.timeout = TIMEOUT[STATE_FIRST];
  },

  update(words: Int32Array, at: number, key: PacketKey, direction: number): number {
    if (direction === REPLY) words[at + CONN_L4] = STATE_REPLY;
    const state = words[at + CONN_L4];
    key.timeout = TIMEOUT[state];
    return state === STATE_FIRST ? UPDATE_NEW : UPDATE_VALID;
  },
};
