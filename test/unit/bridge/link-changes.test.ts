import { expect, test } from 'vitest';
import type { PortState } from '../../../datapath/ports/port.js';
import { linkChanges } from '../../../src/bridge/link-changes.js';

const UP: PortState = {
  adminUp: true,
  linkUp: true,
  mtu: 1500,
  mac: Uint8Array.from([2, 0, 0, 0, 0, 1]),
  ifindex: 7,
  speed: 10_000,
  fullDuplex: true,
};
const GONE: Partial<PortState> = { ifindex: 0, adminUp: false, linkUp: false, mtu: 0, mac: new Uint8Array(6) };

test.each<[string, Partial<PortState>, Partial<PortState>, string[]]>([
  ['nothing', {}, {}, []],
  ['link lost', {}, { linkUp: false }, ['has lost its link']],
  ['link back', { linkUp: false }, {}, ['has its link back']],
  ['set down', {}, { adminUp: false, linkUp: false }, ['has been set down', 'has lost its link']],
  ['set up', { adminUp: false }, {}, ['has been set up']],
  ['another MTU', {}, { mtu: 1400 }, ['has MTU 1400 instead of 1500']],
  [
    'another address',
    {},
    { mac: Uint8Array.from([2, 0, 0, 0, 0, 0xab]) },
    ['has address 02:00:00:00:00:ab instead of 02:00:00:00:00:01'],
  ],
  ['gone', {}, GONE, [expect.stringMatching(/^is gone: /)]],
  ['gone still', GONE, { ...GONE, mtu: 9000 }, []],
  ['there again', GONE, {}, ['is there again: link up, MTU 1500, address 02:00:00:00:00:01']],
  [
    'another one in its place',
    {},
    { ifindex: 9, linkUp: false },
    ['is another one: link down, MTU 1500, address 02:00:00:00:00:01'],
  ],
])('%s', (_, before, after, changes) =>
  expect(linkChanges({ ...UP, ...before }, { ...UP, ...after })).toEqual(changes),
);
