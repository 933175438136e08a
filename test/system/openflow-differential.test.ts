/**
 * Odd bytes for both: our daemon and a real Open vSwitch must refuse the same messages with the same errors, take the same, and say
 * the same of the flows and groups that they then have. FUZZ_SEED and FUZZ_COUNT ask for other messages, and for more.
 */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { OfVersion } from '../../src/openflow/message-types.js';
import { BothSwitches } from '../helpers/both-switches.js';
import { OddOpenFlow } from '../helpers/odd-openflow.js';
import { WirePeer } from '../helpers/wire-peer.js';

const SEED = Number(process.env.FUZZ_SEED ?? 20261121);
const COUNT = Number(process.env.FUZZ_COUNT ?? 160);
/** Messages between two looks at the tables. */
const ROUND = 20;
const ERROR = 1;

/** How often a packet may go round differs between versions of Open vSwitch; bytes that ovs-ofctl cannot read have times in them. */
const COUNTERS = /n_(packets|bytes)=\d+/g;
/** Without its own match Open vSwitch keeps mod_tp_src as it came; here it is written by what the flow matches. */
const PORT_SETTERS = /mod_tp_(src|dst):(\d+)|set_field:(\d+)->(?:tcp|udp|sctp)_(src|dst)/g;
const HEX_DUMP = /^[0-9a-f]{8} {2}.*$/gm;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** An error as its code and what it quotes; all else as it is. */
const shown = (bytes: Uint8Array): string =>
  bytes[1] === ERROR ? `error ${hex(bytes.subarray(8, 12))} about ${hex(bytes.subarray(12))}` : hex(bytes);

class Pair {
  private constructor(
    readonly both: BothSwitches,
    private readonly ours: WirePeer,
    private readonly real: WirePeer,
  ) {}

  static async start(version: OfVersion): Promise<Pair> {
    const both = await BothSwitches.start(['p1', 'p2', 'p3']);
    const [ours, real] = await Promise.all(
      [both.ours.folder, both.real.folder].map((folder) => WirePeer.at(join(folder, 'br0.mgmt'), version)),
    );
    return new Pair(both, ours!, real!);
  }

  /** Sends to both and compares the answers; false if Open vSwitch did not survive. */
  async isAlive(messages: readonly Uint8Array[]): Promise<boolean> {
    const ours = await this.ours.exchange(messages);
    const real = await this.real.exchange(messages).catch(() => null);
    if (real === null) return false;
    expect(ours.map(shown), messages.map(hex).join('\n')).toEqual(real.map(shown));
    return true;
  }

  /** In the words of several versions. Then all is forgotten. */
  compareTables(): void {
    for (const version of ['OpenFlow10', 'OpenFlow11', 'OpenFlow13', 'OpenFlow15']) {
      this.compare('-O', version, 'dump-flows', 'br0');
      if (version !== 'OpenFlow10') this.compare('-O', version, 'dump-groups', 'br0');
    }
    this.both.ask('ovs-ofctl', ['-O', 'OpenFlow13', 'del-flows', 'br0']);
    this.both.ask('ovs-ofctl', ['-O', 'OpenFlow13', 'del-groups', 'br0']);
  }

  private compare(...words: string[]): void {
    const [ours, real] = this.both
      .ask('ovs-ofctl', words)
      .map(({ out }) =>
        out.replace(COUNTERS, 'n_$1=N').replace(HEX_DUMP, '').replace(PORT_SETTERS, 'set $1$4 $2$3').split('\n').sort(),
      );
    expect(ours, words.join(' ')).toEqual(real);
  }

  async stop(): Promise<void> {
    this.ours.close();
    this.real.close();
    await this.both.stop();
  }
}

test.each([1, 2, 3, 4, 5, 6] as const)('odd messages, version %s', async (version) => {
  const odd = new OddOpenFlow(SEED + version, version);
  let pair = await Pair.start(version);
  try {
    for (let i = 1; i <= COUNT; i++) {
      if (!(await pair.isAlive(odd.next()))) {
        await pair.stop();
        pair = await Pair.start(version);
      } else if (i % ROUND === 0) pair.compareTables();
    }
  } finally {
    await pair.stop();
  }
});
