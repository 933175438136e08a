/**
 * Our daemon and a real Open vSwitch side by side, with the same bridge and ports; both are asked the same with the same real
 * tools, and their answers are compared once what has to differ is blotted out.
 */
import { expect } from 'vitest';
import { Daemon } from './daemon.js';
import { RealOvs } from './real-ovs.js';
import { type ToolResult, tool } from './tool.js';

/** What two switches cannot have in common. */
const DIFFERENCES: readonly [RegExp, string][] = [
  [/\(xid=0x[0-9a-f]+\)/g, '(xid)'],
  [/(duration|idle_age|hard_age)=[\d.]+s?/g, '$1=T'],
  [/duration_(n?sec)=\d+/g, 'duration_$1=T'],
  [/dpid:[0-9a-f]{16}/g, 'dpid:D'],
  [/addr:[0-9a-f:]{17}/g, 'addr:M'],
  [/time=[\d.]+ ms/g, 'time=T ms'],
  // Counters that a dummy port of Open vSwitch does not have, and those that only it has.
  [/\b(drop|errs|frame|over|crc|coll)=[\d?]+/g, '$1=N'],
  [/^ +CUSTOM Statistics\n(?: +\w+=.*\n)+/gm, ''],
];

export class BothSwitches {
  private constructor(
    readonly ours: Daemon,
    readonly real: RealOvs,
  ) {}

  /** One bridge, br0, whose ports have the numbers 1, 2, 3 ...: in secure mode, so without flows. */
  static async start(ports: readonly string[]): Promise<BothSwitches> {
    const words = ['--datapath', 'dummy', '--fail-mode', 'br0=secure'];
    const ours = await Daemon.start(...words, '--bridge', `br0=${ports.map((port) => `dummy:${port}`).join(',')}`);
    const real = new RealOvs();
    real.addBridge('br0', ports);
    return new BothSwitches(ours, real);
  }

  async stop(): Promise<void> {
    this.real.stop();
    await this.ours.stop();
  }

  /** Asks both and expects the same: exit code, output, error text. Gives our answer. */
  same(command: 'ovs-ofctl' | 'ovs-appctl', args: readonly string[], input?: string): ToolResult {
    const [ours, real] = this.ask(command, args, input);
    expect.soft(ours, `${command} ${args.join(' ')}`).toEqual(real);
    return ours;
  }

  /** Both answers, blotted: ours, the real one's. */
  ask(command: string, args: readonly string[], input?: string): [ToolResult, ToolResult] {
    return [this.ours.folder, this.real.folder].map((folder) => {
      const env = { OVS_RUNDIR: folder };
      return blot(tool(command, args, input === undefined ? { env } : { env, input }), folder);
    }) as [ToolResult, ToolResult];
  }
}

function blot(result: ToolResult, folder: string): ToolResult {
  return { status: result.status, out: blotText(result.out, folder), err: blotText(result.err, folder) };
}

/** Times of log lines, files of the run directory, process numbers and all that two switches cannot share. */
function blotText(text: string, folder: string): string {
  const own = text
    .replaceAll(folder, 'RUNDIR')
    .replace(/^[\d-]+T[\d:.]+Z\|\d+\|/gm, 'TIME|')
    .replace(/(RUNDIR\/[a-z-]+)\.\d+\.ctl/g, '$1.ctl');
  return DIFFERENCES.reduce((done, [what, by]) => done.replace(what, by), own);
}
