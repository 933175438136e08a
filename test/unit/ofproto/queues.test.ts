/** Queues as Open vSwitch answers for them: lists of ports with and without queues, and the errors about single ones. */
import { describe, expect, test } from 'vitest';
import { OFPP } from '../../../src/openflow/action-types.js';
import { ALL_QUEUES } from '../../../src/openflow/body/queue.js';
import type { ErrorName } from '../../../src/openflow/errors.js';
import { portDesc } from '../../helpers/quiet-datapath.js';
import { FlowTable } from './flow-table.js';

/** Port 1 is of a kind with queue 0, port 2 of one without queues; the local port is like port 1. */
function switchWithQueues(): FlowTable {
  const flows = new FlowTable();
  for (const port of [1, 2, OFPP.LOCAL]) flows.ofproto.ports.add(portDesc(port, `p${port}`), 0);
  flows.below.queues = (port) => (port === 2 ? null : [0]);
  return flows;
}

type Row = readonly [port: number, queue: number, stats: string, desc: string];
const ALL = `${OFPP.LOCAL}:0 1:0`;
const ROWS: readonly Row[] = [
  [OFPP.NONE, ALL_QUEUES, ALL, ALL],
  [OFPP.NONE, 0, ALL, ALL],
  [OFPP.NONE, 3, 'OFPQOFC_BAD_QUEUE', 'OFPQOFC_BAD_QUEUE'],
  [1, ALL_QUEUES, '1:0', '1:0'],
  [1, 0, '1:0', '1:0'],
  [1, 3, 'OFPQOFC_BAD_QUEUE', 'OFPQOFC_BAD_QUEUE'],
  [2, ALL_QUEUES, '', ''],
  [2, 0, 'OFPQOFC_BAD_QUEUE', 'NXQOFC_QUEUE_ERROR'],
  [9, ALL_QUEUES, 'OFPQOFC_BAD_PORT', 'OFPQOFC_BAD_PORT'],
  [OFPP.ALL, 0, 'OFPQOFC_BAD_PORT', 'OFPQOFC_BAD_PORT'],
  [OFPP.LOCAL, ALL_QUEUES, `${OFPP.LOCAL}:0`, `${OFPP.LOCAL}:0`],
];

function ask(name: 'queue_stats_request' | 'queue_desc_request', port: number, queue: number): ErrorName | string {
  const flows = switchWithQueues();
  const answer = flows.ask(flows.connect(6), name, { port, queue });
  if (typeof answer === 'string') return answer;
  return answer
    .flatMap(({ body }) => (body as { queues: { port: number; queue: number }[] }).queues)
    .map((each) => `${each.port}:${each.queue}`)
    .join(' ');
}

describe.each(ROWS)('port %i, queue %i', (port, queue, stats, desc) => {
  test('statistics', () => expect(ask('queue_stats_request', port, queue)).toBe(stats));
  test('description', () => expect(ask('queue_desc_request', port, queue)).toBe(desc));
});

test('without any queue a list of all is empty, and one queue of all is none', () => {
  const flows = switchWithQueues();
  flows.below.queues = () => null;
  const peer = flows.connect(4);
  const all = { port: OFPP.NONE, queue: ALL_QUEUES };
  expect(flows.ask(peer, 'queue_stats_request', all)).toMatchObject([{ body: { queues: [] } }]);
  expect(flows.ask(peer, 'queue_desc_request', all)).toMatchObject([{ body: { port: OFPP.NONE, queues: [] } }]);
  expect(flows.ask(peer, 'queue_stats_request', { ...all, queue: 0 })).toBe('OFPQOFC_BAD_QUEUE');
});
