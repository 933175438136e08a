/** The whole path of a packet through the datapath without a port's own cost: extraction, caches, program, output queue. */
import { ProgramBuilder } from '../../datapath/actions/program.js';
import { CT_ACTION_WORDS } from '../../datapath/conntrack/record/ct-action.js';
import { Datapath } from '../../datapath/dp/datapath.js';
import {
  DP_WORDS,
  W_CT_STATE_ZONE,
  W_IN_PORT,
  W_NW_DST,
  W_NW_SRC,
  W_RECIRC_ID,
  W_TP,
  W_TYPE_PROTO_FRAG,
} from '../../datapath/keys/layout.js';
import { tcpFrame, tupleOf, udpFrame } from '../helpers/frames.js';
import { RepeatPort } from '../helpers/repeat-port.js';
import { type BenchResult, measure, runIfMain } from './measure.js';

const PACKETS_A_ROUND = 3200;

/** A mask over the words given; every flow names port and recirculation. */
function maskOver(...words: number[]): Int32Array {
  const mask = new Int32Array(DP_WORDS);
  for (const word of [W_RECIRC_ID, W_IN_PORT, W_TYPE_PROTO_FRAG, ...words]) mask[word] = -1;
  return mask;
}

const toPort2 = new ProgramBuilder().output(2).build();

/** A datapath between two ports whose misses all get the same program and mask, per recirculation id. */
function switchWith(port: RepeatPort, plan: (recircId: number) => { mask: Int32Array; program: Int32Array }): Datapath {
  const datapath = new Datapath({ name: 'bench' });
  datapath.addPort(port);
  datapath.addPort(new RepeatPort('sink', []));
  datapath.setUpcall((packet, keys, at, now) => {
    const { mask, program } = plan(packet.recircId);
    datapath.installFlow({ key: keys.slice(at, at + DP_WORDS), mask, program }, now);
    return { program };
  });
  return datapath;
}

function forwarding(name: string, frames: Uint8Array[], mask: Int32Array): BenchResult {
  const port = new RepeatPort('source', frames);
  const datapath = switchWith(port, () => ({ mask, program: toPort2 }));
  return measureForwarding(name, datapath, port);
}

function tracking(name: string, frames: Uint8Array[]): BenchResult {
  const port = new RepeatPort('source', frames);
  const ct = new ProgramBuilder().ct(new Int32Array(CT_ACTION_WORDS)).recirc(1).build();
  const mask = maskOver(W_CT_STATE_ZONE);
  const datapath = switchWith(port, (recircId) => ({ mask, program: recircId === 0 ? ct : toPort2 }));
  return measureForwarding(name, datapath, port);
}

function measureForwarding(name: string, datapath: Datapath, port: RepeatPort): BenchResult {
  let now = 1000;
  return measure(name, PACKETS_A_ROUND, () => {
    port.budget = PACKETS_A_ROUND;
    now++;
    while (datapath.poll(now) > 0);
  });
}

const udp = (count: number): Uint8Array[] => Array.from({ length: count }, (_, i) => udpFrame(tupleOf(i)));
const ACK = 0x10;
const tcp = (count: number): Uint8Array[] => Array.from({ length: count }, (_, i) => tcpFrame(tupleOf(i), ACK));

export function run(): BenchResult[] {
  const fiveTuple = maskOver(W_NW_SRC, W_NW_DST, W_TP);
  return [
    forwarding('forward by port, 100 tuples', udp(100), maskOver()),
    forwarding('forward by port, 100 000 tuples', udp(100_000), maskOver()),
    forwarding('forward by five-tuple, 100 flows', udp(100), fiveTuple),
    forwarding('forward by five-tuple, 10 000 flows', udp(10_000), fiveTuple),
    forwarding('forward by five-tuple, 100 000 flows', udp(100_000), fiveTuple),
    tracking('ct, recirculate, forward; 100 untracked TCP tuples', tcp(100)),
  ];
}

runIfMain(import.meta.url, run);
