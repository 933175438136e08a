/**
 * When to try to connect again: a pure state machine over `now` (as OVS lib/reconnect.h), so that tests need no waiting. After a failure
 * it waits 1 s, then twice as long each time, up to 8 s; a connection that lived longer than the wait starts from the beginning.
 */

const MIN_MS = 1000;
const MAX_MS = 8000;

export class Backoff {
  private delayMs = 0;
  private connectedMs = -1;
  private nextTryMs = 0;

  /** When to try next; 0 = at once. */
  get tryAtMs(): number {
    return this.nextTryMs;
  }

  connected(now: number): void {
    this.connectedMs = now;
  }

  /** The connection was lost, or could not be made. Returns how long to wait. */
  failed(now: number): number {
    const livedLong = this.connectedMs >= 0 && now - this.connectedMs >= this.delayMs;
    this.delayMs = livedLong || this.delayMs === 0 ? MIN_MS : Math.min(MAX_MS, this.delayMs * 2);
    this.connectedMs = -1;
    this.nextTryMs = now + this.delayMs;
    return this.delayMs;
  }
}
