/** `normal` between bundles: stations are behind a bundle, whichever of its ports they were seen at, and a bundle gets a packet once. */
import { describe, expect, test } from 'vitest';
import type { XlatePort } from '../../../src/xlate/view.js';
import { NOW, PlainBridge, programOf, Translator } from './plain-bridge.js';

/** Ports 1 to 4, of which 2 and 3 are one bundle. */
function bridge(): PlainBridge {
  const made = new PlainBridge('br0', 4).add('actions=normal');
  const bond = { id: 2, ports: [] as XlatePort[] };
  for (const ofport of [2, 3]) made.setPort({ ofport, bundle: bond });
  return made;
}

const packet = (from: number, src: number, dst: number): string =>
  `in_port=${from},dl_src=02:00:00:00:00:0${src},dl_dst=02:00:00:00:00:0${dst},dl_type=0x1234`;

describe('normal', () => {
  test.each([
    ['floods each bundle once', 1, '2,4'],
    ['leaves out the bundle the packet came from, by whichever member', 2, '1,4'],
    ['leaves out the bundle the packet came from, by whichever member', 3, '1,4'],
  ] as const)('%s', (_what, from, program) => {
    expect(programOf(new Translator().run(bridge(), packet(from, 1, 9)))).toBe(program);
  });

  test('a station is behind the bundle of the port it was seen at', () => {
    const { effects } = new Translator().run(bridge(), packet(3, 1, 9));
    expect(effects).toMatchObject([{ type: 'mac-learn', bundle: 2 }]);
  });

  test.each([
    [1, '2'],
    [2, 'drop'],
    [3, 'drop'],
  ])('from port %i to a station behind the bundle of 2 and 3: %s', (from, program) => {
    const made = bridge();
    made.macTable.learn(0, 0x0200, 9, 2, NOW);
    expect(programOf(new Translator().run(made, packet(from, 1, 9)))).toBe(program);
  });

  test('a bundle of which one member is not flooded to gets nothing then', () => {
    const made = bridge();
    made.setPort({ ofport: 3, noFlood: true });
    expect(programOf(new Translator().run(made, packet(1, 1, 9)))).toBe('4');
  });
});
