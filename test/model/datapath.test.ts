/**
 * Random programs on random packets: whatever they do, no packet is lost or invented, no memory leaks, and frames that were
 * sent look as they did when they were sent. The dumb model interprets the program packet by packet, copying everything.
 */
import { expect, test } from 'vitest';
import { type DpAction, ProgramBuilder, readProgram } from '../../datapath/actions/program.js';
import { SeededRng } from '../../datapath/base/rng.js';
import { Datapath } from '../../datapath/dp/datapath.js';
import { MAX_RECIRCULATIONS } from '../../datapath/dp/egress.js';
import { DP_WORDS, W_DL, W_IN_PORT, W_RECIRC_ID } from '../../datapath/keys/layout.js';
import { DummyPort } from '../../datapath/ports/dummy.js';
import { tupleOf, udpFrame } from '../helpers/frames.js';

const seed = 20261121;
const PORTS = 3;
const RECIRCULATIONS = 4;
/** A packet is recirculated to a higher id only, except by the one program that never ends. */
const ROUNDS = 150;

const rng = new SeededRng(seed);

function randomProgram(level: number, recircId: number): ProgramBuilder {
  const builder = new ProgramBuilder();
  for (let i = rng.below(5); i > 0; i--) addRandomAction(builder, level, recircId);
  return builder;
}

function addRandomAction(builder: ProgramBuilder, level: number, recircId: number): void {
  const key = new Int32Array(DP_WORDS);
  const mask = new Int32Array(DP_WORDS);
  key[W_DL + 2] = rng.next();
  mask[W_DL + 2] = rng.next();
  switch (rng.below(9)) {
    case 0:
      return void builder.pushVlan(0x8100, 0x1000 | rng.below(4096));
    case 1:
      return void builder.popVlan();
    case 2:
      return void builder.set('ethernet', key, 0, mask);
    case 3:
      return void (recircId < RECIRCULATIONS && builder.recirc(recircId + 1 + rng.below(RECIRCULATIONS - recircId)));
    case 4:
      return void (level < 3 && builder.clone((nested) => addRandomAction(nested, level + 1, recircId)));
    case 5:
      return void builder.drop(1);
    case 6:
      return void builder.truncate(14 + rng.below(100)).output(1 + rng.below(PORTS));
    default:
      return void builder.output(1 + rng.below(PORTS + 1));
  }
}

/** What leaves each port, as sorted hex, for a frame that enters with this recirculation id. */
class Model {
  readonly sent: string[] = [];

  constructor(private readonly programs: readonly DpAction[][]) {}

  receive(frame: number[], recircId: number, depth: number): void {
    if (depth <= MAX_RECIRCULATIONS) this.run(frame, this.programs[recircId], depth);
  }

  private run(frame: number[], actions: readonly DpAction[], depth: number): void {
    let cut = Number.POSITIVE_INFINITY;
    for (const action of actions) {
      if (action.op === 'output') {
        if (action.port <= PORTS) this.sent.push(`${action.port} ${hex(frame.slice(0, cut))}`);
        cut = Number.POSITIVE_INFINITY;
      } else if (action.op === 'truncate') cut = action.size;
      else if (action.op === 'recirc') this.receive([...frame], action.id, depth + 1);
      else if (action.op === 'clone') this.run([...frame], action.actions, depth);
      else edit(frame, action);
    }
  }
}

function edit(frame: number[], action: DpAction): void {
  if (action.op === 'pushVlan')
    frame.splice(12, 0, action.tpid >> 8, action.tpid & 255, (action.tci >> 8) & 15, action.tci & 255);
  else if (action.op === 'popVlan' && frame[12] === 0x81 && frame[13] === 0) frame.splice(12, 4);
  else if (action.op === 'set') {
    for (let i = 0; i < 4; i++) {
      const shift = 24 - 8 * i;
      const mask = (action.mask[W_DL + 2] >>> shift) & 255;
      frame[8 + i] = (frame[8 + i] & ~mask) | ((action.key[W_DL + 2] >>> shift) & mask);
    }
  }
}

const hex = (bytes: readonly number[]): string => Buffer.from(bytes).toString('hex');

test(`random_programs_do_what_the_model_does seed ${seed}`, () => {
  for (let round = 0; round < ROUNDS; round++) {
    const programs = Array.from({ length: RECIRCULATIONS + 1 }, (_, id) => randomProgram(0, id).build());
    const model = new Model(programs.map(readProgram));
    const datapath = new Datapath({ name: 'test' });
    const ports = Array.from({ length: PORTS }, (_, i) => new DummyPort(`p${i + 1}`));
    for (const port of ports) datapath.addPort(port);
    const mask = new Int32Array(DP_WORDS);
    mask[W_RECIRC_ID] = mask[W_IN_PORT] = -1;
    datapath.setUpcall((packet, keys, at, now) => {
      const program = programs[packet.recircId];
      datapath.installFlow({ key: keys.slice(at, at + DP_WORDS), mask, program }, now);
      return { program };
    });
    for (let i = rng.below(50); i >= 0; i--) {
      const frame = udpFrame(tupleOf(rng.below(1000)), 60 + rng.below(60));
      ports[0].inject(frame);
      model.receive([...frame], 0, 0);
    }
    while (datapath.poll(round) > 0);
    const sent = ports.flatMap((port, i) => port.takeSent().map((frame) => `${i + 1} ${hex([...frame])}`));
    expect(sent.sort()).toEqual(model.sent.sort());
    expect(datapath.stats.inFlight).toBe(0);
    expect(datapath.pool.live).toBe(0);
  }
});
