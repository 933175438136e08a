/** A session: a flow program and what happens to it, step by step. It is played into both switches (`compare.ts`). */
import type { Order } from './side.js';

interface Moment {
  /** Milliseconds that pass before it. */
  advanceMs: number;
  /** Which conversation it is of. */
  talk: number;
  text: string;
}

/** A frame enters by a port. */
export interface FrameStep extends Moment {
  port: number;
  frame: Uint8Array | Answer;
}

/** The switch itself is asked for something. */
export interface OrderStep extends Moment {
  order: Order;
}

export type Step = FrameStep | OrderStep;

/**
 * A frame that depends on what was seen of its conversation last, on each side on its own: an answer to an address that the
 * switch was free to choose. Null if nothing can be answered.
 */
export type Answer = (heard: Uint8Array) => Uint8Array | null;

/**
 * What is undetermined, made alike: frames and lines of connections come out with the chosen addresses replaced; a text that
 * begins with `!` tells of a choice that was not allowed. One for each side, since it remembers the choices.
 */
export interface Blur {
  frame(port: number, hex: string, talk: number): string;
  connection(line: string): string;
}

/**
 * `bursts`: frames by the same port go in at once. `singly`: one goes through before the next comes. `settled`: and what the
 * switch learns from it settles first.
 */
export type Pace = 'bursts' | 'singly' | 'settled';

export interface Session {
  name: string;
  seed: number;
  flows: string;
  groups?: string;
  steps: readonly Step[];
  pace: Pace;
  /** Expired connections are gone on both sides before it goes on after a pause. */
  awaitsSweep?: boolean;
  /** What leaves a port for one frame may do so in any order: it has been through several batches. */
  isUnordered?: boolean;
  /** What orders of the session have changed beside the flows, put back. */
  restore?: readonly Order[];
  /** Asked at the end of both. */
  finalOrders?: readonly Order[];
  blur?: (isOwn: boolean) => Blur;
}
