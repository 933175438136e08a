/** What a cached flow takes in memory, with all that hangs on it. Needs --expose-gc. */
import { store32 } from '../../datapath/base/bytes.js';
import { SeededRng } from '../../datapath/base/rng.js';
import { HostileFrames, PIPELINE } from '../helpers/hostile-frames.js';
import { frame, VirtualSwitch } from '../helpers/virtual-switch.js';

export interface FlowMemory {
  name: string;
  flows: number;
  masks: number;
  bytesEach: number;
}

const FRAME = frame('udp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_src=1,tp_dst=2');
const BURST = 100;

interface Kind {
  name: string;
  flows: string;
  change: (bytes: Uint8Array, n: number) => void;
}

export const FLOW_KINDS: readonly Kind[] = [
  {
    name: 'by address, one mask',
    flows: 'ip,actions=move:NXM_OF_IP_SRC[]->NXM_NX_REG0[],3',
    change: (bytes, n) => store32(bytes, 26, 0x80000000 ^ Math.imul(n, 0x9e3779b1)),
  },
  { name: 'a station each, normal', flows: 'actions=normal', change: (bytes, n) => store32(bytes, 8, n) },
  {
    name: 'a mask each',
    flows:
      'priority=3,udp,nw_src=10.0.0.1,actions=2\npriority=2,udp,tp_src=12345,actions=2\npriority=1,udp,tp_dst=443,actions=2',
    change: (bytes, n) => {
      store32(bytes, 26, 0x0a000001 ^ (1 << (n & 31)));
      store32(bytes, 34, (12345 << 16) ^ 443 ^ (0x10000 << ((n >> 5) & 15)) ^ (1 << ((n >> 9) & 15)));
    },
  },
];

function bytesUsed(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

export function measureFlowMemory({ name, flows, change }: Kind, count: number): FlowMemory {
  const sw = new VirtualSwitch(3, flows);
  const before = bytesUsed();
  for (let n = 0; n < count; n += BURST) {
    for (let i = 0; i < BURST; i++) {
      const bytes = FRAME.slice();
      change(bytes, n + i);
      sw.port('p1').inject(bytes);
    }
    sw.settle();
    sw.takeSent();
  }
  const bytes = bytesUsed() - before;
  // Asked last, so that the switch is alive while it is measured.
  const { flowCount, maskCount } = sw.datapath;
  return { name, flows: flowCount, masks: maskCount, bytesEach: bytes / flowCount };
}

export interface HostileMemory {
  flows: number;
  bytesEach: number;
  /** When the last flow and the last connection have been forgotten: what tables and pools have grown to. */
  bytesLeft: number;
}

const HOUR_MS = 3_600_000;

/** What frames of all kinds, cut and changed, take in a switch that does everything with them, connections included. Needs --expose-gc. */
export function measureHostileMemory(count: number): HostileMemory {
  const rng = new SeededRng(1);
  const frames = new HostileFrames(rng);
  const sw = new VirtualSwitch(3, PIPELINE);
  const before = bytesUsed();
  for (let n = 0; n < count; n += BURST) {
    sw.send(`p${1 + rng.below(3)}`, ...Array.from({ length: BURST }, () => frames.next()));
    sw.takeSent();
  }
  const full = bytesUsed();
  const flows = sw.datapath.flowCount;
  // Established connections live longest: for five days.
  for (let hours = 0; hours < 130; hours++) sw.advance(HOUR_MS);
  const after = bytesUsed();
  if (sw.datapath.flowCount + sw.datapath.conntrack.count > 0) throw new Error('something is remembered for ever');
  return { flows, bytesEach: (full - before) / flows, bytesLeft: after - before };
}
