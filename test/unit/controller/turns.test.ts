/** Who works next, and how much may lie unread. */
import { expect, test } from 'vitest';
import { isIdle, schedule, type Worker } from '../../../src/controller/scheduler.js';
import { UnreadBytes } from '../../../src/controller/unread-bytes.js';
import type { Stream } from '../../../src/net/stream.js';

class Job implements Worker {
  slices = 0;

  constructor(
    readonly name: string,
    private left: number,
    private readonly log: string[],
  ) {
    schedule(this);
  }

  work(): void {
    this.slices++;
    this.log.push(this.name);
    if (--this.left > 0) schedule(this);
  }

  destroy(): void {
    this.left = 0;
  }
}

const turnOfTheLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('one works each time the event loop comes round; the last to come is done before those that have had much', async () => {
  const log: string[] = [];
  const hogs = Array.from({ length: 20 }, (_, i) => new Job(`hog${i}`, 50, log));
  for (let i = 0; i < 100; i++) {
    const before = log.length;
    await turnOfTheLoop();
    expect(log.length - before).toBeLessThanOrEqual(1);
  }
  const from = log.length;
  new Job('short', 5, log);
  while (log.filter((name) => name === 'short').length < 5) await turnOfTheLoop();
  expect(log.length - from).toBeLessThan(25);
  while (!isIdle()) await turnOfTheLoop();
  expect(hogs.map(({ slices }) => slices)).toEqual(hogs.map(() => 50));
});

test('while short questions keep coming, who has much to do still gets its turns', async () => {
  const log: string[] = [];
  new Job('long', 100, log);
  for (let i = 0; i < 100; i++) {
    new Job('short', 1, log);
    await turnOfTheLoop();
  }
  expect(log.filter((name) => name === 'long').length).toBeGreaterThan(5);
  while (!isIdle()) await turnOfTheLoop();
});

test('what peers leave lying is bounded for each and for all, and each may always have a little', () => {
  const peers = Array.from({ length: 300 }, () => {
    const stream = { queued: 0 } as { queued: number } & Stream;
    return { stream, unread: new UnreadBytes(stream, 0) };
  });
  const piece = 16 * 1024;
  const fill = (): void => {
    for (const { stream, unread } of peers)
      while (unread.allows('reply')) {
        Object.assign(stream, { queued: stream.queued + piece });
        unread.update(0);
      }
  };
  fill();
  const total = peers.reduce((sum, { stream }) => sum + stream.queued, 0);
  expect(total).toBeLessThan(32 * 1024 * 1024 + 300 * 4 * piece);
  expect(Math.min(...peers.map(({ stream }) => stream.queued))).toBeGreaterThanOrEqual(piece);
  expect(peers.filter(({ unread }) => unread.allows('packetIn') || unread.allows('push'))).toEqual([]);
  for (const { unread } of peers) unread.release();
  const { stream, unread } = peers[0]!;
  Object.assign(stream, { queued: 200_000 });
  expect(unread.allows('reply')).toBe(true);
});
