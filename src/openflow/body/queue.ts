/**
 * Queues: their statistics (OFPST_QUEUE) and how they are configured: OFPT_QUEUE_GET_CONFIG up to OpenFlow 1.3,
 * OFPMP_QUEUE_DESC since 1.4, which are one message here, `queue_desc`.
 */
import { OFPP } from '../action-types.js';
import { OpenFlowError } from '../errors.js';
import type { MessageBodies, QueueDesc, QueueStats } from '../message-types.js';
import { readProperties, writeProperty } from '../properties.js';
import type { Reader } from '../reader.js';
import { pad, port32, struct, u16, u32, u64 } from '../struct.js';
import { OF10, OF12, OF13, OF14 } from '../version.js';
import type { Writer } from '../writer.js';
import { type BodyContext, type CodecOf, listBody } from './codec.js';

/** All queues of the ports asked for (OFPQ_ALL). */
export const ALL_QUEUES = 0xffffffff;

const REQUEST_10 = struct({ port: u16, _pad: pad(2), queue: u32 });
const REQUEST_11 = struct({ port: port32, queue: u32 });

export const queueStatsRequest: CodecOf<'queue_stats_request'> = {
  read(r, { version }) {
    if (version !== OF10) return REQUEST_11.read(r);
    const request = REQUEST_10.read(r);
    // OpenFlow 1.0 means every port by OFPP_ALL.
    return request.port === OFPP.ALL ? { ...request, port: OFPP.NONE } : request;
  },
  write(w, body, { version }) {
    if (version !== OF10) REQUEST_11.write(w, body);
    else REQUEST_10.writeWith(w, body, body.port === OFPP.NONE ? { port: OFPP.ALL } : {});
  },
};

const COUNTERS = { txBytes: u64, txPackets: u64, txErrors: u64 };
const DURATION = { durationSec: u32, durationNsec: u32 };
const STATS_10 = struct({ port: u16, _pad: pad(2), queue: u32, ...COUNTERS });
const STATS_11 = struct({ port: port32, queue: u32, ...COUNTERS });
const STATS_13 = struct({ port: port32, queue: u32, ...COUNTERS, ...DURATION });
const STATS_14 = struct({ size: u16, _pad: pad(6), port: port32, queue: u32, ...COUNTERS, ...DURATION });
const NO_DURATION = { durationSec: 0xffffffff, durationNsec: 0xffffffff };

function readStats(r: Reader, { version }: BodyContext): QueueStats {
  if (version === OF10) return { ...STATS_10.read(r), ...NO_DURATION };
  if (version < OF13) return { ...STATS_11.read(r), ...NO_DURATION };
  if (version === OF13) return STATS_13.read(r);
  const { size, ...stats } = STATS_14.read(r);
  readProperties(propertiesOf(r, size, STATS_14.size), null, {});
  return stats;
}

/** The properties of an entry of `size` bytes, of which `fixed` have been read. */
function propertiesOf(r: Reader, size: number, fixed: number): Reader {
  if (size < fixed || size - fixed > r.remaining) throw new OpenFlowError('OFPBRC_BAD_LEN');
  return r.sub(size - fixed);
}

function writeStats(w: Writer, stats: QueueStats, { version }: BodyContext): void {
  if (version === OF10) return STATS_10.write(w, stats);
  if (version < OF13) return STATS_11.write(w, stats);
  if (version === OF13) return STATS_13.write(w, stats);
  STATS_14.writeWith(w, stats, { size: STATS_14.size });
}

export const queueStatsReply: CodecOf<'queue_stats_reply'> = listBody('queues', readStats, writeStats);

const CONFIG_REQUEST_10 = struct({ port: u16, _pad: pad(2) });
const CONFIG_REQUEST_11 = struct({ port: port32, _pad: pad(4) });

/** Up to 1.3: a port with a number, or since 1.1 all of them; never the local one. */
export const queueConfigRequest: CodecOf<'queue_desc_request'> = {
  read(r, { version }) {
    const port = readConfigPort(r, version);
    if (port >= OFPP.MAX && (version === OF10 || port !== OFPP.NONE)) throw new OpenFlowError('OFPQOFC_BAD_PORT');
    return { port, queue: ALL_QUEUES };
  },
  write: (w, body, { version }) => (version === OF10 ? CONFIG_REQUEST_10 : CONFIG_REQUEST_11).write(w, body),
};

