/** With which protocols a flow can be sent: rows as `ovs-ofctl -O OpenFlow10,... parse-flows` (3.1) prints them. */
import { expect, test } from 'vitest';
import {
  ANY_PROTOCOL,
  chosenProtocol,
  protocolsOf,
  protocolsText,
  usableProtocols,
} from '../../../src/ofproto/usable-protocols.js';
import { parseFlow } from '../../../src/text/flow.js';

const OLD = 'OpenFlow10,NXM';
const FLEXIBLE = 'NXM,OXM';
const SINCE_11 = 'OXM,OpenFlow11';
const NOT_10 = 'NXM,OXM,OpenFlow11';
const SINCE_13 = 'OXM-OpenFlow13,OXM-OpenFlow14,OXM-OpenFlow15';

const ACTIONS: [actions: string, usable: string, chosen: string][] = [
  ['output:1', 'any', 'OpenFlow10-table_id'],
  ['push_vlan:0x8100', SINCE_11, 'OpenFlow11'],
  ['push_vlan:0x8100,set_field:0x1005->vlan_vid', SINCE_11, 'OpenFlow11'],
  ['write_actions(push_vlan:0x8100)', SINCE_11, 'OpenFlow11'],
  ['pop_vlan', OLD, 'OpenFlow10-table_id'],
  ['dec_ttl', OLD, 'OpenFlow10-table_id'],
  ['dec_mpls_ttl', OLD, 'OpenFlow10-table_id'],
  ['set_mpls_label:3', OLD, 'OpenFlow10-table_id'],
  ['push_mpls:0x8847,dec_mpls_ttl', 'any', 'OpenFlow10-table_id'],
  ['meter:1,2', SINCE_13, 'OXM-OpenFlow13'],
  ['clear_actions', 'any', 'OpenFlow10-table_id'],
  ['write_metadata:5', NOT_10, 'NXM-table_id'],
  ['write_actions(output:1)', 'any', 'OpenFlow10-table_id'],
  ['write_actions(set_field:1->reg0)', FLEXIBLE, 'NXM-table_id'],
  ['goto_table:2', 'any', 'OpenFlow10-table_id'],
  ['set_field:1->metadata', NOT_10, 'NXM-table_id'],
  ['set_field:5->tun_id', FLEXIBLE, 'NXM-table_id'],
  ['set_field:1->reg0', FLEXIBLE, 'NXM-table_id'],
  ['move:NXM_NX_REG0[]->NXM_NX_REG1[]', 'any', 'OpenFlow10-table_id'],
  ['mod_dl_src:02:00:00:00:00:01', 'any', 'OpenFlow10-table_id'],
  ['set_field:02:00:00:00:00:01->eth_src', 'any', 'OpenFlow10-table_id'],
  ['group:1', 'any', 'OpenFlow10-table_id'],
];

const FLOWS: [flow: string, usable: string, chosen: string][] = [
  ['vlan_vid=0x1005/0x1005', FLEXIBLE, 'NXM-table_id'],
  ['vlan_vid=0x1005', 'any', 'OpenFlow10-table_id'],
  ['metadata=1', NOT_10, 'NXM-table_id'],
  ['metadata=1/1', NOT_10, 'NXM-table_id'],
  ['dl_src=02:00:00:00:00:01/ff:00:00:00:00:00', NOT_10, 'NXM-table_id'],
  ['ipv6', 'any', 'OpenFlow10-table_id'],
  ['ip,nw_ecn=1', NOT_10, 'NXM-table_id'],
  ['ip,nw_ttl=3', FLEXIBLE, 'NXM-table_id'],
  ['arp,arp_sha=02:00:00:00:00:01', FLEXIBLE, 'NXM-table_id'],
  ['arp,arp_spa=10.0.0.0/8', 'any', 'OpenFlow10-table_id'],
  ['tun_id=1', FLEXIBLE, 'NXM-table_id'],
  ['tcp,tp_src=1/1', FLEXIBLE, 'NXM-table_id'],
  ['tcp,tp_src=1', 'any', 'OpenFlow10-table_id'],
  ['sctp,tp_src=1', 'any', 'OpenFlow10-table_id'],
  ['tcp6', FLEXIBLE, 'NXM-table_id'],
  ['ip,nw_src=10.0.0.1/255.0.255.0', NOT_10, 'NXM-table_id'],
  ['mpls,mpls_label=3', NOT_10, 'NXM-table_id'],
  ['mpls,mpls_tc=3', NOT_10, 'NXM-table_id'],
  ['mpls,mpls_bos=1', FLEXIBLE, 'NXM-table_id'],
  ['reset_counts', 'OXM', 'OXM-OpenFlow12'],
  ['no_packet_counts', SINCE_13, 'OXM-OpenFlow13'],
  ['check_overlap', 'any', 'OpenFlow10-table_id'],
  ['ct_state=+trk', FLEXIBLE, 'NXM-table_id'],
  ['cookie=1', 'any', 'OpenFlow10-table_id'],
  ['table=2', 'OXM,OpenFlow10+table_id,NXM+table_id,OpenFlow11', 'OpenFlow10+table_id'],
  ['dl_vlan=5,dl_vlan_pcp=3', 'any', 'OpenFlow10-table_id'],
  ['vlan_tci=0', 'any', 'OpenFlow10-table_id'],
];

test.each([
  ...ACTIONS.map(([actions, ...rest]) => [`actions=${actions}`, ...rest] as const),
  ...FLOWS.map(([flow, ...rest]) => [`${flow},actions=output:1`, ...rest] as const),
])('%s', (flow, usable, chosen) => {
  const set = usableProtocols(parseFlow(flow));
  expect([protocolsText(set), chosenProtocol(set)?.name]).toEqual([usable, chosen]);
});

test('of the versions that may be spoken', () => {
  expect(protocolsText(protocolsOf((1 << 1) | (1 << 4)))).toBe('OpenFlow10,NXM,OXM-OpenFlow13');
  expect(protocolsText(ANY_PROTOCOL)).toBe('any');
  expect([protocolsText(0), chosenProtocol(0)]).toEqual(['none', null]);
});
