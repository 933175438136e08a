import { describe, expect, test } from 'vitest';
import { Backoff } from '../../../src/net/backoff.js';

/** Time moves to whenever the machine wants to act; to give up, it looks twice. */
function nextAction(backoff: Backoff): { at: number; action: string | null } {
  const at = backoff.deadline()!;
  expect(backoff.run(at - 1)).toBeNull();
  return { at, action: backoff.run(at) ?? backoff.run(at) };
}

describe('reconnecting', () => {
  test('first attempt at once, then pauses of a quarter of a second, a half, 1, 2, 4, 8, 8 seconds', () => {
    const backoff = new Backoff();
    backoff.enable(0);
    const pauses: number[] = [];
    let now = 0;
    for (let i = 0; i < 8; i++) {
      const { at, action } = nextAction(backoff);
      expect(action).toBe('connect');
      pauses.push(at - now);
      now = at;
      backoff.connecting(now);
      backoff.disconnected(now);
    }
    expect(pauses).toEqual([0, 250, 500, 1000, 2000, 4000, 8000, 8000]);
  });

  test('a connection that lasted sets the pause back, one that did not does not', () => {
    const backoff = new Backoff({ probeMs: 0 });
    backoff.enable(0);
    for (let now = 0; now < 5; now++) {
      backoff.connecting(now);
      backoff.disconnected(now);
    }
    backoff.connecting(10);
    backoff.connected(10);
    backoff.disconnected(11);
    expect(backoff.deadline()).toBe(11 + 8000);
    backoff.connecting(20);
    backoff.connected(20);
    backoff.disconnected(20_000);
    expect(backoff.deadline()).toBe(20_250);
  });

  test('an attempt that hangs is given up', () => {
    const backoff = new Backoff();
    backoff.enable(0);
    backoff.connecting(0);
    expect(nextAction(backoff)).toEqual({ at: 2000, action: 'disconnect' });
  });

  test('one that has come off while the process was busy is not given up', () => {
    const backoff = new Backoff();
    backoff.enable(0);
    backoff.connecting(0);
    expect(backoff.run(60_000)).toBeNull();
    backoff.connected(60_000);
    expect(backoff.run(60_001)).toBeNull();
  });

  test('disabled, it wants nothing', () => {
    const backoff = new Backoff();
    expect(backoff.deadline()).toBeNull();
    backoff.enable(0);
    backoff.disable(1);
    backoff.disconnected(2);
    expect(backoff.run(100_000)).toBeNull();
  });
});

describe('liveness', () => {
  function connected(probeMs: number): Backoff {
    const backoff = new Backoff({ probeMs });
    backoff.enable(0);
    backoff.connected(0);
    return backoff;
  }

  test('silence is probed, then the connection given up', () => {
    const backoff = connected(5000);
    expect(nextAction(backoff)).toEqual({ at: 5000, action: 'probe' });
    expect(nextAction(backoff)).toEqual({ at: 10_000, action: 'disconnect' });
  });

  test('any activity postpones both', () => {
    const backoff = connected(5000);
    backoff.activity(4000);
    expect(nextAction(backoff)).toEqual({ at: 9000, action: 'probe' });
    backoff.activity(9500);
    expect(nextAction(backoff)).toEqual({ at: 14_500, action: 'probe' });
  });

  test('an answer that has come while the process was busy counts', () => {
    const backoff = connected(5000);
    expect(backoff.run(5000)).toBe('probe');
    expect(backoff.run(60_000)).toBeNull();
    backoff.activity(60_001);
    expect(backoff.run(60_002)).toBeNull();
    expect(nextAction(backoff)).toEqual({ at: 65_001, action: 'probe' });
  });

  test('probes can be off', () => {
    expect(connected(0).deadline()).toBeNull();
  });
});
