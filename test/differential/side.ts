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

/** What is asked of the switch itself, between frames: by commands, a packet of a controller's, or several things in a bundle. */
export type Order =
  | { kind: 'commands'; lists: readonly (readonly string[])[] }
  | { kind: 'packet-out'; text: string }
  | { kind: 'bundle'; lines: readonly string[] };

export const commands = (...lists: string[][]): Order => ({ kind: 'commands', lists });
export const command = (...words: string[]): Order => commands(words);

/** What it says to an order, a refusal too, and what left its ports for it. */
export interface Outcome {
  answer: string;
  left: Left;
}

/** What has left each port, in order, as hex; ports 1, 2 and 3 at 0, 1 and 2. */
export type Left = [string[], string[], string[]];

/** What is to be seen when all frames are through; lines in a fixed order. */
export interface Final {
  /** `cookie n_packets` of every flow. */
  counters: string[];
  connections: string[];
  /** Of ipf-get-status: what was counted in this session, and what is held. */
  fragments: string[];
  /** Of ct-stats-show. */
  statistics: string[];
}

/** How much is kept, once what has expired has been freed. */
export interface Table {
  connections: number;
  fragments: number;
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

/**
 * `name: number` lines of ipf-get-status, what it counts from `before` on. What was held too long is `expired` if a packet brought
 * it to light and `purged` if Open vSwitch's cleaner was there first: here both are one.
 */
export function fragmentsOf(status: string, before = ''): string[] {
  const [now, start] = [numbersIn(status), numbersIn(before)];
  return [...now].map(([name, value]) => `${name}: ${COUNTED.test(name) ? value - (start.get(name) ?? 0) : value}`);
}

/** Fragments held, by ipf-get-status. */
export const heldIn = (status: string): number => numbersIn(status).get('num frag') ?? 0;

const COUNTED = /accepted|completed|expired|small|overlapped/;

function numbersIn(status: string): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const [, name, digits] of status.matchAll(/^\s*(.+): (\d+)$/gm)) {
    const whole = name.replace('purged', 'expired');
    numbers.set(whole, (numbers.get(whole) ?? 0) + Number(digits));
  }
  return numbers;
}

export const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');
