/** The tutorial's conversation: one TCP connection from 192.168.0.2:1024 (left) to 10.0.0.2:2048 (right), segment by segment. */
import type { Direction } from '../../../lab/segment.js';
import { conntrackTutorial, type LabHost } from '../../../lab/topology.js';

export interface Turn {
  /** What it is, in words. */
  name: string;
  from: 'left' | 'right';
  /** As `parseSegment` reads it. */
  segment: string;
  /** Numbers of the flows that it must hit, as the file numbers them from 1. */
  hits: readonly number[];
  /** State of the connection afterwards. */
  state: string;
}

export const CONVERSATION: readonly Turn[] = [
  { name: 'SYN', from: 'left', segment: 'S 100', hits: [1, 2], state: 'SYN_SENT' },
  { name: 'SYN-ACK', from: 'right', segment: 'SA 200,101', hits: [3, 4], state: 'ESTABLISHED' },
  { name: 'ACK', from: 'left', segment: 'A 101,201', hits: [1, 5], state: 'ESTABLISHED' },
  { name: 'data', from: 'left', segment: 'A 101,201 "X"', hits: [1, 5], state: 'ESTABLISHED' },
  { name: 'ACK of the data', from: 'right', segment: 'A 201,102', hits: [3, 4], state: 'ESTABLISHED' },
  { name: 'FIN', from: 'left', segment: 'FA 102,201', hits: [1, 5], state: 'FIN_WAIT_1' },
  { name: 'FIN-ACK', from: 'right', segment: 'FA 201,103', hits: [3, 4], state: 'LAST_ACK' },
  { name: 'last ACK', from: 'left', segment: 'A 103,202', hits: [1, 5], state: 'TIME_WAIT' },
];

const [LEFT, RIGHT] = conntrackTutorial.hosts;
/** Each host is the other's only neighbour, so that is where its address stands. */
const LEFT_END = { address: RIGHT.neighbours[0].address, port: 1024 };
const RIGHT_END = { address: LEFT.neighbours[0].address, port: 2048 };

/** Who a host talks to, and from where. */
export function directionFrom(host: Pick<LabHost, 'name'>): Direction {
  const [own, other] = host.name === LEFT.name ? [LEFT_END, RIGHT_END] : [RIGHT_END, LEFT_END];
  return { src: own.address, dst: other.address, srcPort: own.port, dstPort: other.port };
}
