/** Which flows are refused, and with what: as the real Open vSwitch 3.1 did. */
import { describe, expect, test } from 'vitest';
import type { ErrorName } from '../../../src/openflow/errors.js';
import type { OfVersion } from '../../../src/openflow/message-types.js';
import { FlowTable } from './flow-table.js';

const OF10: OfVersion = 1;
const OF13: OfVersion = 4;
const INCONSISTENT = 'OFPBAC_MATCH_INCONSISTENT';

const ROWS: [flow: string, in10: ErrorName | null, in13: ErrorName | null][] = [
  ['actions=mod_nw_src:1.2.3.4', null, INCONSISTENT],
  ['ip,actions=mod_nw_src:1.2.3.4', null, null],
  ['ipv6,actions=mod_nw_dst:1.2.3.4', null, INCONSISTENT],
  ['ipv6,actions=mod_nw_tos:16,dec_ttl', null, null],
  ['actions=dec_ttl', null, INCONSISTENT],
  ['ip,actions=mod_tp_src:5', null, INCONSISTENT],
  ['tcp,actions=mod_tp_src:5', null, null],
  ['sctp,actions=mod_tp_dst:5', null, null],
  ['actions=strip_vlan', null, INCONSISTENT],
  ['dl_vlan=5,actions=strip_vlan', null, null],
  ['dl_vlan=5,actions=strip_vlan,strip_vlan', null, INCONSISTENT],
  ['actions=push_vlan:0x8100,strip_vlan', null, null],
  ['actions=push_vlan:0x8100,push_vlan:0x8100', null, null],
  ['actions=push_vlan:0x8100,push_vlan:0x8100,push_vlan:0x8100', 'OFPBAC_BAD_TAG', 'OFPBAC_BAD_TAG'],
  ['dl_vlan=5,actions=push_vlan:0x8100,push_vlan:0x8100', 'OFPBAC_BAD_TAG', 'OFPBAC_BAD_TAG'],
  ['actions=push_vlan:0x8100,set_field:3->vlan_pcp', null, null],
  ['actions=set_field:3->vlan_pcp', INCONSISTENT, INCONSISTENT],
  ['actions=set_field:1.2.3.4->ip_src', INCONSISTENT, INCONSISTENT],
  ['ip,actions=set_field:80->tcp_dst', INCONSISTENT, INCONSISTENT],
  ['tcp,actions=load:80->NXM_OF_TCP_DST[]', null, null],
  ['arp,actions=move:NXM_OF_ARP_SPA[]->NXM_OF_ARP_TPA[]', null, null],
  ['ip,actions=move:NXM_OF_ARP_SPA[]->NXM_NX_REG0[]', INCONSISTENT, INCONSISTENT],
  ['ip,actions=push:NXM_OF_TCP_SRC[]', INCONSISTENT, INCONSISTENT],
  ['ip,actions=pop:NXM_OF_TCP_SRC[]', INCONSISTENT, INCONSISTENT],
  ['actions=output:NXM_NX_REG0[0..15]', null, null],
  ['ip,actions=output:NXM_OF_TCP_SRC[]', INCONSISTENT, INCONSISTENT],
  ['actions=group:1', 'OFPBAC_BAD_OUT_GROUP', 'OFPBAC_BAD_OUT_GROUP'],
  ['actions=ct', INCONSISTENT, INCONSISTENT],
  ['ip,actions=ct(table=1)', null, null],
  ['ipv6,actions=ct(commit,zone=5,exec(set_field:1->ct_mark,set_field:2->ct_label))', null, null],
  ['ip,ct_state=+trk+inv,actions=ct(commit)', INCONSISTENT, INCONSISTENT],
  ['ip,ct_state=+trk+inv,actions=ct', null, null],
  ['ip,actions=ct(commit,alg=ftp)', INCONSISTENT, INCONSISTENT],
  ['tcp,actions=ct(commit,alg=ftp)', null, null],
  ['tcp,actions=ct(commit,alg=tftp)', INCONSISTENT, INCONSISTENT],
  ['udp,actions=ct(commit,alg=tftp)', null, null],
  ['ip,actions=ct(zone=NXM_NX_REG0[0..15])', null, null],
  ['ip,actions=ct(zone=NXM_OF_TCP_SRC[])', INCONSISTENT, INCONSISTENT],
  ['ip,actions=ct(commit,nat(src=10.0.0.1))', null, null],
  ['ipv6,actions=ct(commit,nat(src=10.0.0.1))', INCONSISTENT, INCONSISTENT],
  ['ip,actions=ct(nat)', null, null],
  ['ip,actions=resubmit(,1,ct)', INCONSISTENT, INCONSISTENT],
  ['ip,ct_state=+trk+est,actions=resubmit(,1,ct)', null, null],
  ['ip,ct_state=+trk-inv,actions=resubmit(,1,ct)', null, null],
  ['table=3,actions=goto_table:3', 'OFPBIC_BAD_TABLE_ID', 'OFPBIC_BAD_TABLE_ID'],
  ['table=3,actions=goto_table:2', 'OFPBIC_BAD_TABLE_ID', 'OFPBIC_BAD_TABLE_ID'],
  ['table=3,actions=goto_table:4', null, null],
  ['actions=meter:1,output:1', 'OFPMMFC_INVALID_METER', 'OFPMMFC_INVALID_METER'],
  ['ip,actions=write_actions(dec_ttl),goto_table:1', null, null],
  ['actions=write_actions(dec_ttl)', null, null],
  ['table=254,actions=1', 'OFPBRC_EPERM', 'OFPBRC_EPERM'],
];

describe('flows that are refused or not', () => {
  test.each(ROWS)('%s', (flow, in10, in13) => {
    expect(new FlowTable().flowMod('add', flow, OF10)).toBe(in10);
    expect(new FlowTable().flowMod('add', flow, OF13)).toBe(in13);
  });
});
