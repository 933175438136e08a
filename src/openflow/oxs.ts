/** OXS: statistics as type-length-values, OpenFlow 1.5. A header of reserved 16 | length 16 comes before, padding behind. */
import { OpenFlowError } from './errors.js';
import type { Reader } from './reader.js';
import type { Writer } from './writer.js';

const OXS_CLASS = 0x8002;
const HEADER_SIZE = 4;

const DURATION = 0;
const IDLE_TIME = 1;
const FLOW_COUNT = 3;
const PACKET_COUNT = 4;
const BYTE_COUNT = 5;

export interface Oxs {
  durationSec?: number;
  durationNsec?: number;
  /** Seconds. */
  idleAge?: number;
  flows?: number;
  packets?: bigint;
  bytes?: bigint;
}

export function readOxs(r: Reader): Oxs {
  r.skip(2);
  const size = r.u16();
  const padded = (size + 7) & ~7;
  if (size < HEADER_SIZE || padded - HEADER_SIZE > r.remaining) throw new OpenFlowError('OFPBRC_BAD_LEN');
  const entries = r.sub(size - HEADER_SIZE);
  r.skip(padded - size);
  const stats: Oxs = {};
  while (entries.remaining > 0) {
    const oxmClass = entries.u16();
    const field = entries.u8() >>> 1;
    const value = entries.sub(entries.u8());
    if (oxmClass === OXS_CLASS) readStat(value, field, stats);
  }
  return stats;
}

function readStat(value: Reader, field: number, stats: Oxs): void {
  switch (field) {
    case DURATION:
      stats.durationSec = value.u32();
      stats.durationNsec = value.u32();
      break;
    case IDLE_TIME:
      stats.idleAge = value.u32();
      break;
    case FLOW_COUNT:
      stats.flows = value.u32();
      break;
    case PACKET_COUNT:
      stats.packets = value.u64();
      break;
    case BYTE_COUNT:
      stats.bytes = value.u64();
  }
}

/** Those of the statistics that are there, in Open vSwitch's order. */
export function writeOxs(w: Writer, stats: Oxs): void {
  const from = w.size;
  w.zeros(HEADER_SIZE);
  if (stats.durationSec !== undefined) {
    header(w, DURATION, 8);
    w.u32(stats.durationSec);
    w.u32(stats.durationNsec ?? 0);
  }
  if (stats.idleAge !== undefined) {
    header(w, IDLE_TIME, 8);
    w.u32(stats.idleAge);
    w.u32(0);
  }
  if (stats.packets !== undefined) put64(w, PACKET_COUNT, stats.packets);
  if (stats.bytes !== undefined) put64(w, BYTE_COUNT, stats.bytes);
  if (stats.flows !== undefined) {
    header(w, FLOW_COUNT, 4);
    w.u32(stats.flows);
  }
  w.patchSize(from + 2, from);
  w.pad8(from);
}

function put64(w: Writer, field: number, value: bigint): void {
  header(w, field, 8);
  w.u64(value);
}

function header(w: Writer, field: number, size: number): void {
  w.u16(OXS_CLASS);
  w.u8(field << 1);
  w.u8(size);
}
