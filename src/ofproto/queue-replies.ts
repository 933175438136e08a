/**
 * Answers about the queues of ports. Which queues a kind of port has is its own business; what is not known of them is said to be
 * unknown, as Open vSwitch says it. (ofproto/ofproto.c, handle_queue_stats_request and handle_queue_get_config_request)
 */
import { OFPP } from '../openflow/action-types.js';
import { ALL_QUEUES } from '../openflow/body/queue.js';
import type { ErrorName } from '../openflow/errors.js';
import type { MessageBodies } from '../openflow/message-types.js';
import type { Ofproto } from './ofproto.js';
import { parts, portsAsked, UNKNOWN } from './stats-replies.js';

export interface QueueAsked {
  readonly port: number;
  readonly queue: number;
}

/** 2^32 - 1: not known. */
const UNKNOWN_DURATION = 0xffffffff;

/**
 * The queues that a request names. Of all ports those are passed over that lack the queue, unless all do. `noQueues` is the error
 * about one queue of a port that is of a kind without queues.
 */
export function chooseQueues(ofproto: Ofproto, asked: QueueAsked, noQueues: ErrorName): QueueAsked[] | ErrorName {
  const ports = portsAsked(ofproto, asked.port).map(({ desc }) => desc.port);
  if (asked.port === OFPP.NONE) {
    const found = ports.map((port) => queuesOf(ofproto, port, asked.queue, noQueues));
    const lists = found.filter((queues) => typeof queues !== 'string');
    return lists.length === 0 ? 'OFPQOFC_BAD_QUEUE' : lists.flat();
  }
  const [port] = ports;
  return port === undefined ? 'OFPQOFC_BAD_PORT' : queuesOf(ofproto, port, asked.queue, noQueues);
}

function queuesOf(ofproto: Ofproto, port: number, queue: number, noQueues: ErrorName): QueueAsked[] | ErrorName {
  const queues = ofproto.provider?.queues(port) ?? null;
  if (queue === ALL_QUEUES) return (queues ?? []).map((each) => ({ port, queue: each }));
  if (queues === null) return noQueues;
  return queues.includes(queue) ? [{ port, queue }] : 'OFPQOFC_BAD_QUEUE';
}

export function* queueStatsParts(chosen: readonly QueueAsked[]): Generator<MessageBodies['queue_stats_reply']> {
  const unknown = { txBytes: UNKNOWN, txPackets: UNKNOWN, txErrors: UNKNOWN };
  const duration = { durationSec: UNKNOWN_DURATION, durationNsec: UNKNOWN_DURATION };
  for (const { entries, more } of parts(chosen))
    yield { queues: entries.map((queue) => ({ ...queue, ...unknown, ...duration })), more };
}

/** In one message up to OpenFlow 1.3, which cannot send it in parts. */
export function* queueDescParts(
  port: number,
  chosen: readonly QueueAsked[],
): Generator<MessageBodies['queue_desc_reply']> {
  yield { port, queues: [...chosen], more: false };
}
