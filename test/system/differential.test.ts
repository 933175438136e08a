/**
 * The tracker and the translation beside Open vSwitch's: random programs and random conversations through both, compared byte
 * by byte, counter by counter, connection by connection. `npm run differential -- --count 10000` is the long run.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ctSession } from '../differential/ct-sessions.js';
import { Runner } from '../differential/runner.js';

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
const SESSIONS = 12;
const CONVERSATIONS = 40;

let runner: Runner;
beforeAll(async () => {
  runner = await Runner.start();
});
afterAll(() => runner.stop());

test(`conversations go through both alike, from seed ${SEED}`, async () => {
  for (let i = 0; i < SESSIONS; i++) {
    const told = await runner.run(ctSession(SEED + i, CONVERSATIONS));
    expect(told, told ?? '').toBeNull();
  }
});
