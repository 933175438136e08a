/** Files of flows are checked by the first version that has all of them, as ovs-ofctl would send them. */
import { describe, expect, test } from 'vitest';
import { VirtualSwitch } from '../helpers/virtual-switch.js';

const load = (text: string) => () => new VirtualSwitch(2).addFlows(text);

describe('OpenFlow 1.0 lets actions do nothing, later versions do not', () => {
  test.each(['actions=dec_ttl,2', 'actions=mod_tp_dst:80,2', 'actions=strip_vlan,2', 'reg0=1,actions=dec_ttl,2'])(
    '%s',
    (flow) => {
      expect(load(flow)).not.toThrow();
      const later = `${flow}\ntable=1,reset_counts,actions=2`;
      expect(load(later)).toThrow('flows:2: this flow can be said with OXM only, those above with ');
    },
  );
  test('in any order', () => {
    expect(load('reset_counts,actions=push_vlan:0x8100,2\n\ntable=1,actions=dec_ttl,2')).toThrow('flows:3: this flow');
  });
  test('where the match asks for the header', () => {
    expect(load('reset_counts,actions=2\nip,actions=dec_ttl,2')).not.toThrow();
  });
});
