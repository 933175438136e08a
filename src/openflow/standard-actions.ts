/**
 * Which of its own numbers of actions each version tells of, as bits: in the statistics of tables, the features of groups and, by
 * number, those of tables. Open vSwitch tells of the same.
 */
import { OF10, OF11 } from './version.js';

/** OFPAT10_OUTPUT to OFPAT10_ENQUEUE. */
const ACTIONS_10 = 0xfff;
/** OFPAT11_OUTPUT to OFPAT11_SET_TP_DST, and those from OFPAT11_SET_MPLS_LABEL on but for copying a TTL. */
const ACTIONS_11 = 0x01ffe7ff;
/** Setting single fields has become OFPAT_SET_FIELD. */
const ACTIONS_12 = 0x03ff8001;

export function standardActions(version: number): number {
  if (version === OF10) return ACTIONS_10;
  return version === OF11 ? ACTIONS_11 : ACTIONS_12;
}
