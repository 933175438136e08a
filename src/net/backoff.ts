/**
 * When to connect, when to ask whether the other end still lives, when to give up on it: a state machine without clock or
 * socket. The owner reports what happened and does what `run` says. (Behaviour as of Open vSwitch's lib/reconnect.h.)
 *
 * Failures double the pause between attempts up to a limit; a connection that lasted sets it back. A connection that has
 * been silent for `probeMs` gets a probe, and is given up if that is silent for as long again.
 */

export type BackoffState = 'void' | 'backoff' | 'connecting' | 'active' | 'idle';

export type BackoffAction = 'connect' | 'probe' | 'disconnect';

export interface BackoffOptions {
  minBackoffMs?: number;
  maxBackoffMs?: number;
  /** 0: never ask. */
  probeMs?: number;
}

const CONNECT_TIMEOUT_MS = 2_000;
/**
 * Short, since a controller that is started together with the switch is soon there: waiting for it takes at most as long again as it took.
 */
const MIN_BACKOFF_MS = 250;

/** When to connect, probe and give up, as Open vSwitch's reconnect.c: a state machine that is given the time and does nothing by itself. */
export class Backoff {
  private readonly minBackoffMs: number;
  private readonly maxBackoffMs: number;
  private readonly probeMs: number;
  private current: BackoffState = 'void';
  private sinceMs = 0;
  private backoffMs = 0;
  private lastActivityMs = 0;
  private connectedMs = 0;
  /** The last look found that time was up. What was waited for may have come while the process was busy or stood still, unread as yet. */
  private isOverdue = false;

  constructor(options: BackoffOptions = {}) {
    this.minBackoffMs = options.minBackoffMs ?? MIN_BACKOFF_MS;
    this.maxBackoffMs = options.maxBackoffMs ?? 8_000;
    this.probeMs = options.probeMs ?? 5_000;
  }

  get state(): BackoffState {
    return this.current;
  }

  get isConnected(): boolean {
    return this.current === 'active' || this.current === 'idle';
  }

  /** Begins: the first attempt is due at once. */
  enable(now: number): void {
    if (this.current !== 'void') return;
    this.backoffMs = 0;
    this.enter('backoff', now);
  }

  disable(now: number): void {
    this.enter('void', now);
  }

  connecting(now: number): void {
    this.enter('connecting', now);
  }

  connected(now: number): void {
    this.connectedMs = now;
    this.lastActivityMs = now;
    this.enter('active', now);
  }

  /** Bytes have come from the other end. */
  activity(now: number): void {
    this.lastActivityMs = now;
    this.isOverdue = false;
    if (this.current === 'idle') this.enter('active', now);
  }

  /** The attempt failed or the connection was lost. */
  disconnected(now: number): void {
    if (this.current === 'void') return;
    const lasted = this.isConnected && now - this.connectedMs >= this.backoffMs;
    this.backoffMs = lasted
      ? this.minBackoffMs
      : Math.min(this.maxBackoffMs, Math.max(this.minBackoffMs, this.backoffMs * 2));
    this.enter('backoff', now);
  }

  /**
   * What is to be done now. After 'probe' the machine expects activity; the others are to be reported when done. 'disconnect' comes from
   * the second look at the earliest: sockets are to be read between two.
   */
  run(now: number): BackoffAction | null {
    const due = this.deadline();
    if (due === null || now < due) return null;
    switch (this.current) {
      case 'backoff':
        return 'connect';
      case 'active':
        this.enter('idle', now);
        return 'probe';
      default:
        return this.giveUp();
    }
  }

  private giveUp(): BackoffAction | null {
    const wasOverdue = this.isOverdue;
    this.isOverdue = true;
    return wasOverdue ? 'disconnect' : null;
  }

  /** When `run` will next have something to say; null if only an event can change that. */
  deadline(): number | null {
    switch (this.current) {
      case 'void':
        return null;
      case 'backoff':
        return this.sinceMs + this.backoffMs;
      case 'connecting':
        return this.sinceMs + Math.max(CONNECT_TIMEOUT_MS, this.backoffMs);
      case 'active':
        return this.probeMs === 0 ? null : Math.max(this.lastActivityMs, this.sinceMs) + this.probeMs;
      case 'idle':
        return this.sinceMs + this.probeMs;
    }
  }

  private enter(state: BackoffState, now: number): void {
    this.current = state;
    this.sinceMs = now;
    this.isOverdue = false;
  }
}
