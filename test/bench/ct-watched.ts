/**
 * The price of being watched: the same packets of known connections through one tracker, in turns with and without somebody who
 * looks on. Each turn is compared with the one just before it, so what else the machine does drops out; printed is the median
 * of these ratios, and between which values the middle half of them lies.
 *
 * What happened lately is remembered always, for `ctswitch ct explain`. A packet that is well pays two comparisons for that, and
 * nothing more when there is much to remember; one that is invalid pays for being remembered. The first row compares nobody with
 * nobody: what it shows beside 1 is the bench's own error.
 */

import { pathToFileURL } from 'node:url';
import { CT_ACTION_WORDS, CT_COMMIT, CT_FLAGS } from '../../datapath/conntrack/record/ct-action.js';
import type { PacketBatch } from '../../datapath/packet/batch.js';
import { clearConntrack } from '../../datapath/packet/packet.js';
import { Commands } from '../helpers/commands.js';
import { tcpFrame, tupleOf } from '../helpers/frames.js';
import { VirtualSwitch } from '../helpers/virtual-switch.js';
import { fastest } from './measure.js';
import { batchesOf } from './packets.js';

const ACK = 0x10;
const SYN_ACK = 0x12;
const NOW = 1_000_000;
/** Packets in a turn, and turns of each kind. */
const REPEATS = 20;
const TURNS = 400;

class Watched {
  private readonly sw = new VirtualSwitch(1);
  private readonly commands = new Commands(this.sw);
  private readonly tracker = this.sw.datapath.conntrack;
  private readonly look = new Int32Array(CT_ACTION_WORDS);
  private readonly known = batchesOf(Array.from({ length: 32 }, (_, n) => tcpFrame(tupleOf(n), ACK)));
  private readonly invalid = batchesOf(Array.from({ length: 32 }, (_, n) => tcpFrame(tupleOf(100 + n), SYN_ACK)));
  private watcher = 0;

  constructor() {
    const commit = new Int32Array(CT_ACTION_WORDS);
    commit[CT_FLAGS] = CT_COMMIT;
    for (const batch of this.known) this.tracker.execute(batch, commit, 0, NOW);
  }

  /** Milliseconds of a turn of packets that are well. */
  readonly wellMs = (): number => fastest(() => this.track(this.known), 0);
  readonly invalidMs = (): number => fastest(() => this.track(this.invalid), 0);

  private track(batches: readonly PacketBatch[]): void {
    for (let n = 0; n < REPEATS; n++) {
      for (const batch of batches) {
        for (let i = 0; i < batch.count; i++) clearConntrack(batch.packets[i]);
        this.tracker.execute(batch, this.look, 0, NOW);
      }
    }
  }

  readonly forget = (): void => this.tracker.history.forget();
  readonly fillHistory = (): void => this.track(this.invalid);

  readonly open = async (): Promise<void> => {
    this.watcher = (await this.commands.ask<{ watcher: number }>('ct-watch', {})).watcher;
  };
  readonly close = async (): Promise<void> => {
    await this.commands.ask('ct-watch-close', { watcher: this.watcher });
  };
}

interface Turns {
  name: string;
  before: () => void | Promise<void>;
  after: () => void | Promise<void>;
}

async function compare(watched: Watched, { name, before, after }: Turns): Promise<string> {
  const ratios: number[] = [];
  for (let turn = -TURNS / 4; turn < TURNS; turn++) {
    const alone = watched.wellMs();
    await before();
    const looked = watched.wellMs();
    await after();
    if (turn >= 0) ratios.push(looked / alone);
  }
  ratios.sort((a, b) => a - b);
  const at = (share: number): string => ratios[Math.floor(share * (TURNS - 1))].toFixed(3);
  return `${name.padEnd(60)} ${at(0.5)} x (${at(0.25)} to ${at(0.75)})`;
}

/** Ready to be printed. */
export async function run(): Promise<string[]> {
  const watched = new Watched();
  const nothing = (): void => {};
  const rows: string[] = [
    await compare(watched, { name: 'nobody looks on, nothing is remembered', before: nothing, after: nothing }),
    await compare(watched, {
      name: '256 invalid packets are remembered',
      before: watched.fillHistory,
      after: watched.forget,
    }),
    await compare(watched, { name: 'ctswitch ct watch', before: watched.open, after: watched.close }),
  ];
  const perPacket = (watched.invalidMs() * 1e6) / (REPEATS * 32);
  return [...rows, `an invalid packet, judged and remembered: ${perPacket.toFixed(0)} ns`];
}

if (process.argv[1] !== undefined && pathToFileURL(process.argv[1]).href === import.meta.url) {
  for (const line of await run()) console.log(line);
}
