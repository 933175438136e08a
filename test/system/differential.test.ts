/**
 * The tracker and the translation beside Open vSwitch's: random programs and random conversations through both, compared byte
 * by byte, counter by counter, connection by connection. `npm run differential -- --count 10000` is the long run.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KIND_NAMES, KINDS, type Kind } from '../differential/kinds.js';
import { Runner } from '../differential/runner.js';

const SEED = Number(process.env.SEED ?? 1);
/** Of each kind. */
const SESSIONS = 3;

let runner: Runner;
beforeAll(async () => {
  runner = await Runner.start();
});
afterAll(() => runner.stop());

describe(`both do the same, from seed ${SEED}`, () => {
  test.each(KIND_NAMES)('%s', async (name) => {
    const kind: Kind = KINDS[name];
    for (let i = 0; i < SESSIONS; i++) {
      const told = await runner.run(await kind.session(SEED + i, kind.size));
      expect(told, told ?? '').toBeNull();
    }
  });
});
