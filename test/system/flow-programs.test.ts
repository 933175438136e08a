/** Every program of flows/ in a real Open vSwitch: the tables that our switch passes are its tables too. */
import { afterAll, beforeAll, describe, test } from 'vitest';
import { PROGRAMS } from '../flows/programs.js';
import { play } from '../helpers/flow-program.js';
import { realSwitch } from '../helpers/played-switches.js';
import { RealOvs } from '../helpers/real-ovs.js';

let ovs: RealOvs;
beforeAll(() => {
  ovs = new RealOvs();
  const count = Math.max(...PROGRAMS.map(({ portCount }) => portCount));
  ovs.addBridge(
    'br0',
    Array.from({ length: count }, (_, i) => `p${i + 1}`),
  );
  ovs.appctl(['time/stop']);
});
afterAll(() => ovs.stop());

describe.each(PROGRAMS)('$name', (program) => {
  test.each(Object.entries(program.scenarios))('%s', async (_, steps) => play(realSwitch(ovs, program), steps));
});