const readConfigPort = (r: Reader, version: number): number =>
  version === OF10 ? CONFIG_REQUEST_10.read(r).port : CONFIG_REQUEST_11.read(r).port;

export const queueDescRequest: CodecOf<'queue_desc_request'> = {
  read: (r) => REQUEST_11.read(r),
  write: (w, body) => REQUEST_11.write(w, body),
};

const CONFIG_HEAD_10 = struct({ port: u16, _pad: pad(6) });
const QUEUE_10 = struct({ queue: u32, size: u16, _pad: pad(2) });
const QUEUE_12 = struct({ queue: u32, port: port32, size: u16, _pad: pad(6) });
const QUEUE_14 = struct({ port: port32, queue: u32, size: u16, _pad: pad(6) });

export const queueConfigReply: CodecOf<'queue_desc_reply'> = {
  read(r, { version }): MessageBodies['queue_desc_reply'] {
    const { port } = (version === OF10 ? CONFIG_HEAD_10 : CONFIG_REQUEST_11).read(r);
    const queues: QueueDesc[] = [];
    while (r.remaining > 0) queues.push(readConfigured(r, version, port));
    return { port, queues, more: false };
  },
  write(w, { port, queues }, { version }) {
    (version === OF10 ? CONFIG_HEAD_10 : CONFIG_REQUEST_11).write(w, { port });
    for (const desc of queues) {
      const from = w.size;
      if (version < OF12) QUEUE_10.writeWith(w, desc, { size: 0 });
      else QUEUE_12.writeWith(w, desc, { size: 0 });
      writeRates(w, desc, version);
      w.patchSize(from + (version < OF12 ? 4 : 8), from);
    }
  },
};

/** Since 1.2 each queue says its port. */
function readConfigured(r: Reader, version: number, port: number): QueueDesc {
  const codec = version < OF12 ? QUEUE_10 : QUEUE_12;
  const { size, ...desc } = codec.read(r);
  return { port, ...desc, ...readRates(propertiesOf(r, size, codec.size), version) };
}

const MIN_RATE = 1;
const MAX_RATE = 2;
/** Before 1.4 a rate stands behind four bytes of padding, and before six. */
const PADS = { before: [4, 6], since14: [0, 2] } as const;

function readRates(r: Reader, version: number): Pick<QueueDesc, 'minRate' | 'maxRate'> {
  const [lead] = version < OF14 ? PADS.before : PADS.since14;
  const rates: Pick<QueueDesc, 'minRate' | 'maxRate'> = {};
  const rate = (p: Reader): number => {
    p.skip(lead);
    return p.u16();
  };
  readProperties(r, null, {
    [MIN_RATE]: (p) => (rates.minRate = rate(p)),
    [MAX_RATE]: (p) => (rates.maxRate = rate(p)),
  });
  return rates;
}

function writeRates(w: Writer, { minRate, maxRate }: QueueDesc, version: number): void {
  const [lead, trail] = version < OF14 ? PADS.before : PADS.since14;
  const write = (type: number, rate: number | undefined): void => {
    if (rate === undefined) return;
    writeProperty(w, type, () => {
      w.zeros(lead);
      w.u16(rate);
      w.zeros(trail);
    });
  };
  write(MIN_RATE, minRate);
  write(MAX_RATE, maxRate);
}

function readDesc(r: Reader, { version }: BodyContext): QueueDesc {
  const { size, ...desc } = QUEUE_14.read(r);
  return { ...desc, ...readRates(propertiesOf(r, size, QUEUE_14.size), version) };
}

function writeDesc(w: Writer, desc: QueueDesc, { version }: BodyContext): void {
  const from = w.size;
  QUEUE_14.writeWith(w, desc, { size: 0 });
  writeRates(w, desc, version);
  w.patchSize(from + 8, from);
}

const descList = listBody('queues', readDesc, writeDesc);

/** Each queue says which port it is of. */
export const queueDescReply: CodecOf<'queue_desc_reply'> = {
  ...descList,
  read: (r, context) => ({ port: OFPP.NONE, ...descList.read(r, context) }),
};
