/** Our switch in this process, as one side of the comparison. */
import { setVlanLimit } from '../../datapath/flow/extract-l2.js';
import { formatConnection } from '../../src/text/conntrack.js';
import { VirtualSwitch } from '../helpers/virtual-switch.js';
import { type Burst, countersOf, type Final, type Left, nothingLeft, PORTS } from './side.js';

/** As the daemon has it, and Open vSwitch unless told otherwise. */
const VLAN_LIMIT = 1;

export class OwnSide {
  readonly vs: VirtualSwitch;

  constructor(flows: string) {
    setVlanLimit(VLAN_LIMIT);
    this.vs = new VirtualSwitch(PORTS.length, flows);
  }

  /** All frames of the burst, one at a time; what left after each. */
  play(burst: Burst): Left[] {
    if (burst.advanceMs > 0) this.vs.advance(burst.advanceMs);
    return burst.frames.map((frame) => this.send(burst.port, frame));
  }

  send(port: number, frame: Uint8Array): Left {
    this.vs.send(`p${port}`, frame);
    const left = nothingLeft();
    const sent = this.vs.takeSent();
    PORTS.forEach((number, i) => {
      for (const out of sent[`p${number}`] ?? []) left[i].push(Buffer.from(out).toString('hex'));
    });
    return left;
  }

  final(): Final {
    const { conntrack } = this.vs.backer.datapath;
    const entries = [...conntrack.dump({}, this.vs.now)];
    return {
      counters: countersOf(this.vs.dumpFlows()),
      connections: entries.map((entry) => formatConnection(entry, { verbose: true, statistics: true })),
    };
  }
}
