/** What messages say of queues, as ovs-ofctl prints it. */
import { ALL_QUEUES } from '../openflow/body/queue.js';
import type { MessageName, MessageOf, QueueDesc, QueueStats } from '../openflow/message-types.js';
import { OF14 } from '../openflow/version.js';
import { formatDuration } from './flow.js';
import type { BodyPrinter, MessagePrintOptions } from './message.js';
import { formatPort, type Names } from './names.js';

type QueueName = Extract<MessageName, `queue_${string}`>;

const UNKNOWN = (1n << 64n) - 1n;
const UNKNOWN_DURATION = 0xffffffff;

const count = (value: bigint): string => (value === UNKNOWN ? '?' : String(value));

function formatStats({ port, queue, txBytes, txPackets, txErrors, ...at }: QueueStats, names?: Names): string {
  const duration = at.durationSec === UNKNOWN_DURATION ? '?' : `${formatDuration(at.durationSec, at.durationNsec)}s`;
  return (
    `  port ${formatPort(port, names)} queue ${queue}: ` +
    `bytes=${count(txBytes)}, pkts=${count(txPackets)}, errors=${count(txErrors)}, duration=${duration}\n`
  );
}

/** Tenths of a per cent of the port's speed. */
const LARGEST_RATE = 1000;
const NO_RATE = 0xffff;

function formatRate(name: string, rate: number | undefined): string {
  if (rate === undefined || rate === NO_RATE) return '';
  return rate > LARGEST_RATE ? ` ${name}:(disabled)` : ` ${name}:${Math.floor(rate / 10)}.${rate % 10}%`;
}

const formatDesc = ({ queue, minRate, maxRate }: QueueDesc): string =>
  `queue ${queue}:${formatRate('min_rate', minRate)}${formatRate('max_rate', maxRate)}\n`;

/** Before 1.4 the message says a port, since then each queue does; it stands where it changes. In the order of ports and queues. */
function formatDescs({ body, version }: MessageOf<'queue_desc_reply'>, { names }: MessagePrintOptions): string {
  const queues = version < OF14 ? body.queues.map((desc) => ({ ...desc, port: body.port })) : body.queues;
  let text = ' ';
  let last: number | null = null;
  for (const desc of queues.toSorted((a, b) => a.port - b.port || a.queue - b.queue)) {
    const { port } = desc;
    if (port !== last) text += `port=${formatPort(port, names)}\n`;
    text += formatDesc(desc);
    last = port;
  }
  return text;
}

export const QUEUE_BODIES: { [N in QueueName]: BodyPrinter<N> } = {
  queue_stats_request: ({ body }, { names }) =>
    ` port=${formatPort(body.port, names)} queue=${body.queue === ALL_QUEUES ? 'ALL' : body.queue}\n`,
  queue_stats_reply: ({ body }, { names }) =>
    ` ${body.queues.length} queues\n${body.queues.map((stats) => formatStats(stats, names)).join('')}`,
  queue_desc_request: ({ body }, { names }) =>
    ` port=${formatPort(body.port, names)}${body.queue === ALL_QUEUES ? '' : ` queue=${body.queue}`}\n`,
  queue_desc_reply: formatDescs,
};
