/** A datapath flow as one line of `dpctl/dump-flows`. */
import { type DpActionPrintOptions, formatDpProgram } from './odp-action.js';
import { formatDpKey } from './odp-key.js';

/** What is printed of a datapath flow. */
export interface DpFlowText {
  readonly key: Int32Array;
  readonly mask: Int32Array;
  readonly program: Int32Array;
  readonly packets: number;
  readonly bytes: number;
  /** Monotonic milliseconds; 0 for never. */
  readonly usedMs: number;
  readonly tcpFlags: number;
  readonly ufid: string;
}

/** How a datapath flow is printed. */
export interface DpFlowPrintOptions extends DpActionPrintOptions {
  /** Monotonic milliseconds. */
  now: number;
}

const TCP_FLAG_LETTERS: readonly (readonly [bit: number, letter: string])[] = [
  [0x02, 'S'],
  [0x01, 'F'],
  [0x08, 'P'],
  [0x04, 'R'],
  [0x20, 'U'],
  [0x10, '.'],
  [0x40, 'E'],
  [0x80, 'C'],
  [0x100, 'N'],
  [0x200, '[200]'],
  [0x400, '[400]'],
  [0x800, '[800]'],
];

/** The flow as `dpctl/dump-flows` prints it: key, counters, actions on one line. */
export function formatDpFlow(flow: DpFlowText, options: DpFlowPrintOptions): string {
  const parts = [formatDpKey(flow.key, flow.mask, options), `packets:${flow.packets}`, `bytes:${flow.bytes}`];
  parts.push(`used:${flow.usedMs === 0 ? 'never' : formatAge(options.now - flow.usedMs)}`);
  if (flow.tcpFlags !== 0) parts.push(`flags:${tcpLetters(flow.tcpFlags)}`);
  if (options.verbose) {
    parts.unshift(`ufid:${flow.ufid}`);
    parts.push('dp:ovs');
  }
  parts.push(`actions:${formatDpProgram(flow.program, options)}`);
  return parts.join(', ');
}

/** `1.234s`. */
const formatAge = (ms: number): string => `${(Math.max(0, Math.floor(ms)) / 1000).toFixed(3)}s`;

/** One letter for each flag, in the order of OVS. */
export function tcpLetters(flags: number): string {
  return TCP_FLAG_LETTERS.map(([bit, letter]) => ((flags & bit) === 0 ? '' : letter)).join('');
}
