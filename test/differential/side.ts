/**
 * One of the two switches of the comparison, as the comparison sees it: three ports, a flow program, a clock that stands until
 * it is moved. `own-side.ts` is ours, in this process; `real-side.ts` is Open vSwitch beside it.
 */

/** Frames that enter by one port, one after the other, once the clock has moved. */
export interface Burst {
  /** 1, 2 or 3. */
  port: number;
  advanceMs: number;
  frames: readonly Uint8Array[];
}

/** What has left each port, in order, as hex; ports 1, 2 and 3 at 0, 1 and 2. */
export type Left = [string[], string[], string[]];

/** What is to be seen when all frames are through; lines in a fixed order. */
export interface Final {
  /** `cookie n_packets` of every flow. */
  counters: string[];
  connections: string[];
}

export const PORTS = [1, 2, 3] as const;
export const nothingLeft = (): Left => [[], [], []];

/** The counters in the lines of dump-flows, by cookie. */
export function countersOf(dump: readonly string[]): string[] {
  return dump
    .flatMap((line) => {
      const found = /cookie=(0x[0-9a-f]+),.* n_packets=(\d+),/.exec(line);
      return found === null ? [] : [`${found[1]} ${found[2]}`];
    })
    .sort();
}
