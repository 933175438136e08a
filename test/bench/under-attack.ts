/**
 * What a packet of an attack costs beside a flow that uses all the time there is: 20 000 of them for each second of processor time,
 * whatever else the machine does. With 5000 ns each the flow keeps nine tenths of its rate, with 25 000 half.
 */
import type { Port } from '../../datapath/ports/port.js';
import type { PortDescription } from '../../datapath/ports/port-types.js';
import { InProcessDpif } from '../../src/dpif/in-process.js';
import { tupleOf, udpFrame } from '../helpers/frames.js';
import { RepeatPort } from '../helpers/repeat-port.js';
import { VirtualSwitch } from '../helpers/virtual-switch.js';
import { ACCESS_FLOWS, ATTACK_FRAME, ATTACKS, type AttackKind, STATION_FLOWS } from './attacks.js';
import { type BenchResult, runIfMain } from './measure.js';

const PER_MS = 20;
const WARM_UP_MS = 1000;
const RUN_MS = 1500;
/** Packets of the victim a turn, and the time that the kernel takes for them in a real switch (ports.ts): nothing is done in it here. */
const VICTIMS = 128;
const KERNEL_MS = VICTIMS * 0.0015;
const FRAMES = 1 << 17;

/** Processor time of this process, ms. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function attackFrames(kind: AttackKind): Uint8Array[] {
  return Array.from({ length: FRAMES }, () => {
    const frame = ATTACK_FRAME.slice();
    ATTACKS[kind](frame, 0);
    return frame;
  });
}

class Field {
  readonly sw: VirtualSwitch;
  private readonly victim = new RepeatPort('victim', [udpFrame(tupleOf(0))]);
  private readonly attacker: RepeatPort;

  constructor(flows: readonly string[], kind: AttackKind, isLimited: boolean) {
    this.attacker = new RepeatPort('attacker', attackFrames(kind));
    const ports = [this.victim, this.attacker, new RepeatPort('sink', [])];
    const open = ({ name }: PortDescription): Port => ports.find((port) => port.name === name)!;
    this.sw = new VirtualSwitch(0, '', (datapath) => new InProcessDpif(datapath, open));
    const { bridge, datapath } = this.sw;
    for (const [i, { name }] of ports.entries())
      bridge.addPort({ name, type: 'dummy', options: {} }, { ofport: [1, 3, 2][i] }, 0);
    this.sw.addFlows(flows.join('\n'));
    if (isLimited) datapath.limitMisses(cpuMs);
  }

  /** Runs for so much processor time; how many packets of both were taken, and the time it was. */
  run(forMs: number, perMs: number): { victims: number; attacks: number; ms: number } {
    const { backer, clock, datapath } = this.sw;
    const start = cpuMs();
    let attacks = 0;
    let victims = 0;
    let ms = 0;
    while (ms < forMs) {
      ms = cpuMs() - start;
      const due = Math.floor(ms * perMs) - attacks;
      this.attacker.budget = due;
      attacks += due;
      this.victim.budget = VICTIMS;
      victims += VICTIMS;
      datapath.poll(Math.floor(clock.now()));
      for (const until = cpuMs() + KERNEL_MS; cpuMs() < until; );
      clock.advance(Math.max(0, start + ms - clock.now()));
      backer.tick(Math.floor(clock.now()));
    }
    return { victims, attacks, ms };
  }
}

function attacked(name: string, flows: readonly string[], kind: AttackKind, isLimited: boolean): BenchResult {
  const field = new Field(flows, kind, isLimited);
  field.run(WARM_UP_MS, 0);
  const alone = field.run(RUN_MS, 0);
  field.run(WARM_UP_MS, PER_MS);
  const beside = field.run(RUN_MS, PER_MS);
  const spent = beside.ms - (beside.victims * alone.ms) / alone.victims;
  return { name, nsPerOp: (spent * 1e6) / beside.attacks };
}

export const run = (): BenchResult[] => [
  attacked('a packet that makes a mask, misses limited', ACCESS_FLOWS, 'masks', true),
  attacked('a packet that makes a mask, misses not limited', ACCESS_FLOWS, 'masks', false),
  attacked('a packet of a new station, misses limited', STATION_FLOWS, 'stations', true),
  attacked('a packet of a new station, misses not limited', STATION_FLOWS, 'stations', false),
];

runIfMain(import.meta.url, run);
