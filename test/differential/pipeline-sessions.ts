/**
 * Sessions about the way through the tables: conversations whose packets meet ct in many places, come from ports and from a
 * controller, while bundles change the flows.
 */
import { type Rng, SeededRng } from '../../datapath/base/rng.js';
import { pipelineProgram } from './pipeline-programs.js';
import type { Session } from './session.js';
import { actOut } from './stage.js';
import { DatagramTalk, EchoTalk, Ends, pick, type Say, type SegmentSay, type Talk, TcpTalk } from './talks.js';
import { describe, frameOfSegment } from './wire.js';

export async function throughTablesSession(seed: number, conversations: number): Promise<Session> {
  const rng = new SeededRng(seed);
  const { flows, groups } = pipelineProgram(rng);
  const talks: Talk[] = Array.from({ length: conversations }, (_, i) => new MixedTalk(rng, plainTalk(rng, i), i));
  const steps = await actOut(rng, { flows, groups, pauses: [1, 900, 5000, 30_001, 60_001] }, talks);
  return { name: 'through tables', seed, flows, groups, steps, pace: 'singly', isUnordered: true };
}

function plainTalk(rng: Rng, n: number): Talk<SegmentSay> {
  const isV6 = rng.below(4) === 0;
  const client = { address: isV6 ? `fc00::${1 + (n % 3)}` : `10.0.0.${1 + (n % 3)}`, port: 2000 + n };
  const server = { address: isV6 ? 'fc00:1::1' : '10.0.1.1', port: pick(rng, [80, 53]) };
  const ends = new Ends([1, 2], client, server);
  const kind = rng.below(4);
  if (kind < 2) return new TcpTalk(rng, ends, false);
  return kind === 2 ? new EchoTalk(rng, ends) : new DatagramTalk(rng, ends, 'udp');
}

/** Some of what is said comes in packet-outs and bundles instead. */
class MixedTalk implements Talk {
  private said = 0;

  constructor(
    private readonly rng: Rng,
    private readonly plain: Talk<SegmentSay>,
    private readonly number: number,
  ) {}

  next(): Say | null {
    const say = this.plain.next();
    if (say === null || this.rng.below(12) > 0) return say;
    const frame = frameOfSegment(say.segment, (this.number << 6) | this.said++);
    const out = `in_port=${say.port} packet=${Buffer.from(frame).toString('hex')} actions=${pick(this.rng, OUT_ACTIONS)}`;
    const text = describe(say.segment);
    if (this.rng.below(2) === 0) return { order: { kind: 'packet-out', text: out }, text: `${text}, ${out}` };
    const zone = 1 + this.rng.below(3);
    const lines = [
      `flow add table=1,priority=${100 + this.rng.below(3)},ip,ct_zone=${zone},nw_src=10.0.0.${1 + this.rng.below(3)},actions=${pick(this.rng, FLOW_ACTIONS)}`,
      `packet-out ${out}`,
    ];
    return { order: { kind: 'bundle', lines }, text: `${text}, ${lines.join('; ')}` };
  }

  heard(port: number, frame: Uint8Array): void {
    this.plain.heard(port, frame);
  }
}

const OUT_ACTIONS = [
  'resubmit(,0)',
  'table',
  'ct(zone=1,table=1)',
  'ct(commit,zone=2,exec(set_field:0x5->ct_mark),table=2)',
  'ct(commit,zone=1),3',
  'ct(commit,force,zone=3,table=9)',
  'ct(commit,zone=2),ct(zone=1,table=1)',
];
const FLOW_ACTIONS = [
  'resubmit(,9)',
  'ct(commit,zone=2,table=3)',
  'ct_clear,resubmit(,2)',
  'ct(commit,force,zone=1,table=2)',
];
