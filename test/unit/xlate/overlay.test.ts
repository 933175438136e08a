/** What a translation has changed holds for the rest of the packet's way, and nowhere else. */
import { describe, expect, test } from 'vitest';
import type { Effect } from '../../../src/xlate/effects.js';
import { NOW, PlainBridge, programOf, Translator } from './plain-bridge.js';

const A = 'dl_src=00:00:00:00:00:0a,dl_dst=00:00:00:00:00:0b';
const SWAP = 'mod_dl_src:00:00:00:00:00:0b,mod_dl_dst:00:00:00:00:00:0a';

const learned = (effects: readonly Effect[]): string[] =>
  effects.map(({ bridge, vlan, macLo, bundle: behind }) => `${bridge.name} ${vlan} ${macLo.toString(16)} ${behind}`);

describe('a station learned on the way', () => {
  test('is found by the second half of the translation, and the table stays as it is', () => {
    const bridge = new PlainBridge('br0', 3).add(`actions=normal,${SWAP},load:2->NXM_OF_IN_PORT[],normal`);
    const translation = new Translator().run(bridge, A);
    expect(programOf(translation)).toBe('2,3,set(eth(src=00:00:00:00:00:0b,dst=00:00:00:00:00:0a)),1');
    expect(learned(translation.effects)).toEqual(['br0 0 a 1', 'br0 0 b 2']);
    expect(bridge.macTable.size).toBe(0);
  });

  test('has the place that was said last', () => {
    const bridge = new PlainBridge('br0', 3).add('actions=normal,load:2->NXM_OF_IN_PORT[],normal');
    expect(learned(new Translator().run(bridge, A).effects)).toEqual(['br0 0 a 2']);
  });

  test('does not move one that is set by hand', () => {
    const bridge = new PlainBridge('br0', 3).add(`actions=normal,${SWAP},load:2->NXM_OF_IN_PORT[],normal`);
    bridge.macTable.addStatic(0, 0, 10, 3, NOW);
    expect(programOf(new Translator().run(bridge, A))).toMatch(/,3$/);
  });
});

describe('a packet that comes back, in a dry run', () => {
  const bridge = new PlainBridge('br0', 3).add(`
    table=0,ip,actions=normal,${SWAP},ct(table=1)
    table=1,actions=load:2->NXM_OF_IN_PORT[],normal`);
  const packet = `ip,${A}`;
  const translator = new Translator();
  const first = translator.run(bridge, packet);
  const frozen = translator.frozen(first.recircIds[0]);
  const second = 'ip,ct_state=new|trk,dl_src=00:00:00:00:00:0b,dl_dst=00:00:00:00:00:0a';

  test('its second translation sees the station that the first one has learned', () => {
    expect(programOf(first)).toBe('2,3,set(eth(src=00:00:00:00:00:0b,dst=00:00:00:00:00:0a)),ct,recirc(0x1)');
    const dry = translator.run(bridge, second, { frozen, earlier: first.effects });
    expect([programOf(dry), learned(dry.effects)]).toEqual(['1', ['br0 0 b 2']]);
  });

  test('nobody else does', () => {
    const other = translator.run(bridge, second, { frozen });
    expect(programOf(other)).toBe('1,3');
    expect(bridge.macTable.size).toBe(0);
  });
});
