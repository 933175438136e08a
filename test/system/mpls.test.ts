/** The programs of test/switch/mpls.test.ts in a real Open vSwitch: what must leave here leaves there, byte for byte. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MPLS_ROWS } from '../helpers/mpls-rows.js';
import { RealOvs } from '../helpers/real-ovs.js';

let real: RealOvs;

beforeAll(() => {
  real = new RealOvs();
  real.addBridge('br0', ['p1', 'p2', 'p3']);
});

afterAll(() => real.stop());

test.each(MPLS_ROWS)('$flows', ({ flows, sent, received }) => {
  real.ofctl(['del-flows', 'br0']);
  real.ofctl(['-O', 'OpenFlow13', 'add-flows', 'br0', '-'], flows);
  real.receive('p1', sent);
  real.receive('p1', sent);
  real.appctl(['revalidator/wait']);
  expect(real.sent('p2')).toEqual(received === null ? [] : [received, received]);
});
